#include "engine/crypto/nat_detection.h"

#include <botan/hash.h>

namespace mipvet::crypto {

NatDetection nat_detection(const IkeSpis& spis, wire::Ipv4Address address, std::uint16_t port) {
  const auto hash = Botan::HashFunction::create_or_throw("SHA-1");
  hash->update_be(spis.initiator);
  hash->update_be(spis.responder);
  hash->update_be(address.value);
  hash->update_be(port);
  NatDetection digest;
  hash->final(digest.data());
  return digest;
}

}  // namespace mipvet::crypto

#include "engine/crypto/ike_keys.h"

#include "engine/crypto/prf.h"

namespace mipvet::crypto {
namespace {

using wire::Buffer;
using wire::Bytes;

void append(Buffer& to, Bytes octets) {
  to.insert(to.end(), octets.begin(), octets.end());
}

void append(Buffer& to, std::uint64_t spi) {
  for (int shift = 56; shift >= 0; shift -= 8)
    to.push_back(static_cast<std::uint8_t>(spi >> static_cast<unsigned>(shift)));
}

/// Takes keys one after the other.
class KeyMaterial {
 public:
  explicit KeyMaterial(Buffer octets) : octets_(std::move(octets)) {}

  Buffer take(std::size_t size) {
    const auto key = Bytes(octets_).subspan(taken_, size);
    taken_ += size;
    return {key.begin(), key.end()};
  }

 private:
  Buffer octets_;
  std::size_t taken_ = 0;
};

}  // namespace

Buffer skeyseed(Prf prf_algorithm, const Nonces& nonces, Bytes secret) {
  Buffer key;
  append(key, nonces.initiator);
  append(key, nonces.responder);
  return prf(prf_algorithm, key, {secret});
}

Buffer rekeyed_skeyseed(Prf old_prf, Bytes old_d, Bytes new_secret, const Nonces& nonces) {
  return prf(old_prf, old_d, {new_secret, nonces.initiator, nonces.responder});
}

IkeKeys ike_keys(const IkeSuite& suite, Bytes skeyseed, const Nonces& nonces, const IkeSpis& spis) {
  Buffer seed;
  append(seed, nonces.initiator);
  append(seed, nonces.responder);
  append(seed, spis.initiator);
  append(seed, spis.responder);
  const auto prf_size = algorithm(suite.prf).size;
  const auto integrity = algorithm(suite.integrity).key_size;
  const auto encryption = algorithm(suite.encryption).key_size;
  KeyMaterial material(
      prf_plus(suite.prf, skeyseed, seed, 3 * prf_size + 2 * integrity + 2 * encryption));
  IkeKeys keys;
  keys.d = material.take(prf_size);
  keys.ai = material.take(integrity);
  keys.ar = material.take(integrity);
  keys.ei = material.take(encryption);
  keys.er = material.take(encryption);
  keys.pi = material.take(prf_size);
  keys.pr = material.take(prf_size);
  return keys;
}

ChildKeys child_keys(Prf prf_algorithm, Bytes sk_d, Encryption encryption, Integrity integrity,
                     const Nonces& nonces, std::optional<Bytes> new_secret) {
  Buffer seed;
  if (new_secret) append(seed, *new_secret);
  append(seed, nonces.initiator);
  append(seed, nonces.responder);
  const auto encryption_size = algorithm(encryption).key_size;
  const auto integrity_size = algorithm(integrity).key_size;
  KeyMaterial material(prf_plus(prf_algorithm, sk_d, seed, 2 * (encryption_size + integrity_size)));
  ChildKeys keys;
  keys.from_initiator.encryption = material.take(encryption_size);
  keys.from_initiator.integrity = material.take(integrity_size);
  keys.from_responder.encryption = material.take(encryption_size);
  keys.from_responder.integrity = material.take(integrity_size);
  return keys;
}

}  // namespace mipvet::crypto

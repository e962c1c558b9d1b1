#include "engine/crypto/key_exchange.h"

#include <algorithm>
#include <stdexcept>

#include <botan/curve25519.h>
#include <botan/dh.h>
#include <botan/ecdh.h>
#include <botan/exceptn.h>
#include <botan/pubkey.h>
#include <fmt/format.h>

namespace mipvet::crypto {
namespace {

using Botan::BigInt;
using wire::Buffer;
using wire::Bytes;
using KeyPair = std::unique_ptr<Botan::PK_Key_Agreement_Key>;

/// What stands before x and y where a point is written in the form of SEC 1.
constexpr std::uint8_t kUncompressed = 4;

/// With zeros in front; Botan, too, pads to the length of the modulus, but does not promise it.
Buffer padded(Bytes octets, std::size_t size) {
  Buffer result(std::max(size, octets.size()));
  std::copy(octets.begin(), octets.end(),
            result.end() - static_cast<std::ptrdiff_t>(octets.size()));
  return result;
}

KeyPair fresh(Group group, Botan::RandomNumberGenerator& random) {
  switch (group) {
    case Group::modp_2048:
      return std::make_unique<Botan::DH_PrivateKey>(random, Botan::DL_Group("modp/ietf/2048"));
    case Group::ecp_256:
      return std::make_unique<Botan::ECDH_PrivateKey>(random, Botan::EC_Group("secp256r1"));
    case Group::curve25519:
      return std::make_unique<Botan::Curve25519_PrivateKey>(random);
  }
  throw std::invalid_argument("no such group");
}

std::invalid_argument bad_private_key(Group group) {
  return std::invalid_argument(
      fmt::format("this is no private key of {}: a number from 1 to the order less 1, or 32 octets "
                  "for Curve25519, would be right",
                  to_string(group)));
}

KeyPair known(Group group, Bytes key, Botan::RandomNumberGenerator& random) {
  if (group == Group::curve25519) {
    if (key.size() != algorithm(group).secret_size) throw bad_private_key(group);
    return std::make_unique<Botan::Curve25519_PrivateKey>(
        Botan::secure_vector<std::uint8_t>(key.begin(), key.end()));
  }
  const BigInt x(key.data(), key.size());
  if (group == Group::modp_2048) {
    const Botan::DL_Group modp("modp/ietf/2048");
    if (x < 1 || x >= modp.get_p() - 1) throw bad_private_key(group);
    return std::make_unique<Botan::DH_PrivateKey>(random, modp, x);
  }
  const Botan::EC_Group curve("secp256r1");
  if (x < 1 || x >= curve.get_order()) throw bad_private_key(group);
  return std::make_unique<Botan::ECDH_PrivateKey>(random, curve, x);
}

}  // namespace

KeyExchange::KeyExchange(Group group, Botan::RandomNumberGenerator& random)
    : group_(group), key_(fresh(group, random)), random_(&random) {}

KeyExchange::KeyExchange(Group group, Bytes private_key, Botan::RandomNumberGenerator& random)
    : group_(group), key_(known(group, private_key, random)), random_(&random) {}

KeyExchange::KeyExchange(KeyExchange&&) noexcept = default;
KeyExchange& KeyExchange::operator=(KeyExchange&&) noexcept = default;
KeyExchange::~KeyExchange() = default;

Buffer KeyExchange::public_value() const {
  const auto value = key_->public_value();
  const auto octets = Bytes(value).subspan(group_ == Group::ecp_256 ? 1 : 0);
  return padded(octets, algorithm(group_).public_size);
}

std::optional<Buffer> KeyExchange::shared_secret(Bytes peer_value) const {
  const auto& sizes = algorithm(group_);
  if (peer_value.size() != sizes.public_size) return std::nullopt;
  Buffer peer(peer_value.begin(), peer_value.end());
  if (group_ == Group::ecp_256) peer.insert(peer.begin(), kUncompressed);
  try {
    const Botan::PK_Key_Agreement agreement(*key_, *random_, "Raw");
    const auto secret = agreement.derive_key(0, peer).bits_of();
    if (std::all_of(secret.begin(), secret.end(), [](auto octet) { return octet == 0; }))
      return std::nullopt;
    return padded(secret, sizes.secret_size);
  } catch (const Botan::Exception&) {
    return std::nullopt;
  }
}

}  // namespace mipvet::crypto

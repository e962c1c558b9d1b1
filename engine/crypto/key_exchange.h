#pragma once

#include <memory>
#include <optional>

#include <botan/rng.h>

#include "engine/crypto/ike_algorithms.h"
#include "engine/wire/bytes.h"

namespace Botan {
class PK_Key_Agreement_Key;
}

namespace mipvet::crypto {

/// One side of a Diffie-Hellman exchange (RFC 7296 §1.2, §2.14): an ephemeral key pair.
class KeyExchange {
 public:
  /// A fresh key pair of this random source, which has to outlive the object.
  KeyExchange(Group group, Botan::RandomNumberGenerator& random);
  /// The key pair of a known private key: big-endian for modp_2048 and ecp_256, as RFC 7748 §5 has
  /// it for curve25519. std::invalid_argument for one that the group does not have.
  KeyExchange(Group group, wire::Bytes private_key, Botan::RandomNumberGenerator& random);
  KeyExchange(KeyExchange&&) noexcept;
  KeyExchange& operator=(KeyExchange&&) noexcept;
  ~KeyExchange();

  Group group() const { return group_; }

  /// The Key Exchange Data of the KE payload (RFC 7296 §3.4): modp_2048 padded with zeros to the
  /// length of the modulus, ecp_256 x and y without a form octet (RFC 5903 §7).
  wire::Buffer public_value() const;

  /// g^ir: modp_2048 padded with zeros to the length of the modulus (RFC 7296 §2.14), ecp_256 the x
  /// co-ordinate (RFC 5903 §7). Nothing if the peer's value is none of the group: of a wrong
  /// length, outside 2 to p-2, not on the curve, or one that makes the secret zero (RFC 7748 §6.1).
  std::optional<wire::Buffer> shared_secret(wire::Bytes peer_value) const;

 private:
  Group group_;
  std::unique_ptr<Botan::PK_Key_Agreement_Key> key_;
  Botan::RandomNumberGenerator* random_;  ///< for blinding
};

}  // namespace mipvet::crypto

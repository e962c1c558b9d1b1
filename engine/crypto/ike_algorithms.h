#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

/// What IKEv2 negotiates (RFC 7296 §3.3.2), as far as mipvet has it. Names and numbers are those of
/// the IANA registry "Internet Key Exchange Version 2 (IKEv2) Parameters"; sizes are octets.
namespace mipvet::crypto {

/// Transform type 1. The key length is an attribute of its own (RFC 7296 §3.3.5) and closes the
/// name: "ENCR_AES_CBC_128".
enum class Encryption : std::uint8_t {
  aes_cbc_128,     ///< RFC 3602
  aes_cbc_256,     ///< RFC 3602
  aes_gcm_16_128,  ///< RFC 4106 (ESP), RFC 5282 (IKE)
  aes_gcm_16_256,
};

struct EncryptionAlgorithm {
  std::string_view name;
  std::uint16_t transform_id;
  std::uint16_t key_bits;    ///< value of the Key Length attribute
  std::size_t key_size;      ///< what is taken from the keying material: the salt is part of it
  std::size_t salt_size;     ///< the last octets of the key: 4 with GCM (RFC 4106 §4), 0 with CBC
  std::size_t iv_size;       ///< as sent in each packet
  std::size_t block_size;    ///< the ciphertext is a multiple of it
  std::size_t icv_size;      ///< of an AEAD algorithm; 0 where an integrity algorithm does that
  std::string_view library;  ///< how Botan calls it

  constexpr bool is_aead() const { return icv_size != 0; }
};

/// Transform type 3. With an AEAD algorithm there is none (RFC 7296 §3.3, RFC 5282 §8).
enum class Integrity : std::uint8_t {
  none,
  hmac_sha1_96,       ///< RFC 2404
  hmac_sha2_256_128,  ///< RFC 4868
};

struct IntegrityAlgorithm {
  std::string_view name;
  std::uint16_t transform_id;
  std::size_t key_size;
  std::size_t icv_size;  ///< what is left of the HMAC
  std::string_view library;
};

/// Transform type 2.
enum class Prf : std::uint8_t {
  hmac_sha1,      ///< RFC 2104
  hmac_sha2_256,  ///< RFC 4868
};

struct PrfAlgorithm {
  std::string_view name;
  std::uint16_t transform_id;
  std::size_t size;  ///< of its output, and so of SK_d, SK_pi and SK_pr
  std::string_view library;
  std::string_view hash;  ///< below the HMAC
};

/// Transform type 4.
enum class Group : std::uint8_t {
  modp_2048,   ///< RFC 3526 §3
  ecp_256,     ///< RFC 5903 §3.1
  curve25519,  ///< RFC 8031
};

struct GroupAlgorithm {
  std::string_view name;
  std::uint16_t transform_id;
  std::size_t public_size;  ///< of the Key Exchange Data
  std::size_t secret_size;  ///< of g^ir
};

const EncryptionAlgorithm& algorithm(Encryption encryption);
const IntegrityAlgorithm& algorithm(Integrity integrity);
const PrfAlgorithm& algorithm(Prf prf);
const GroupAlgorithm& algorithm(Group group);

inline std::string_view to_string(Encryption encryption) {
  return algorithm(encryption).name;
}
inline std::string_view to_string(Integrity integrity) {
  return algorithm(integrity).name;
}
inline std::string_view to_string(Prf prf) {
  return algorithm(prf).name;
}
inline std::string_view to_string(Group group) {
  return algorithm(group).name;
}

/// Nothing for what mipvet does not have; both algorithms here need the Key Length attribute
/// (RFC 7296 §3.3.5), so that its absence, too, is nothing.
std::optional<Encryption> encryption_of(std::uint16_t transform_id,
                                        std::optional<std::uint16_t> key_bits);
std::optional<Integrity> integrity_of(std::uint16_t transform_id);
std::optional<Prf> prf_of(std::uint16_t transform_id);
std::optional<Group> group_of(std::uint16_t transform_id);

std::optional<Encryption> encryption_from_name(std::string_view name);
std::optional<Integrity> integrity_from_name(std::string_view name);
std::optional<Prf> prf_from_name(std::string_view name);
std::optional<Group> group_from_name(std::string_view name);

/// All names of a kind, for messages that say what would be right.
std::span<const std::string_view> encryption_names();
std::span<const std::string_view> integrity_names();
std::span<const std::string_view> prf_names();
std::span<const std::string_view> group_names();

/// Octets of the integrity check value of a protected packet.
std::size_t icv_size(Encryption encryption, Integrity integrity);

/// What the two do not go together for, in one line; nothing if they do. An AEAD algorithm has no
/// integrity algorithm beside it, any other one must have it (RFC 7296 §3.3.3).
std::optional<std::string_view> mismatch(Encryption encryption, Integrity integrity);

}  // namespace mipvet::crypto

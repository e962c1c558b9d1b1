#pragma once

#include <cstdint>
#include <optional>

#include "engine/crypto/ike_algorithms.h"
#include "engine/wire/bytes.h"

/// Keying material of IKE SAs and CHILD_SAs. Nonces are without their payload headers, SPIs as the
/// numbers that the IKE header has, secrets as KeyExchange gives them.
namespace mipvet::crypto {

/// What an IKE SA has agreed on, its group aside.
struct IkeSuite {
  Encryption encryption = Encryption::aes_cbc_128;
  Integrity integrity = Integrity::hmac_sha2_256_128;
  Prf prf = Prf::hmac_sha2_256;

  bool operator==(const IkeSuite&) const = default;
};

/// The nonces and SPIs of one exchange. The initiator is that of the exchange: when an IKE SA is
/// rekeyed it may be the former responder (RFC 7296 §2.18).
struct Nonces {
  wire::Bytes initiator;
  wire::Bytes responder;
};
struct IkeSpis {
  std::uint64_t initiator = 0;
  std::uint64_t responder = 0;

  bool operator==(const IkeSpis&) const = default;
};

/// SK_d, SK_ai and so on (RFC 7296 §2.14). With an AEAD algorithm ai and ar are empty, and ei and
/// er end in the salt (RFC 5282 §7.1).
struct IkeKeys {
  wire::Buffer d, ai, ar, ei, er, pi, pr;

  bool operator==(const IkeKeys&) const = default;
};

/// prf(Ni | Nr, g^ir).
wire::Buffer skeyseed(Prf prf, const Nonces& nonces, wire::Bytes secret);

/// Of a new IKE SA that replaces another one: prf(SK_d (old), g^ir (new) | Ni | Nr), with the prf
/// of the old one (RFC 7296 §2.18).
wire::Buffer rekeyed_skeyseed(Prf old_prf, wire::Bytes old_d, wire::Bytes new_secret,
                              const Nonces& nonces);

IkeKeys ike_keys(const IkeSuite& suite, wire::Bytes skeyseed, const Nonces& nonces,
                 const IkeSpis& spis);

/// What protects one direction of a CHILD_SA; the encryption key ends in the salt with AES-GCM
/// (RFC 4106 §8.1), the integrity key then is empty.
struct DirectionKeys {
  wire::Buffer encryption;
  wire::Buffer integrity;

  bool operator==(const DirectionKeys&) const = default;
};

/// Both directions. The initiator is that of the exchange which made the CHILD_SA (RFC 7296 §2.17).
struct ChildKeys {
  DirectionKeys from_initiator;
  DirectionKeys from_responder;

  bool operator==(const ChildKeys&) const = default;
};

/// prf+(SK_d, Ni | Nr), or prf+(SK_d, g^ir (new) | Ni | Nr) where the CREATE_CHILD_SA exchange had
/// KE payloads. With the first CHILD_SA the nonces are those of IKE_SA_INIT.
ChildKeys child_keys(Prf prf, wire::Bytes sk_d, Encryption encryption, Integrity integrity,
                     const Nonces& nonces, std::optional<wire::Bytes> new_secret = std::nullopt);

}  // namespace mipvet::crypto

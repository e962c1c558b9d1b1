#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include <botan/rng.h>

#include "engine/crypto/certificate.h"
#include "engine/crypto/ike_algorithms.h"
#include "engine/wire/bytes.h"

/// The AUTH payload (RFC 7296 §2.15, §3.8).
namespace mipvet::crypto {

/// Auth Method, by the numbers of the IANA registry.
enum class AuthMethod : std::uint8_t {
  rsa_signature = 1,  ///< RSASSA-PKCS1-v1_5 with SHA-1
  shared_key = 2,     ///< Shared Key Message Integrity Code
  ecdsa_256 = 9,      ///< ECDSA with SHA-256 on the P-256 curve, r and s 32 octets each (RFC 4754)
  digital_signature = 14,  ///< RFC 7427; here RSA PKCS #1 or ECDSA P-256, with SHA2-256
};

/// What the AUTH payload is about (RFC 7296 §2.15).
struct SignedOctets {
  /// The own IKE_SA_INIT message from the first SPI to its end, as last sent, without the four
  /// zeros of port 4500.
  wire::Bytes message;
  wire::Bytes peer_nonce;  ///< value only
  wire::Bytes sk_p;        ///< SK_pi of the initiator, SK_pr of the responder
  wire::Bytes id_payload;  ///< own ID payload without generic header: from the ID Type on
};
/// message | nonce | prf(SK_p, ID').
wire::Buffer signed_octets(Prf prf, const SignedOctets& parts);

/// Authentication Data of method 2: prf(prf(secret, "Key Pad for IKEv2"), octets).
wire::Buffer shared_key_auth(Prf prf, wire::Bytes secret, wire::Bytes octets);
bool verify_shared_key(Prf prf, wire::Bytes secret, wire::Bytes octets, wire::Bytes auth_data);

/// Authentication Data of a signature method: std::invalid_argument if the key is not of the
/// method's kind.
wire::Buffer sign(AuthMethod method, const PrivateKey& key, wire::Bytes octets,
                  Botan::RandomNumberGenerator& random);

enum class Authentication : std::uint8_t {
  authentic,
  wrong,        ///< not the signature of these octets by this key
  malformed,    ///< not 64 octets (method 9), or no whole AlgorithmIdentifier in front (method 14)
  wrong_key,    ///< the certificate's key is not of the method's kind
  unsupported,  ///< a method, or an algorithm of method 14, that mipvet does not have
};
std::string_view to_string(Authentication authentication);

/// `method` is the number from the wire; of the signature methods.
Authentication verify(std::uint8_t method, const Certificate& certificate, wire::Bytes octets,
                      wire::Bytes auth_data);

}  // namespace mipvet::crypto

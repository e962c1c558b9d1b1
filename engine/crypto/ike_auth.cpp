#include "engine/crypto/ike_auth.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>

#include <botan/exceptn.h>
#include <botan/mem_ops.h>
#include <botan/pk_keys.h>
#include <botan/pubkey.h>
#include <fmt/format.h>

#include "engine/crypto/prf.h"

namespace mipvet::crypto {
namespace {

using wire::Buffer;
using wire::Bytes;

/// How a signature is made, and which octets tell of it.
struct Scheme {
  AuthMethod method;
  KeyKind key;
  const char* library;
  Botan::Signature_Format format;
  Bytes identifier;  ///< AlgorithmIdentifier of method 14
};

// RFC 7427 §A.1.2 and §A.3.2.
constexpr std::array<std::uint8_t, 15> kSha256WithRsa{
    0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x0B, 0x05, 0x00};
constexpr std::array<std::uint8_t, 12> kEcdsaWithSha256{0x30, 0x0A, 0x06, 0x08, 0x2A, 0x86,
                                                        0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02};

constexpr std::array<Scheme, 4> kSchemes{{
    {AuthMethod::rsa_signature, KeyKind::rsa, "EMSA3(SHA-1)", Botan::IEEE_1363, {}},
    {AuthMethod::ecdsa_256, KeyKind::ecdsa_256, "EMSA1(SHA-256)", Botan::IEEE_1363, {}},
    {AuthMethod::digital_signature, KeyKind::rsa, "EMSA3(SHA-256)", Botan::IEEE_1363,
     kSha256WithRsa},
    {AuthMethod::digital_signature, KeyKind::ecdsa_256, "EMSA1(SHA-256)", Botan::DER_SEQUENCE,
     kEcdsaWithSha256},
}};

template <typename Matches>
const Scheme* find(Matches matches) {
  const auto found = std::find_if(kSchemes.begin(), kSchemes.end(), matches);
  return found == kSchemes.end() ? nullptr : &*found;
}

Authentication verify(const Scheme& scheme, const Certificate& certificate, Bytes octets,
                      Bytes signature) {
  if (certificate.key_kind() != scheme.key) return Authentication::wrong_key;
  constexpr std::size_t kEcdsa256Size = 64;
  if (scheme.method == AuthMethod::ecdsa_256 && signature.size() != kEcdsa256Size)
    return Authentication::malformed;
  try {
    Botan::PK_Verifier verifier(certificate.public_key(), scheme.library, scheme.format);
    return verifier.verify_message(octets.data(), octets.size(), signature.data(), signature.size())
               ? Authentication::authentic
               : Authentication::wrong;
  } catch (const Botan::Exception&) {
    return Authentication::wrong;
  }
}

}  // namespace

Buffer signed_octets(Prf prf_algorithm, const SignedOctets& parts) {
  Buffer octets(parts.message.begin(), parts.message.end());
  octets.insert(octets.end(), parts.peer_nonce.begin(), parts.peer_nonce.end());
  const auto maced_id = prf(prf_algorithm, parts.sk_p, {parts.id_payload});
  octets.insert(octets.end(), maced_id.begin(), maced_id.end());
  return octets;
}

Buffer shared_key_auth(Prf prf_algorithm, Bytes secret, Bytes octets) {
  constexpr std::string_view kKeyPad = "Key Pad for IKEv2";
  const Bytes pad(reinterpret_cast<const std::uint8_t*>(kKeyPad.data()), kKeyPad.size());
  return prf(prf_algorithm, prf(prf_algorithm, secret, {pad}), {octets});
}

bool verify_shared_key(Prf prf_algorithm, Bytes secret, Bytes octets, Bytes auth_data) {
  const auto right = shared_key_auth(prf_algorithm, secret, octets);
  return right.size() == auth_data.size() &&
         Botan::constant_time_compare(right.data(), auth_data.data(), right.size());
}

Buffer sign(AuthMethod method, const PrivateKey& key, Bytes octets,
            Botan::RandomNumberGenerator& random) {
  const auto* scheme =
      find([&](const auto& row) { return row.method == method && row.key == key.kind(); });
  if (scheme == nullptr)
    throw std::invalid_argument(fmt::format(
        "a key of this kind does not sign by authentication method {}: RSA goes with 1 and 14, "
        "ECDSA on P-256 with 9 and 14",
        static_cast<unsigned>(method)));
  Botan::PK_Signer signer(key.key(), random, scheme->library, scheme->format);
  const auto signature = signer.sign_message(octets.data(), octets.size(), random);
  const auto identifier = scheme->identifier;
  Buffer data(identifier.empty() ? 0 : 1 + identifier.size());
  if (!data.empty()) {
    data.front() = static_cast<std::uint8_t>(identifier.size());
    std::copy(identifier.begin(), identifier.end(), data.begin() + 1);
  }
  data.insert(data.end(), signature.begin(), signature.end());
  return data;
}

std::string_view to_string(Authentication authentication) {
  switch (authentication) {
    case Authentication::authentic:
      return "authentic";
    case Authentication::wrong:
      return "wrong";
    case Authentication::malformed:
      return "malformed";
    case Authentication::wrong_key:
      return "wrong key";
    case Authentication::unsupported:
      return "unsupported";
  }
  return "?";
}

Authentication verify(std::uint8_t method, const Certificate& certificate, Bytes octets,
                      Bytes auth_data) {
  Bytes identifier;
  if (method == static_cast<std::uint8_t>(AuthMethod::digital_signature)) {
    if (auth_data.empty() || auth_data.front() >= auth_data.size())
      return Authentication::malformed;
    identifier = auth_data.subspan(1, auth_data.front());
    auth_data = auth_data.subspan(1 + identifier.size());
  }
  const auto* scheme = find([&](const auto& row) {
    return static_cast<std::uint8_t>(row.method) == method &&
           std::equal(row.identifier.begin(), row.identifier.end(), identifier.begin(),
                      identifier.end());
  });
  if (scheme == nullptr) return Authentication::unsupported;
  return verify(*scheme, certificate, octets, auth_data);
}

}  // namespace mipvet::crypto

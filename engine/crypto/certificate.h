#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/wire/bytes.h"

namespace Botan {
class Private_Key;
class Public_Key;
class X509_Certificate;
}  // namespace Botan

/// X.509 certificates (RFC 5280) and the keys that go with them, of the kinds that AUTH payloads
/// are signed with. Text that cannot be read is std::invalid_argument, in one line.
namespace mipvet::crypto {

enum class KeyKind : std::uint8_t { rsa, ecdsa_256, other };

class Certificate {
 public:
  static Certificate from_pem(std::string_view text);
  /// As a CERT payload has it: encoding 4, X.509 Certificate - Signature (RFC 7296 §3.6).
  static Certificate from_der(wire::Bytes octets);
  Certificate(const Certificate&);
  Certificate& operator=(const Certificate&);
  Certificate(Certificate&&) noexcept;
  Certificate& operator=(Certificate&&) noexcept;
  ~Certificate();

  wire::Buffer der() const;
  std::string subject() const;  ///< its common name, "" if it has none
  KeyKind key_kind() const;
  /// The subject's SubjectPublicKeyInfo, DER: a CERTREQ payload names an authority by its SHA-1
  /// (RFC 7296 §3.7).
  wire::Buffer public_key_der() const;
  const Botan::Public_Key& public_key() const { return *key_; }

  /// Whether this one's signature is by the issuer's key, and its issuer's name that of the issuer.
  /// Nothing is said about dates, constraints and revocation: a test network's clock is its own.
  bool issued_by(const Certificate& issuer) const;

 private:
  explicit Certificate(std::shared_ptr<const Botan::X509_Certificate> certificate);

  std::shared_ptr<const Botan::X509_Certificate> certificate_;
  std::shared_ptr<const Botan::Public_Key> key_;
};

class PrivateKey {
 public:
  /// PKCS #8, not encrypted ("BEGIN PRIVATE KEY").
  static PrivateKey from_pem(std::string_view text);
  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  ~PrivateKey();

  KeyKind kind() const;
  const Botan::Private_Key& key() const { return *key_; }

 private:
  explicit PrivateKey(std::unique_ptr<Botan::Private_Key> key);

  std::unique_ptr<Botan::Private_Key> key_;
};

}  // namespace mipvet::crypto

#include "engine/crypto/certificate.h"

#include <stdexcept>

#include <botan/data_src.h>
#include <botan/ecdsa.h>
#include <botan/exceptn.h>
#include <botan/pkcs8.h>
#include <botan/x509_dn.h>
#include <botan/x509_key.h>
#include <botan/x509cert.h>
#include <fmt/format.h>

namespace mipvet::crypto {
namespace {

using wire::Buffer;
using wire::Bytes;

KeyKind kind_of(const Botan::Public_Key& key) {
  if (key.algo_name() == "RSA") return KeyKind::rsa;
  const auto* ecdsa = dynamic_cast<const Botan::ECDSA_PublicKey*>(&key);
  if (ecdsa != nullptr && ecdsa->domain() == Botan::EC_Group("secp256r1"))
    return KeyKind::ecdsa_256;
  return KeyKind::other;
}

/// Botan's messages may have lines of their own.
std::string one_line(std::string text) {
  for (auto& c : text)
    if (c == '\n') c = ' ';
  return text;
}

std::shared_ptr<const Botan::X509_Certificate> read_certificate(Bytes octets,
                                                                std::string_view right) {
  try {
    Botan::DataSource_Memory source(octets.data(), octets.size());
    return std::make_shared<const Botan::X509_Certificate>(source);
  } catch (const std::exception& error) {
    throw std::invalid_argument(
        fmt::format("no X.509 certificate ({}): {} would be right", one_line(error.what()), right));
  }
}

std::shared_ptr<const Botan::Public_Key> key_of(const Botan::X509_Certificate& certificate) {
  try {
    return std::shared_ptr<const Botan::Public_Key>(certificate.load_subject_public_key());
  } catch (const std::exception& error) {
    throw std::invalid_argument(
        fmt::format("the certificate's public key cannot be read ({}): RSA or ECDSA would be right",
                    one_line(error.what())));
  }
}

}  // namespace

Certificate::Certificate(std::shared_ptr<const Botan::X509_Certificate> certificate)
    : certificate_(std::move(certificate)), key_(key_of(*certificate_)) {}

Certificate Certificate::from_pem(std::string_view text) {
  const Bytes octets(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
  return Certificate(read_certificate(octets, "PEM with a BEGIN CERTIFICATE line"));
}

Certificate Certificate::from_der(Bytes octets) {
  // A DER certificate is a SEQUENCE; all else Botan would take for PEM.
  constexpr std::uint8_t kSequence = 0x30;
  if (octets.empty() || octets.front() != kSequence)
    throw std::invalid_argument("no X.509 certificate: DER, which begins with 30, would be right");
  return Certificate(read_certificate(octets, "one in DER"));
}

Certificate::Certificate(const Certificate&) = default;
Certificate& Certificate::operator=(const Certificate&) = default;
Certificate::Certificate(Certificate&&) noexcept = default;
Certificate& Certificate::operator=(Certificate&&) noexcept = default;
Certificate::~Certificate() = default;

Buffer Certificate::der() const {
  return certificate_->BER_encode();
}

std::string Certificate::subject() const {
  const auto names = certificate_->subject_info("X520.CommonName");
  return names.empty() ? "" : names.front();
}

KeyKind Certificate::key_kind() const {
  return kind_of(*key_);
}

Buffer Certificate::public_key_der() const {
  return certificate_->subject_public_key_info();
}

bool Certificate::issued_by(const Certificate& issuer) const {
  if (certificate_->issuer_dn() != issuer.certificate_->subject_dn()) return false;
  try {
    return certificate_->check_signature(*issuer.key_);
  } catch (const Botan::Exception&) {
    return false;
  }
}

PrivateKey::PrivateKey(std::unique_ptr<Botan::Private_Key> key) : key_(std::move(key)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

PrivateKey PrivateKey::from_pem(std::string_view text) {
  try {
    Botan::DataSource_Memory source(reinterpret_cast<const std::uint8_t*>(text.data()),
                                    text.size());
    return PrivateKey(Botan::PKCS8::load_key(source));
  } catch (const std::exception& error) {
    throw std::invalid_argument(
        fmt::format("no private key ({}): PKCS #8 in PEM with a BEGIN PRIVATE KEY line, not "
                    "encrypted, would be right",
                    one_line(error.what())));
  }
}

KeyKind PrivateKey::kind() const {
  return kind_of(*key_);
}

}  // namespace mipvet::crypto

#include "engine/crypto/certificate.h"

#include <stdexcept>

#include <gtest/gtest.h>

#include "engine/crypto/octets_for_test.h"

namespace mipvet::crypto {
namespace {

using testing::octets;
using testing::test_key;

TEST(Certificate, IsReadFromPemAndDer) {
  const auto gateway = Certificate::from_pem(test_key("rsa.cert.pem"));
  EXPECT_EQ(gateway.subject(), "gateway.example");
  EXPECT_EQ(gateway.key_kind(), KeyKind::rsa);
  const auto again = Certificate::from_der(gateway.der());
  EXPECT_EQ(again.der(), gateway.der());
  EXPECT_EQ(again.public_key_der(), gateway.public_key_der());
  EXPECT_EQ(Certificate::from_pem(test_key("ecdsa.cert.pem")).key_kind(), KeyKind::ecdsa_256);
}

TEST(Certificate, KnowsItsIssuer) {
  const auto gateway = Certificate::from_pem(test_key("rsa.cert.pem"));
  const auto node = Certificate::from_pem(test_key("ecdsa.cert.pem"));
  EXPECT_TRUE(node.issued_by(gateway));
  EXPECT_TRUE(gateway.issued_by(gateway));
  EXPECT_FALSE(gateway.issued_by(node));
  EXPECT_FALSE(node.issued_by(node));
  auto altered = node.der();
  altered.back() ^= 1U;
  EXPECT_FALSE(Certificate::from_der(altered).issued_by(gateway));
}

template <typename Action>
std::string complaint(Action action) {
  try {
    action();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "";
}

void expect_one_line(const std::string& text) {
  EXPECT_NE(text, "");
  EXPECT_NE(text.find("would be right"), std::string::npos) << text;
  EXPECT_EQ(text.find('\n'), std::string::npos) << text;
}

TEST(Certificate, AnythingElseIsToldInOneLine) {
  for (const auto& text :
       {std::string(), std::string("no PEM"), test_key("rsa.key.pem"),
        test_key("rsa.cert.pem").substr(0, 300),
        std::string("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")})
    expect_one_line(complaint([&] { Certificate::from_pem(text); }));
  const auto der = Certificate::from_pem(test_key("ecdsa.cert.pem")).der();
  for (std::size_t size = 0; size < der.size(); ++size)
    expect_one_line(complaint([&] { Certificate::from_der(wire::Bytes(der).first(size)); }));
  expect_one_line(complaint([] { Certificate::from_der(octets("-----BEGIN CERTIFICATE-----")); }));
}

TEST(Certificate, AlteredOctetsAreSafe) {
  const auto der = Certificate::from_pem(test_key("ecdsa.cert.pem")).der();
  const auto gateway = Certificate::from_pem(test_key("rsa.cert.pem"));
  for (std::size_t i = 0; i < der.size(); ++i) {
    auto altered = der;
    altered[i] ^= 0x81U;
    try {
      EXPECT_FALSE(Certificate::from_der(altered).issued_by(gateway)) << i;
    } catch (const std::invalid_argument&) {
      continue;
    }
  }
}

TEST(PrivateKey, IsReadFromPem) {
  EXPECT_EQ(PrivateKey::from_pem(test_key("rsa.key.pem")).kind(), KeyKind::rsa);
  EXPECT_EQ(PrivateKey::from_pem(test_key("ecdsa.key.pem")).kind(), KeyKind::ecdsa_256);
  for (const auto& text : {std::string(), std::string("no PEM"), test_key("rsa.cert.pem"),
                           test_key("rsa.key.pem").substr(0, 300)})
    expect_one_line(complaint([&] { PrivateKey::from_pem(text); }));
}

}  // namespace
}  // namespace mipvet::crypto

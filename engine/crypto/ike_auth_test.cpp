#include "engine/crypto/ike_auth.h"

#include <stdexcept>

#include <gtest/gtest.h>

#include "engine/crypto/octets_for_test.h"
#include "engine/crypto/random_octets.h"

namespace mipvet::crypto {
namespace {

using testing::hex;
using testing::octets;
using testing::test_key;
using wire::Buffer;

const Buffer kOctets = octets("signed octets");

// OpenSSL: openssl dgst -sha1 (or -sha256) -sign rsa.key.pem (or ecdsa.key.pem)
const char* const kRsaSha1 =
    "47a0b011dd640dfcc8ff5eabd770c25bf64fdcda3b6bb3e03c6890f4fc528b5b01b44a6cf43e7645"
    "3b0556c9c5aa448555f6afe5d125e572985de83191e4336991ccbbca0595403eab0cb46cf1f4a3a2"
    "89771220f8c2906fbbcbeb44b1f53037efd12d49c1982dab4b3700b16660e9ac268404c24fc1193e"
    "e71f27abebed9be9135837412a110172c050b0e4634dc51ab02bf3ff8a5e7ebbf9a422d3873c97e8"
    "76601e7135063c68982dbbd4d03f73373ab8be9e044dfbd208c1fdab69d9434862bf273106e2eee7"
    "8b736794b9e754329a4b91d12008fe2e9d0d576ae98ebe3dbf03f320c5de3874fe87add896306107"
    "40c212c9f8e2de6a07f0f68d9536088f";
const char* const kRsaSha256 =
    "3bbabc9702ea049670596795ad1d9b1371de26475aa78d44588a70accda18910010f3e6e6593ed08"
    "aefb84feb022fd16337652dbeb398b83bcf9177354b2642207936a57bba933fb95ce62feb6525fef"
    "88ec4e8552a730cc6da05f5e665a852ddba9f6985ecc75eb61c2c3a2aeee747f4dc161f4ef8f39ec"
    "d76bb5ecc68acfe41070a16a28a44063a9f3a1eb3c716ab0246c3ba40df6e184edeaa1c0eb089ac1"
    "87a845a60934d17502d029676c1a0b970deed1551d112413c654ddfe3dfcc473237d38dacad5ef20"
    "356771b8dfa7701c3e623c08a41791e37a5d528e515bffd89c560dcccdc3be5a8f7735a6fd615c02"
    "e66bbaba3b3bada9316e88b2e0a5daf3";
const char* const kEcdsaSha256 =
    "304402200b77e9a5ee8861143a1c5671bb1f8bb967c87aaf422e0fbec7bf43b7285f403502207809"
    "bdca1db4479d80373f271e43400f5e22fe1a586df5c900e375355e5bf36f";
/// r and s of it.
const char* const kEcdsaPlain =
    "0b77e9a5ee8861143a1c5671bb1f8bb967c87aaf422e0fbec7bf43b7285f4035"
    "7809bdca1db4479d80373f271e43400f5e22fe1a586df5c900e375355e5bf36f";

const std::string kRsaIdentifier = "0f300d06092a864886f70d01010b0500";
const std::string kEcdsaIdentifier = "0c300a06082a8648ce3d040302";

Certificate rsa_certificate() {
  return Certificate::from_pem(test_key("rsa.cert.pem"));
}
Certificate ecdsa_certificate() {
  return Certificate::from_pem(test_key("ecdsa.cert.pem"));
}

RandomOctets random_from(std::uint32_t seed) {
  return RandomOctets([seed]() mutable { return seed = seed * 1664525 + 1013904223; });
}

// The expected values are Python's (hmac), by the formulas of RFC 7296 §2.15.
TEST(IkeAuth, SignedOctets) {
  const auto message = octets("MESSAGE");
  const auto nonce = octets("NONCE");
  const auto key = octets(32, 0x22);
  auto id = hex("02000000");
  for (auto c : octets("node")) id.push_back(c);
  EXPECT_EQ(wire::to_hex(signed_octets(Prf::hmac_sha2_256, {message, nonce, key, id})),
            "4d4553534147454e4f4e43454456add9f13686f8e54e08944a499666d7bf49c316e2c995c6047d0fb562"
            "57d5");
}

TEST(IkeAuth, SharedKey) {
  const auto secret = octets("secret");
  const auto sha1 = hex("9d04d27925596eba6a938f4131f74e03a9bac942");
  EXPECT_EQ(shared_key_auth(Prf::hmac_sha1, secret, kOctets), sha1);
  EXPECT_EQ(wire::to_hex(shared_key_auth(Prf::hmac_sha2_256, secret, kOctets)),
            "19bfdf542bd49158a67d4ee9591023e030135080fbbbf4fb49b495179c71f6c6");
  EXPECT_TRUE(verify_shared_key(Prf::hmac_sha1, secret, kOctets, sha1));
  EXPECT_FALSE(verify_shared_key(Prf::hmac_sha1, octets("Secret"), kOctets, sha1));
  EXPECT_FALSE(verify_shared_key(Prf::hmac_sha1, secret, octets("other"), sha1));
  EXPECT_FALSE(verify_shared_key(Prf::hmac_sha1, secret, kOctets, wire::Bytes(sha1).first(19)));
  EXPECT_FALSE(verify_shared_key(Prf::hmac_sha1, secret, kOctets, {}));
}

TEST(IkeAuth, VerifiesWhatOpenSslSigned) {
  using enum Authentication;
  EXPECT_EQ(verify(1, rsa_certificate(), kOctets, hex(kRsaSha1)), authentic);
  EXPECT_EQ(verify(9, ecdsa_certificate(), kOctets, hex(kEcdsaPlain)), authentic);
  EXPECT_EQ(verify(14, rsa_certificate(), kOctets, hex(kRsaIdentifier + kRsaSha256)), authentic);
  EXPECT_EQ(verify(14, ecdsa_certificate(), kOctets, hex(kEcdsaIdentifier + kEcdsaSha256)),
            authentic);
}

TEST(IkeAuth, SignsAsOpenSslDoes) {
  auto random = random_from(1);
  const auto rsa = PrivateKey::from_pem(test_key("rsa.key.pem"));
  EXPECT_EQ(sign(AuthMethod::rsa_signature, rsa, kOctets, random), hex(kRsaSha1));
  EXPECT_EQ(sign(AuthMethod::digital_signature, rsa, kOctets, random),
            hex(kRsaIdentifier + kRsaSha256));
}

TEST(IkeAuth, EcdsaBothWays) {
  auto random = random_from(1);
  const auto key = PrivateKey::from_pem(test_key("ecdsa.key.pem"));
  for (auto method : {AuthMethod::ecdsa_256, AuthMethod::digital_signature}) {
    const auto data = sign(method, key, kOctets, random);
    const auto number = static_cast<std::uint8_t>(method);
    EXPECT_EQ(verify(number, ecdsa_certificate(), kOctets, data), Authentication::authentic);
    EXPECT_EQ(verify(number, ecdsa_certificate(), octets("others"), data), Authentication::wrong);
  }
  EXPECT_EQ(sign(AuthMethod::ecdsa_256, key, kOctets, random).size(), 64U);
}

TEST(IkeAuth, TellsWhatIsNotRight) {
  using enum Authentication;
  const auto rsa = rsa_certificate();
  const auto ecdsa = ecdsa_certificate();
  EXPECT_EQ(verify(1, rsa, octets("others"), hex(kRsaSha1)), wrong);
  EXPECT_EQ(verify(1, rsa, kOctets, hex(kRsaSha256)), wrong);
  EXPECT_EQ(verify(1, rsa, kOctets, {}), wrong);
  EXPECT_EQ(verify(9, ecdsa, octets("others"), hex(kEcdsaPlain)), wrong);
  EXPECT_EQ(verify(9, ecdsa, kOctets, octets(64, 0)), wrong);
  EXPECT_EQ(verify(9, ecdsa, kOctets, octets(64, 0xFF)), wrong);
  EXPECT_EQ(verify(9, ecdsa, kOctets, hex(kEcdsaSha256)), malformed);
  EXPECT_EQ(verify(9, ecdsa, kOctets, {}), malformed);
  EXPECT_EQ(verify(1, ecdsa, kOctets, hex(kRsaSha1)), wrong_key);
  EXPECT_EQ(verify(9, rsa, kOctets, hex(kEcdsaPlain)), wrong_key);
  EXPECT_EQ(verify(14, ecdsa, kOctets, hex(kRsaIdentifier + kRsaSha256)), wrong_key);
  EXPECT_EQ(verify(2, rsa, kOctets, hex(kRsaSha1)), unsupported);
  EXPECT_EQ(verify(3, rsa, kOctets, hex(kRsaSha1)), unsupported);
  EXPECT_EQ(verify(0, rsa, kOctets, {}), unsupported);
}

TEST(IkeAuth, TakesTheIdentifierOfADigitalSignatureApart) {
  using enum Authentication;
  const auto rsa = rsa_certificate();
  EXPECT_EQ(verify(14, rsa, kOctets, {}), malformed);
  EXPECT_EQ(verify(14, rsa, kOctets, hex("0f")), malformed);
  EXPECT_EQ(verify(14, rsa, kOctets, hex("0f300d06092a864886f70d01010b05")), malformed);
  EXPECT_EQ(verify(14, rsa, kOctets, hex("00")), unsupported);
  EXPECT_EQ(verify(14, rsa, kOctets, hex(kRsaIdentifier)), wrong);
  // sha1WithRSAEncryption
  EXPECT_EQ(
      verify(14, rsa, kOctets, hex("0f300d06092a864886f70d0101050500" + std::string(kRsaSha1))),
      unsupported);
  EXPECT_EQ(verify(14, ecdsa_certificate(), kOctets, hex(kEcdsaIdentifier + "3000")), wrong);
}

TEST(IkeAuth, AKeySignsByItsOwnMethods) {
  auto random = random_from(1);
  const auto rsa = PrivateKey::from_pem(test_key("rsa.key.pem"));
  const auto ecdsa = PrivateKey::from_pem(test_key("ecdsa.key.pem"));
  EXPECT_THROW(sign(AuthMethod::ecdsa_256, rsa, kOctets, random), std::invalid_argument);
  EXPECT_THROW(sign(AuthMethod::rsa_signature, ecdsa, kOctets, random), std::invalid_argument);
  EXPECT_THROW(sign(AuthMethod::shared_key, rsa, kOctets, random), std::invalid_argument);
}

}  // namespace
}  // namespace mipvet::crypto

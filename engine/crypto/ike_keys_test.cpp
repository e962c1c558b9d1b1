#include "engine/crypto/ike_keys.h"

#include <gtest/gtest.h>

#include "engine/crypto/octets_for_test.h"

// The expected keys are Python's (hmac), by the formulas of RFC 7296 §2.13, §2.14, §2.17 and §2.18.
// That real implementations agree is seen where they speak with mipvet, and with tshark in
// tshark_decrypts_test.py.

namespace mipvet::crypto {
namespace {

using testing::counting;
using testing::hex;

const wire::Buffer kNi = counting(0x10, 32);
const wire::Buffer kNr = counting(0x40, 16);
const wire::Buffer kSecret = counting(0x80, 32);
const wire::Buffer kNewSecret = counting(0xC0, 32);
const Nonces kNonces{kNi, kNr};
constexpr IkeSpis kSpis{0x0102030405060708, 0xF1F2F3F4F5F6F7F8};

constexpr IkeSuite kSha2{Encryption::aes_cbc_128, Integrity::hmac_sha2_256_128, Prf::hmac_sha2_256};
constexpr IkeSuite kSha1{Encryption::aes_cbc_256, Integrity::hmac_sha1_96, Prf::hmac_sha1};
constexpr IkeSuite kGcm{Encryption::aes_gcm_16_128, Integrity::none, Prf::hmac_sha2_256};

IkeKeys keys_of(const IkeSuite& suite) {
  return ike_keys(suite, skeyseed(suite.prf, kNonces, kSecret), kNonces, kSpis);
}

TEST(IkeKeys, Sha2AndCbc) {
  EXPECT_EQ(wire::to_hex(skeyseed(Prf::hmac_sha2_256, kNonces, kSecret)),
            "54591ff29b00446204804fdf4d00223e0658b07b58438a4420acba17e80b30b9");
  const auto keys = keys_of(kSha2);
  EXPECT_EQ(wire::to_hex(keys.d),
            "073e4dec26e23fbf250b84355d333821c8b54ff02c0ae4738127d083660d1b5a");
  EXPECT_EQ(wire::to_hex(keys.ai),
            "0c9c2ca22f119c3c02f137e885421b6ff1abbb682cea9f1c0a711ebd1587ce11");
  EXPECT_EQ(wire::to_hex(keys.ar),
            "0ae07c4151b5c1c93c1d8454551a902b8f1323ef80c17790b9c1c1a9b84998a2");
  EXPECT_EQ(wire::to_hex(keys.ei), "ece02acbbf8bded2ccafc9df3d2bbffd");
  EXPECT_EQ(wire::to_hex(keys.er), "aa46fedf0abb7a59a41f6691d63975e1");
  EXPECT_EQ(wire::to_hex(keys.pi),
            "8553994ab59951dc2967c911de83cd2e268c0268b612bb5932e4ee38da795bfd");
  EXPECT_EQ(wire::to_hex(keys.pr),
            "ad7e84fd01e41f8ac9e37b72fc3190a028b723f442e52091c682d626e47137dd");
}

TEST(IkeKeys, Sha1AndLongCbcKey) {
  const auto keys = keys_of(kSha1);
  EXPECT_EQ(wire::to_hex(keys.d), "1fa77cecd304102f7188185e1b7a8a2e74a44b1c");
  EXPECT_EQ(wire::to_hex(keys.ai), "6e7beb8c7abc9fe16a999b0fabbead9379f7f066");
  EXPECT_EQ(wire::to_hex(keys.ar), "39598492e64352800565c18ea050f234447c5cc7");
  EXPECT_EQ(wire::to_hex(keys.ei),
            "1eadbafb383bae2d86c7dd9bacd7aec3ce0a208e2bea01a244734dad27838944");
  EXPECT_EQ(wire::to_hex(keys.er),
            "6e15606d5332181dc59c0735eedb904fb9d39d68e5709c855861d615559d5a07");
  EXPECT_EQ(wire::to_hex(keys.pi), "a614933a77e44249ba9302b40536afd783fb601f");
  EXPECT_EQ(wire::to_hex(keys.pr), "67d1e7be9f2ef3f8629c907995228877268baa43");
}

TEST(IkeKeys, AeadHasASaltAndNoIntegrityKey) {
  const auto keys = keys_of(kGcm);
  EXPECT_TRUE(keys.ai.empty());
  EXPECT_TRUE(keys.ar.empty());
  EXPECT_EQ(wire::to_hex(keys.ei), "0c9c2ca22f119c3c02f137e885421b6ff1abbb68");
  EXPECT_EQ(wire::to_hex(keys.er), "2cea9f1c0a711ebd1587ce110ae07c4151b5c1c9");
  EXPECT_EQ(wire::to_hex(keys.pi),
            "3c1d8454551a902b8f1323ef80c17790b9c1c1a9b84998a2ece02acbbf8bded2");
  EXPECT_EQ(wire::to_hex(keys.pr),
            "ccafc9df3d2bbffdaa46fedf0abb7a59a41f6691d63975e18553994ab59951dc");
}

TEST(IkeKeys, ARekeyedSaStartsFromTheOldOne) {
  EXPECT_EQ(wire::to_hex(rekeyed_skeyseed(Prf::hmac_sha2_256, keys_of(kSha2).d, kSecret, kNonces)),
            "7c8c9402615bd8740c4eb834ddaa1e5ecd044d5af6828ccca6962eaa2e8e27ee");
  EXPECT_EQ(wire::to_hex(rekeyed_skeyseed(Prf::hmac_sha1, keys_of(kSha1).d, kSecret, kNonces)),
            "ae4116346aa969d66c51b4ed402124b4ce536233");
}

ChildKeys child_of(const IkeSuite& suite, std::optional<wire::Bytes> new_secret = std::nullopt) {
  return child_keys(suite.prf, keys_of(suite).d, suite.encryption, suite.integrity, kNonces,
                    new_secret);
}

TEST(ChildKeys, TheInitiatorsComeFirst) {
  const auto keys = child_of(kSha1);
  EXPECT_EQ(wire::to_hex(keys.from_initiator.encryption),
            "c6db7d918bca11c2c026a303887a7620c6e43fedbdbf848aebb827407f7e3660");
  EXPECT_EQ(wire::to_hex(keys.from_initiator.integrity),
            "a77b7d1cc494434f75eb7562c0150039b4304403");
  EXPECT_EQ(wire::to_hex(keys.from_responder.encryption),
            "4f7b59269b3ca1128daa9795beae8fb1a1f1b0c9b555c41f13e7d6cb713ce34f");
  EXPECT_EQ(wire::to_hex(keys.from_responder.integrity),
            "ed59637df15ea01b863ed4af1dd5ebf6e68c18a1");
}

TEST(ChildKeys, APfsSecretComesBeforeTheNonces) {
  const auto keys = child_of(kSha2, kNewSecret);
  EXPECT_EQ(wire::to_hex(keys.from_initiator.encryption), "3093ca11a2cc6e5ea86db4f9264be588");
  EXPECT_EQ(wire::to_hex(keys.from_initiator.integrity),
            "0543850d8b7fb159cf0b77f26e3af915ab10520b12208ff7fe1771a5540881b0");
  EXPECT_EQ(wire::to_hex(keys.from_responder.encryption), "297b6d64d79d88a9caa52b414d687779");
  EXPECT_EQ(wire::to_hex(keys.from_responder.integrity),
            "4c9da363d54287b40783998380f6a2012b3235eeba53e2039f5c328ed3376b79");
}

TEST(ChildKeys, AeadHasASaltAndNoIntegrityKey) {
  const auto keys = child_of(kGcm);
  EXPECT_EQ(wire::to_hex(keys.from_initiator.encryption),
            "27f02210dc611d923570f1ed53ab787e30f17536");
  EXPECT_EQ(wire::to_hex(keys.from_responder.encryption),
            "11a0dce8ca41b15cac4532c35fe2ccabc760aa08");
  EXPECT_TRUE(keys.from_initiator.integrity.empty());
  EXPECT_TRUE(keys.from_responder.integrity.empty());
}

}  // namespace
}  // namespace mipvet::crypto

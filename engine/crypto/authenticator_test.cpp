#include "engine/crypto/authenticator.h"

#include <array>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "engine/crypto/octets_for_test.h"

namespace mipvet::crypto {
namespace {

using testing::counting;
using testing::hex;
using testing::octets;
using wire::Buffer;
using wire::Bytes;
using wire::MutableBytes;

struct Vector {
  Algorithm algorithm;
  Buffer key;
  Buffer data;
  std::string authenticator;
};

std::vector<Vector> vectors() {
  using enum Algorithm;
  const auto key16 = counting(0, 16);
  const auto key25 = counting(1, 25);
  const auto hash_key_first = octets("Test Using Larger Than Block-Size Key - Hash Key First");
  const auto larger =
      octets("Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data");
  std::string digits;
  for (int i = 0; i < 6; ++i) digits += "1234567890";
  return {
      // RFC 1321 §A.5: MD5 of ten to the digit, eight times; the first and the last are the key.
      {keyed_md5, octets("1234567890"), octets(digits), "57edf4a22be3c955ac49da2e2107b67a"},
      {keyed_md5, octets("a"), octets(""), "4124bc0a9335c27f086f24ba207a4912"},
      // Python: hashlib.md5(bytes(range(16)) + data + bytes(range(16)))
      {keyed_md5, key16, octets(""), "7ba08fbffa8f303279d13c0182eef6a7"},
      {keyed_md5, key16, octets("abc"), "745b287066f615e630134b78968115d4"},
      {keyed_md5, key16, octets("message digest"), "c5f5119b4e2fd06ecdb5aded0febaf3c"},
      {keyed_md5, hex("00ff00"), octets("x"), "678d30bca514e704a264ae57f9b700ad"},
      // RFC 2104, appendix, and RFC 2202 §2.
      {hmac_md5, octets(16, 0x0b), octets("Hi There"), "9294727a3638bb1c13f48ef8158bfc9d"},
      {hmac_md5, octets("Jefe"), octets("what do ya want for nothing?"),
       "750c783e6ab0b503eaa86e310a5db738"},
      {hmac_md5, octets(16, 0xaa), octets(50, 0xdd), "56be34521d144c88dbb8c733f0e8b3f6"},
      {hmac_md5, key25, octets(50, 0xcd), "697eaf0aca3a3aea3a75164746ffaa79"},
      {hmac_md5, octets(16, 0x0c), octets("Test With Truncation"),
       "56461ef2342edc00f9bab995690efd4c"},
      {hmac_md5, octets(80, 0xaa), hash_key_first, "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd"},
      {hmac_md5, octets(80, 0xaa), larger, "6f630fad67cda0ee1fb1f562db3aa53e"},
      // RFC 2202 §3.
      {hmac_sha1, octets(20, 0x0b), octets("Hi There"), "b617318655057264e28bc0b6fb378c8ef146be00"},
      {hmac_sha1, octets("Jefe"), octets("what do ya want for nothing?"),
       "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"},
      {hmac_sha1, octets(20, 0xaa), octets(50, 0xdd), "125d7342b9ac11cd91a39af48aa17b4f63f175d3"},
      {hmac_sha1, key25, octets(50, 0xcd), "4c9007f4026250c6bc8414f9bf50c86c2d7235da"},
      {hmac_sha1, octets(20, 0x0c), octets("Test With Truncation"),
       "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04"},
      {hmac_sha1, octets(80, 0xaa), hash_key_first, "aa4ae5e15272d00e95705637ce8a3b55ed402112"},
      {hmac_sha1, octets(80, 0xaa), larger, "e8e99d0f45237d786d6bbaa7965c7808bbff1a91"},
  };
}

TEST(Authenticator, GivesThePublishedValues) {
  for (const auto& vector : vectors()) {
    SCOPED_TRACE(vector.authenticator);
    Authenticator authenticator(vector.algorithm, vector.key);
    const auto expected = hex(vector.authenticator);
    Buffer computed(authenticator.size());
    authenticator.compute(vector.data, computed);
    EXPECT_EQ(computed, expected);
    EXPECT_TRUE(authenticator.verify(vector.data, expected));
  }
}

TEST(Authenticator, SplitDataGivesTheSameValue) {
  const auto data = counting(0, 200);
  for (auto algorithm : {Algorithm::keyed_md5, Algorithm::hmac_md5, Algorithm::hmac_sha1}) {
    Authenticator authenticator(algorithm, counting(7, 16));
    Buffer whole(authenticator.size());
    authenticator.compute(data, whole);
    for (std::size_t cut = 0; cut <= data.size(); ++cut) {
      const std::array<Bytes, 3> parts{Bytes(data).first(cut), Bytes(), Bytes(data).subspan(cut)};
      EXPECT_TRUE(authenticator.verify(parts, whole)) << to_string(algorithm) << " cut at " << cut;
    }
  }
}

// The test vectors of the RFC 3344 ledger: UDP payloads whose last extension is an authentication
// extension. RFC 3344 §3.5.1 covers all before the authenticator.
constexpr std::string_view kKey = "000102030405060708090a0b0c0d0e0f";
constexpr std::string_view kAgentsKey = "101112131415161718191a1b1c1d1e1f";
constexpr std::string_view kRequest =
    "0100012cc000020ac0000201c6336401c0ffee00123456782014000001"
    "00616025aebacb17b51e4c6e3c04794dcc";
constexpr std::string_view kReply =
    "0300012cc000020ac0000201c0ffee001234567820140000010011d2c15b7553ff05688554ac0b5d4792";
constexpr std::string_view kRelayed =
    "0100012cc000020ac0000201c6336401c0ffee00123456782014000001"
    "00616025aebacb17b51e4c6e3c04794dcc221400000200e2b5d10d29cbbd5d08a5b617e57434a2";
constexpr std::string_view kKeyedMd5 =
    "0100012cc000020ac0000201c6336401c0ffee00123456782014000001"
    "0024a34656b4d883d401bf367219f62373";
constexpr std::string_view kKeyedMd5WithoutSpi =
    "0100012cc000020ac0000201c6336401c0ffee00123456782014000001"
    "00e85a0c51a2cb560f71a630ea5c0cecb6";

constexpr std::size_t kSpiSize = 4;

bool authentic(Algorithm algorithm, std::string_view key, std::string_view payload,
               std::size_t left_out = 0) {
  const auto bytes = hex(payload);
  Authenticator authenticator(algorithm, hex(key));
  const auto covered = Bytes(bytes).first(bytes.size() - authenticator.size());
  return authenticator.verify(covered.first(covered.size() - left_out),
                              Bytes(bytes).last(authenticator.size()));
}

TEST(Authenticator, RegistrationMessages) {
  EXPECT_TRUE(authentic(Algorithm::hmac_md5, kKey, kRequest));
  EXPECT_TRUE(authentic(Algorithm::hmac_md5, kKey, kReply));
  EXPECT_TRUE(authentic(Algorithm::hmac_md5, kAgentsKey, kRelayed));
  EXPECT_TRUE(authentic(Algorithm::keyed_md5, kKey, kKeyedMd5));
  EXPECT_TRUE(authentic(Algorithm::keyed_md5, kKey, kKeyedMd5WithoutSpi, kSpiSize));
}

TEST(Authenticator, AnotherKeyAlgorithmOrRangeIsRefused) {
  EXPECT_FALSE(authentic(Algorithm::hmac_md5, kAgentsKey, kRequest));
  EXPECT_FALSE(authentic(Algorithm::keyed_md5, kKey, kRequest));
  EXPECT_FALSE(authentic(Algorithm::hmac_md5, kKey, kRequest, kSpiSize));
  EXPECT_FALSE(authentic(Algorithm::keyed_md5, kKey, kKeyedMd5WithoutSpi));
}

TEST(Authenticator, EveryBitCounts) {
  const auto data = hex(kRequest);
  for (auto algorithm : {Algorithm::keyed_md5, Algorithm::hmac_md5, Algorithm::hmac_sha1}) {
    Authenticator authenticator(algorithm, hex(kKey));
    Buffer right(authenticator.size());
    authenticator.compute(data, right);
    for (std::size_t bit = 0; bit < 8 * right.size(); ++bit) {
      auto wrong = right;
      wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ (1U << bit % 8));
      EXPECT_FALSE(authenticator.verify(data, wrong)) << to_string(algorithm) << " bit " << bit;
    }
    for (std::size_t bit = 0; bit < 8 * data.size(); ++bit) {
      auto wrong = data;
      wrong[bit / 8] = static_cast<std::uint8_t>(wrong[bit / 8] ^ (1U << bit % 8));
      EXPECT_FALSE(authenticator.verify(wrong, right)) << to_string(algorithm) << " bit " << bit;
    }
    EXPECT_TRUE(authenticator.verify(data, right)) << "a refusal has to leave no trace";
  }
}

TEST(Authenticator, WrongLengthIsFalse) {
  const auto data = hex(kRequest);
  for (auto algorithm : {Algorithm::keyed_md5, Algorithm::hmac_md5, Algorithm::hmac_sha1}) {
    Authenticator authenticator(algorithm, hex(kKey));
    Buffer right(authenticator.size());
    authenticator.compute(data, right);
    for (std::size_t length = 0; length < 3 * right.size(); ++length) {
      auto other = right;
      other.resize(length);
      EXPECT_EQ(authenticator.verify(data, other), length == right.size()) << length;
    }
  }
}

TEST(Authenticator, WritesBehindTheDataInOneBuffer) {
  auto message = hex(kRequest);
  const auto expected = message;
  const auto covered = message.size() - 16;
  std::fill(message.begin() + static_cast<std::ptrdiff_t>(covered), message.end(), std::uint8_t{0});
  Authenticator authenticator(Algorithm::hmac_md5, hex(kKey));
  authenticator.compute(Bytes(message).first(covered), MutableBytes(message).subspan(covered));
  EXPECT_EQ(message, expected);
}

TEST(Authenticator, MovesWithItsKey) {
  const auto data = octets("Hi There");
  std::vector<Authenticator> kept;
  for (int i = 0; i < 5; ++i)
    kept.emplace_back(i % 2 == 0 ? Algorithm::hmac_md5 : Algorithm::keyed_md5, octets(16, 0x0b));
  EXPECT_TRUE(kept[0].verify(data, hex("9294727a3638bb1c13f48ef8158bfc9d")));
  kept[1] = std::move(kept[0]);
  EXPECT_EQ(kept[1].algorithm(), Algorithm::hmac_md5);
  EXPECT_TRUE(kept[1].verify(data, hex("9294727a3638bb1c13f48ef8158bfc9d")));
}

TEST(Authenticator, KeyLengthHasBounds) {
  for (auto algorithm : {Algorithm::keyed_md5, Algorithm::hmac_md5, Algorithm::hmac_sha1}) {
    EXPECT_THROW(Authenticator(algorithm, Bytes()), std::invalid_argument);
    EXPECT_THROW(Authenticator(algorithm, octets(kMaxKeySize + 1, 1)), std::invalid_argument);
    EXPECT_NO_THROW(Authenticator(algorithm, octets(1, 0)));
    EXPECT_NO_THROW(Authenticator(algorithm, octets(kMaxKeySize, 0xff)));
  }
}

TEST(Authenticator, RoomThatDoesNotFitIsRefused) {
  Authenticator authenticator(Algorithm::hmac_sha1, octets(20, 1));
  Buffer small(19);
  Buffer large(21);
  EXPECT_THROW(authenticator.compute(Bytes(), small), std::invalid_argument);
  EXPECT_THROW(authenticator.compute(Bytes(), large), std::invalid_argument);
}

TEST(Algorithm, NamesAreReadBack) {
  for (auto algorithm : {Algorithm::keyed_md5, Algorithm::hmac_md5, Algorithm::hmac_sha1})
    EXPECT_EQ(algorithm_from_name(to_string(algorithm)), algorithm);
  EXPECT_EQ(to_string(Algorithm::keyed_md5), "keyed-md5");
  EXPECT_EQ(to_string(Algorithm::hmac_md5), "hmac-md5");
  EXPECT_EQ(to_string(Algorithm::hmac_sha1), "hmac-sha1");
  for (auto name : {"", "md5", "HMAC-MD5", "hmac-md5 ", "hmac_md5"})
    EXPECT_FALSE(algorithm_from_name(name)) << name;
}

}  // namespace
}  // namespace mipvet::crypto

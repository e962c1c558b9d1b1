#include "engine/crypto/sealed.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <gtest/gtest.h>

#include "engine/crypto/octets_for_test.h"
#include "engine/crypto/padding.h"

namespace mipvet::crypto {
namespace {

using testing::counting;
using testing::hex;
using testing::octets;
using wire::Buffer;

struct Suite {
  Encryption encryption;
  Integrity integrity;
};

class EachSuite : public ::testing::TestWithParam<Suite> {
 protected:
  Encryption encryption() const { return GetParam().encryption; }
  Integrity integrity() const { return GetParam().integrity; }
  DirectionKeys keys() const {
    return {counting(1, algorithm(encryption()).key_size),
            counting(101, algorithm(integrity()).key_size)};
  }
  Buffer iv() const { return counting(201, algorithm(encryption()).iv_size); }
};
INSTANTIATE_TEST_SUITE_P(Sealed, EachSuite,
                         ::testing::Values(Suite{Encryption::aes_cbc_128, Integrity::hmac_sha1_96},
                                           Suite{Encryption::aes_cbc_256,
                                                 Integrity::hmac_sha2_256_128},
                                           Suite{Encryption::aes_gcm_16_128, Integrity::none},
                                           Suite{Encryption::aes_gcm_16_256, Integrity::none}));

TEST_P(EachSuite, OpensWhatWasSealed) {
  Sealer sealer(encryption(), integrity(), keys());
  Opener opener(encryption(), integrity(), keys());
  const auto header = hex("0102030405060708");
  for (std::size_t size = 0; size < 100; ++size) {
    auto plaintext = counting(7, size);
    append_esp_trailer(plaintext, encryption(), 4);
    auto packet = header;
    sealer.seal(packet, plaintext, iv());
    ASSERT_EQ(packet.size(),
              header.size() + sealed_size(encryption(), integrity(), plaintext.size()));
    EXPECT_TRUE(std::equal(header.begin(), header.end(), packet.begin()));

    const auto opened = opener.open(packet, header.size());
    ASSERT_TRUE(opened) << to_string(opened.result);
    EXPECT_EQ(Buffer(opened.plaintext.begin(), opened.plaintext.end()), plaintext);
    EXPECT_EQ(opened.plaintext.data(), packet.data() + header.size() + iv().size());
  }
}

TEST_P(EachSuite, EveryBitCounts) {
  Sealer sealer(encryption(), integrity(), keys());
  Opener opener(encryption(), integrity(), keys());
  Buffer packet = hex("0102030405060708");
  sealer.seal(packet, counting(0, 48), iv());
  for (std::size_t bit = 0; bit < 8 * packet.size(); ++bit) {
    auto altered = packet;
    altered[bit / 8] = static_cast<std::uint8_t>(altered[bit / 8] ^ (1U << bit % 8));
    const auto before = altered;
    const auto opened = opener.open(altered, 8);
    EXPECT_EQ(opened.result, Opening::wrong_icv) << bit;
    EXPECT_TRUE(opened.plaintext.empty());
    EXPECT_EQ(altered, before) << bit;
  }
  // A failure leaves nothing behind.
  EXPECT_TRUE(opener.open(packet, 8));
}

TEST_P(EachSuite, OtherKeysDoNotOpen) {
  Sealer sealer(encryption(), integrity(), keys());
  auto others = keys();
  (others.integrity.empty() ? others.encryption : others.integrity).front() ^= 1U;
  Opener opener(encryption(), integrity(), others);
  Buffer packet;
  sealer.seal(packet, octets(16, 7), iv());
  EXPECT_EQ(opener.open(packet, 0).result, Opening::wrong_icv);
}

TEST_P(EachSuite, AnyLengthIsSafe) {
  Opener opener(encryption(), integrity(), keys());
  const auto shortest = sealed_size(encryption(), integrity(), 1);
  for (std::size_t size = 0; size < 80; ++size) {
    for (std::size_t associated : {std::size_t{0}, std::size_t{8}, std::size_t{60}, SIZE_MAX}) {
      auto packet = counting(0, size);
      const auto result = opener.open(packet, associated).result;
      if (associated > size || size - associated < shortest) {
        EXPECT_EQ(result, Opening::too_short);
      } else if ((size - associated - shortest + 1) % algorithm(encryption()).block_size != 0) {
        EXPECT_EQ(result, Opening::not_whole_blocks);
      } else {
        EXPECT_EQ(result, Opening::wrong_icv);
      }
    }
  }
}

TEST_P(EachSuite, WrongUseIsToldInOneLine) {
  auto short_keys = keys();
  short_keys.encryption.pop_back();
  EXPECT_THROW(Opener(encryption(), integrity(), short_keys), std::invalid_argument);
  EXPECT_THROW(Sealer(encryption(), integrity(), short_keys), std::invalid_argument);
  auto long_keys = keys();
  long_keys.integrity.push_back(0);
  EXPECT_THROW(Opener(encryption(), integrity(), long_keys), std::invalid_argument);
  const auto other = integrity() == Integrity::none ? Integrity::hmac_sha1_96 : Integrity::none;
  EXPECT_THROW(Opener(encryption(), other, keys()), std::invalid_argument);

  Sealer sealer(encryption(), integrity(), keys());
  Buffer packet;
  EXPECT_THROW(sealer.seal(packet, octets(16, 7), octets(1, 7)), std::invalid_argument);
  EXPECT_THROW(sealer.seal(packet, {}, iv()), std::invalid_argument);
  if (!algorithm(encryption()).is_aead()) {
    EXPECT_THROW(sealer.seal(packet, octets(15, 7), iv()), std::invalid_argument);
  }
  EXPECT_TRUE(packet.empty());
}

TEST_P(EachSuite, CanBeMoved) {
  Sealer first(encryption(), integrity(), keys());
  Sealer sealer = std::move(first);
  Opener second(encryption(), integrity(), keys());
  Opener opener = std::move(second);
  Buffer packet;
  sealer.seal(packet, octets(16, 7), iv());
  EXPECT_TRUE(opener.open(packet, 0));
}

// RFC 3602 §4, cases 5 and 7. The RFC has no ICV; those here are Python's (hmac).
TEST(Sealed, CbcKnownAnswers) {
  const DirectionKeys transport{hex("90d382b4 10eeba7a d938c46c ec1a82bf"), counting(0, 20)};
  const auto plaintext =
      hex("08000ebd a70a0000 8e9c083d b95b0700 08090a0b 0c0d0e0f 10111213 14151617"
          "18191a1b 1c1d1e1f 20212223 24252627 28292a2b 2c2d2e2f 30313233 34353637"
          "01020304 05060708 090a0b0c 0d0e0e01");
  auto padded = Buffer(plaintext.begin(), plaintext.begin() + 64);
  append_esp_trailer(padded, Encryption::aes_cbc_128, 1);
  EXPECT_EQ(padded, plaintext);
  auto packet = hex("00004321 00000001");
  Sealer(Encryption::aes_cbc_128, Integrity::hmac_sha1_96, transport)
      .seal(packet, plaintext, hex("e96e8c08 ab465763 fd098d45 dd3ff893"));
  EXPECT_EQ(packet, hex("00004321 00000001 e96e8c08 ab465763 fd098d45 dd3ff893"
                        "f663c25d 325c18c6 a9453e19 4e120849 a4870b66 cc6b9965 330013b4 898dc856"
                        "a4699e52 3a55db08 0b59ec3a 8e4b7e52 775b07d1 db34ed9c 538ab50c 551b874a"
                        "a269add0 47ad2d59 13ac19b7 cfbad4a6"
                        "9a338e6b d44d3449 9ec1548b"));

  const DirectionKeys sha2{transport.encryption, counting(0, 32)};
  packet.resize(packet.size() - 12);
  const auto icv = hex("29dcb883 222069e2 a5465186 d6e51f05");
  packet.insert(packet.end(), icv.begin(), icv.end());
  Opener opener(Encryption::aes_cbc_128, Integrity::hmac_sha2_256_128, sha2);
  const auto opened = opener.open(packet, 8);
  ASSERT_TRUE(opened);
  EXPECT_EQ(Buffer(opened.plaintext.begin(), opened.plaintext.end()), plaintext);
}

// Cases 4 and 16 of "The Galois/Counter Mode of Operation" (McGrew, Viega), which RFC 4106 §9
// names: the nonce is salt and IV.
TEST(Sealed, GcmKnownAnswers) {
  const auto cipher_key = hex("feffe9928665731c6d6a8f9467308308");
  const auto salt = hex("cafebabe");
  const auto iv = hex("facedbaddecaf888");
  const auto associated = hex("feedfacedeadbeeffeedfacedeadbeefabaddad2");
  const auto plaintext =
      hex("d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
          "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
  const auto join = [](std::initializer_list<Buffer> parts) {
    Buffer all;
    for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
  };
  auto packet = associated;
  Sealer(Encryption::aes_gcm_16_128, Integrity::none, {join({cipher_key, salt}), {}})
      .seal(packet, plaintext, iv);
  EXPECT_EQ(packet, join({associated, iv,
                          hex("42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
                              "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"),
                          hex("5bc94fbc3221a5db94fae95ae7121a47")}));

  packet = associated;
  Sealer(Encryption::aes_gcm_16_256, Integrity::none, {join({cipher_key, cipher_key, salt}), {}})
      .seal(packet, plaintext, iv);
  EXPECT_EQ(packet, join({associated, iv,
                          hex("522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                              "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"),
                          hex("76fc6ece0f4e1768cddf8853bb2d551b")}));
  Opener opener(Encryption::aes_gcm_16_256, Integrity::none,
                {join({cipher_key, cipher_key, salt}), {}});
  const auto opened = opener.open(packet, associated.size());
  ASSERT_TRUE(opened);
  EXPECT_EQ(Buffer(opened.plaintext.begin(), opened.plaintext.end()), plaintext);
}

}  // namespace
}  // namespace mipvet::crypto

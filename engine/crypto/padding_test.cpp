#include "engine/crypto/padding.h"

#include <gtest/gtest.h>

#include "engine/crypto/octets_for_test.h"

namespace mipvet::crypto {
namespace {

using testing::counting;
using testing::hex;
using testing::octets;

TEST(EspPadding, FillsBlocksOfTheCipherOrWords) {
  for (std::size_t size = 0; size < 40; ++size) {
    for (auto encryption : {Encryption::aes_cbc_256, Encryption::aes_gcm_16_128}) {
      const auto payload = counting(1, size);
      auto plaintext = payload;
      append_esp_trailer(plaintext, encryption, 4);
      const std::size_t unit = encryption == Encryption::aes_cbc_256 ? 16 : 4;
      EXPECT_EQ(plaintext.size() % unit, 0U);
      EXPECT_LT(plaintext.size(), size + 2 + unit);
      const auto parts = esp_plaintext(plaintext);
      ASSERT_TRUE(parts);
      EXPECT_EQ(wire::Buffer(parts->payload.begin(), parts->payload.end()), payload);
      EXPECT_TRUE(is_default_padding(parts->padding));
      EXPECT_EQ(parts->next_header, 4);
    }
  }
}

TEST(EspPadding, ReachesNoFurtherThanThePlaintext) {
  EXPECT_FALSE(esp_plaintext({}));
  EXPECT_FALSE(esp_plaintext(hex("04")));
  EXPECT_FALSE(esp_plaintext(hex("aabb0304")));
  EXPECT_TRUE(esp_plaintext(hex("aabb0204"))->payload.empty());
  EXPECT_TRUE(esp_plaintext(hex("0004"))->padding.empty());
}

TEST(EspPadding, DefaultIsCounted) {
  EXPECT_TRUE(is_default_padding({}));
  EXPECT_TRUE(is_default_padding(counting(1, 255)));
  EXPECT_FALSE(is_default_padding(counting(0, 3)));
  EXPECT_FALSE(is_default_padding(octets(2, 1)));
}

TEST(SkPadding, FillsBlocksOfTheCipher) {
  for (std::size_t size = 0; size < 40; ++size) {
    for (auto encryption : {Encryption::aes_cbc_256, Encryption::aes_gcm_16_128}) {
      const auto payloads = counting(1, size);
      auto plaintext = payloads;
      append_sk_padding(plaintext, encryption);
      // RFC 5282 §4: AES-GCM needs none.
      if (encryption == Encryption::aes_gcm_16_128) {
        EXPECT_EQ(plaintext.size(), size + 1);
      }
      EXPECT_EQ(plaintext.size() % algorithm(encryption).block_size, 0U);
      const auto found = sk_plaintext(plaintext);
      ASSERT_TRUE(found);
      EXPECT_EQ(wire::Buffer(found->begin(), found->end()), payloads);
    }
  }
}

TEST(SkPadding, ReachesNoFurtherThanThePlaintext) {
  EXPECT_FALSE(sk_plaintext({}));
  EXPECT_FALSE(sk_plaintext(hex("000002ff")));
  EXPECT_FALSE(sk_plaintext(hex("00000004")));
  EXPECT_TRUE(sk_plaintext(hex("00000003"))->empty());
}

}  // namespace
}  // namespace mipvet::crypto

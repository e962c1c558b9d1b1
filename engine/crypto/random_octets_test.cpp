#include "engine/crypto/random_octets.h"

#include <gtest/gtest.h>

namespace mipvet::crypto {
namespace {

TEST(RandomOctets, AreTheWordsOfTheSource) {
  std::uint32_t word = 0x01020304;
  RandomOctets random([&word] { return std::exchange(word, word + 0x04040404); });
  EXPECT_EQ(random.take(6), (wire::Buffer{1, 2, 3, 4, 5, 6}));
  // What is left of a word is not kept.
  EXPECT_EQ(random.take(2), (wire::Buffer{9, 10}));
  EXPECT_TRUE(random.take(0).empty());
}

}  // namespace
}  // namespace mipvet::crypto

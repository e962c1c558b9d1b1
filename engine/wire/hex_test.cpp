#include "engine/wire/hex.h"

#include <gtest/gtest.h>

namespace mipvet::wire {
namespace {

TEST(Hex, BothWays) {
  EXPECT_EQ(from_hex("00ff7fA0"), (Buffer{0x00, 0xFF, 0x7F, 0xA0}));
  EXPECT_EQ(from_hex(""), Buffer{});
  EXPECT_EQ(to_hex(Buffer{0x00, 0xFF, 0x7F, 0xA0}), "00ff7fa0");
  EXPECT_EQ(to_hex({}), "");
}

TEST(Hex, NothingElse) {
  for (const char* text : {"0", "0x", "-1", "+1", " 1", "1 ", "00 11", "gg", "0\xFF"})
    EXPECT_FALSE(from_hex(text)) << text;
}

}  // namespace
}  // namespace mipvet::wire

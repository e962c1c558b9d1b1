#include "engine/crypto/nat_detection.h"

#include <gtest/gtest.h>

#include "engine/wire/hex.h"

namespace mipvet::crypto {
namespace {

// Python: hashlib.sha1(struct.pack(">QQIH", spi_i, spi_r, address, port))
TEST(NatDetection, KnownAnswers) {
  const auto address = *wire::Ipv4Address::parse("192.0.2.1");
  EXPECT_EQ(wire::to_hex(nat_detection({0x0102030405060708, 0xF1F2F3F4F5F6F7F8}, address, 500)),
            "2e531089ab4769fcc300eead72f379aab0c57726");
  EXPECT_EQ(wire::to_hex(nat_detection({0x0102030405060708, 0}, address, 40000)),
            "6c0b1353d2bc0784877c851d2afd732b36d3cf9f");
}

}  // namespace
}  // namespace mipvet::crypto

#include "engine/wire/esp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/wire/frame.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/sealing_for_test.h"
#include "engine/wire/test_frames.h"

namespace mipvet::wire::esp {
namespace {

using frames::Decoded;
using frames::octets;

TEST(Esp, IsOpaqueWithoutKeys) {
  const Decoded frame(octets(frames::esp));
  EXPECT_EQ(frame.packet.defects(), 0);
  ASSERT_EQ(frame.packet.message().layout, &layout);
  const View view = frame.packet.header(frame.packet.message());
  EXPECT_EQ(view[spi], 0xC1C2C3C4U);
  EXPECT_EQ(view[sequence_number], 1U);
  EXPECT_EQ(view.octets(payload).size(), 60U);
}

TEST(Esp, ShorterThanItsHeaderIsTruncated) {
  for (std::size_t size = 0; size < 8; ++size) {
    const Decoded frame(ip_frame({}, ip_datagram({}, ip::kEsp, Buffer(size, 1))));
    EXPECT_TRUE(has(frame.packet.defects(), Defect::truncated)) << size;
  }
}

TEST(UnsealedEsp, IsPaddedToFourOctetsAndToBlocks) {
  for (const std::uint32_t block : {1U, 4U, 16U}) {
    for (std::size_t size = 0; size < 40; ++size) {
      const Unsealed one =
          unsealed_esp(0x01020304, 5, ip::kIpv4, Buffer(size, 0xEE), {8, block, 12});
      EXPECT_EQ(read(one.octets, spi), 0x01020304U);
      EXPECT_EQ(read(one.octets, sequence_number), 5U);
      EXPECT_EQ(one.first, 16U);
      EXPECT_EQ(one.octets.size(), one.end + 12U);
      EXPECT_EQ((one.end - one.first) % std::max(block, 4U), 0U);
      const std::uint8_t pad = one.octets[one.end - 2];
      EXPECT_LT(pad, std::max(block, 4U));
      EXPECT_EQ(one.end - one.first, size + pad + 2);
      EXPECT_EQ(one.octets[one.end - 1], ip::kIpv4);
      for (std::uint32_t i = 0; i < pad; ++i)  // RFC 4303 §2.4
        EXPECT_EQ(one.octets[one.first + size + i], i + 1);
    }
  }
}

}  // namespace
}  // namespace mipvet::wire::esp

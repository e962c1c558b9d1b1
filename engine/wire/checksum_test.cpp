#include "engine/wire/checksum.h"

#include <random>

#include <gtest/gtest.h>

#include "engine/wire/test_frames.h"

namespace mipvet::wire {
namespace {

/// RFC 1071 §1, word by word.
std::uint16_t plain_sum(Bytes octets) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < octets.size(); ++i) {
    sum += i % 2 == 0 ? std::uint32_t{octets[i]} << 8 : octets[i];
    sum = (sum & 0xFFFF) + (sum >> 16);
  }
  return static_cast<std::uint16_t>(sum);
}

TEST(Checksum, SumsTheExampleOfRfc1071) {
  EXPECT_EQ(ones_sum(frames::octets("0001f203f4f5f6f7")), 0xDDF2);  // §3
}

TEST(Checksum, AgreesWithThePlainSumAtEveryLength) {
  std::mt19937 random(1);
  Buffer octets(300);
  for (auto& octet : octets) octet = static_cast<std::uint8_t>(random());
  for (std::size_t size = 0; size <= octets.size(); ++size)
    EXPECT_EQ(ones_sum(Bytes(octets).first(size)), plain_sum(Bytes(octets).first(size))) << size;
  EXPECT_EQ(ones_sum(Buffer(65536, 0xFF)), 0xFFFF);
  EXPECT_EQ(checksum({}), 0xFFFF);
}

TEST(Checksum, IsThatOfAnIpv4Header) {
  Buffer header = frames::octets(frames::registration_request);
  header = Buffer(header.begin() + 14, header.begin() + 34);
  EXPECT_EQ(checksum(header), 0);
  header[10] = header[11] = 0;
  EXPECT_EQ(checksum(header), 0xA570);
}

TEST(Checksum, IsThatOfAUdpDatagram) {
  const Buffer frame = frames::octets(frames::registration_request);
  const Bytes datagram = Bytes(frame).subspan(34);
  EXPECT_EQ(udp_checksum({0x0A000105}, {0x0A00010F}, datagram), 0x2296);
}

TEST(Checksum, OfUdpIsNeverZero) {
  // Ports chosen so that the sum is 0xFFFF and its complement 0.
  Buffer datagram = frames::octets("0000000000080000");
  const std::uint32_t sum = pseudo_header_sum({1}, {2}, 17, 8) + 8;
  datagram[2] = 0xFF;
  datagram[3] = static_cast<std::uint8_t>(0xFF - sum);
  EXPECT_EQ(udp_checksum({1}, {2}, datagram), 0xFFFF);
}

}  // namespace
}  // namespace mipvet::wire

#include "engine/wire/tunnel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/wire/frame.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/packet.h"
#include "engine/wire/test_frames.h"

namespace mipvet::wire {
namespace {

using frames::octets;
using testing::ElementsAre;

std::vector<std::string_view> names(const Packet& packet) {
  std::vector<std::string_view> result;
  for (const Layer& layer : packet.layers()) result.push_back(layer.layout->name);
  return result;
}

TEST(IpInIp, IsTakenApartAndMade) {
  const Buffer frame = octets(frames::ipip);
  Packet packet;
  packet.decode(frame);
  EXPECT_EQ(packet.defects(), 0);
  EXPECT_THAT(names(packet), ElementsAre("ethernet", "ipv4", "ipv4", "echo-request"));
  EXPECT_EQ(packet.carrying_ip(), packet.find(ip::layout, 1));
  EXPECT_EQ(ipip_datagram({.source = {0xCB007109},
                           .destination = {0xC0000201},
                           .time_to_live = 64,
                           .type_of_service = 0,
                           .identification = 12},
                          Bytes(frame).subspan(34)),
            Buffer(frame.begin() + 14, frame.end()));
}

TEST(IpInIp, InnerLengthsAreCheckedAgainstTheOuter) {
  Buffer frame = octets(frames::ipip);
  Packet packet;
  write(MutableBytes(frame).subspan(34), ip::total_length, 33);
  refresh_checksums(frame);
  packet.decode(frame);
  EXPECT_TRUE(has(packet.layers()[2].defects, Defect::trailing));
  write(MutableBytes(frame).subspan(34), ip::total_length, 35);
  packet.decode(frame);
  EXPECT_TRUE(has(packet.layers()[2].defects, Defect::bad_length));
  EXPECT_TRUE(has(packet.layers()[2].defects, Defect::truncated));
}

TEST(IpInIp, NestsNoDeeperThanAPacketHolds) {
  Buffer datagram = octets("");
  for (int depth = 0; depth < 200; ++depth)
    datagram = ipip_datagram({.source = {1}, .destination = {2}}, datagram);
  const Buffer frame = ip_frame({}, datagram);
  Packet packet;
  packet.decode(frame);
  EXPECT_EQ(packet.layers().size(), Packet::kMaxLayers);
  EXPECT_EQ(packet.defects(), static_cast<Defects>(Defect::too_many_layers));
  EXPECT_EQ(&packet.message(), &packet.layers().back());
}

TEST(Gre, IsTakenApart) {
  const Buffer frame = octets(frames::gre);
  Packet packet;
  packet.decode(frame);
  EXPECT_EQ(packet.defects(), 0);
  ASSERT_THAT(names(packet), ElementsAre("ethernet", "ipv4", "gre", "ipv4", "echo-request"));
  const View view = packet.header(packet.layers()[2]);
  EXPECT_EQ(view[gre::checksum_present], 0U);
  EXPECT_EQ(view[gre::key_present], 1U);
  EXPECT_EQ(view[gre::version], 0U);
  EXPECT_EQ(view[gre::protocol_type], 0x0800U);
  EXPECT_EQ(view.octets(gre::optional_fields).size(), 4U);
}

TEST(Gre, OfAnotherVersionOrPayloadIsTheMessage) {
  Buffer frame = octets(frames::gre);
  Packet packet;
  frame[35] = 1;
  packet.decode(frame);
  EXPECT_EQ(packet.defects(), static_cast<Defects>(Defect::bad_version));
  EXPECT_EQ(packet.message().layout, &gre::layout);
  frame[35] = 0;
  frame[34] |= 0x40;  // routing
  packet.decode(frame);
  EXPECT_EQ(packet.message().layout, &gre::layout);
}

TEST(MinimalEncapsulation, IsTakenApart) {
  const Buffer frame = octets(frames::minimal);
  Packet packet;
  packet.decode(frame);
  EXPECT_EQ(packet.defects(), 0);  // the inner UDP checksum covers the original addresses
  ASSERT_THAT(names(packet), ElementsAre("ethernet", "ipv4", "minimal-encapsulation", "udp"));
  const View view = packet.header(packet.layers()[2]);
  EXPECT_EQ(view[minimal_encapsulation::protocol], ip::kUdp);
  EXPECT_EQ(view[minimal_encapsulation::source_present], 1U);
  EXPECT_EQ(view.address(minimal_encapsulation::original_destination).to_string(), "198.51.100.20");
  EXPECT_EQ(view.address(minimal_encapsulation::original_source).to_string(), "10.0.1.5");
  Buffer wrong = frame;
  wrong[40] ^= 1;
  packet.decode(wrong);
  EXPECT_TRUE(has(packet.layers()[2].defects, Defect::bad_checksum));
}

}  // namespace
}  // namespace mipvet::wire

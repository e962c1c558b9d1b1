#include "engine/wire/frame.h"

#include <stdexcept>

#include <gtest/gtest.h>

#include "engine/wire/ipv4.h"
#include "engine/wire/packet.h"
#include "engine/wire/test_frames.h"
#include "engine/wire/tunnel.h"
#include "engine/wire/udp.h"

namespace mipvet::wire {
namespace {

using frames::octets;

TEST(Frame, OfUdpIsSound) {
  const UdpFrame frame{{*MacAddress::parse("02:00:00:00:00:05"), kBroadcastMac},
                       {.source = {0x0A000105},
                        .destination = {0x0A00010F},
                        .time_to_live = 255,
                        .type_of_service = 0x10,
                        .identification = 99,
                        .dont_fragment = true},
                       {1024, 5001}};
  for (const std::size_t size : {0UL, 1UL, 17UL, 1400UL}) {
    const Buffer built = udp_frame(frame, Buffer(size, 0xA5));
    EXPECT_EQ(built.size(), 42 + size);
    Packet packet;
    packet.decode(built);
    EXPECT_EQ(packet.defects(), 0) << size;
    const View ip = packet.header(*packet.carrying_ip());
    EXPECT_EQ(ip[ip::type_of_service], 0x10U);
    EXPECT_EQ(ip[ip::identification], 99U);
    EXPECT_EQ(ip[ip::dont_fragment], 1U);
    EXPECT_NE(packet.view(*packet.carrying_udp())[udp::checksum], 0U);
  }
}

TEST(Frame, MayComeFromNowhere) {
  const Buffer built =
      udp_frame({{}, {.source = {}, .destination = kLimitedBroadcast}, {1068, 1067}}, octets("01"));
  Packet packet;
  packet.decode(built);
  EXPECT_EQ(packet.defects(), 0);
  EXPECT_TRUE(packet.header(*packet.carrying_ip()).address(ip::source).is_zero());
}

TEST(Frame, RefusesDatagramsTooLarge) {
  EXPECT_EQ(ip_datagram({}, 17, Buffer(65515)).size(), 65535U);
  EXPECT_THROW(ip_datagram({}, 17, Buffer(65516)), std::length_error);
  EXPECT_THROW(udp_datagram({}, {}, Buffer(65508)), std::length_error);
}

TEST(RefreshChecksums, RestoresWhatWasThere) {
  for (const auto text : frames::all) {
    const Buffer frame = octets(text);
    Packet packet;
    packet.decode(frame);
    Buffer wrong = frame;
    for (const Layer& layer : packet.layers()) {
      if (layer.is_quote || layer.is_extension) continue;
      const Field* checksum = layer.layout->find("checksum");
      if (checksum != nullptr && !has(packet.defects(), Defect::fragment))
        write(MutableBytes(wrong).subspan(layer.offset, layer.length), *checksum, 0xBEEF);
    }
    refresh_checksums(wrong);
    EXPECT_EQ(wrong, frame) << text;
  }
}

TEST(RefreshChecksums, FollowsAnEditInsideATunnel) {
  Buffer frame = octets(frames::udp_tunnel);
  frame.back() ^= 0xFF;
  refresh_checksums(frame);
  Packet packet;
  packet.decode(frame);
  EXPECT_EQ(packet.defects(), 0);
}

TEST(RefreshChecksums, LeavesAMissingUdpChecksumOut) {
  Buffer frame = octets(frames::registration_request);
  frame[40] = frame[41] = 0;
  const Buffer before = frame;
  refresh_checksums(frame);
  EXPECT_EQ(frame, before);
}

TEST(RefreshChecksums, CoversGre) {
  const Buffer inner = octets(frames::echo_request);
  Buffer payload = octets("8000080000000000");
  payload.insert(payload.end(), inner.begin() + 14, inner.end());
  Buffer frame = ip_frame({}, ip_datagram({.source = {1}, .destination = {2}}, ip::kGre, payload));
  Packet packet;
  packet.decode(frame);
  EXPECT_EQ(packet.defects(), static_cast<Defects>(Defect::bad_checksum));
  EXPECT_TRUE(has(packet.find(gre::layout)->defects, Defect::bad_checksum));
  refresh_checksums(frame);
  packet.decode(frame);
  EXPECT_EQ(packet.defects(), 0);
  EXPECT_EQ(packet.message().layout->name, "echo-request");
}

}  // namespace
}  // namespace mipvet::wire

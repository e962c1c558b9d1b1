#include <gtest/gtest.h>

#include "engine/wire/esp.h"
#include "engine/wire/frame.h"
#include "engine/wire/ike.h"
#include "engine/wire/test_frames.h"
#include "engine/wire/udp.h"

namespace mipvet::wire {
namespace {

using frames::Decoded;
using frames::octets;

Buffer on_port(std::uint16_t source, std::uint16_t destination, Bytes payload) {
  return udp_frame({{}, {{1}, {2}}, {source, destination}}, payload);
}

const Layout* message_of(Buffer frame) {
  return Decoded(std::move(frame)).packet.message().layout;
}

TEST(UdpEncapsulation, TellsIkeByItsMarker) {
  const Decoded frame(octets(frames::update_addresses));
  const Layer* marker = frame.packet.find(ike::non_esp_marker::layout);
  ASSERT_NE(marker, nullptr);
  EXPECT_EQ(marker->offset, 42U);
  EXPECT_EQ(frame.packet.message().offset, 46U);
  EXPECT_EQ(frame.packet.message().layout, &ike::informational);
}

TEST(UdpEncapsulation, TellsEspByItsSpi) {
  const Decoded frame(octets(frames::esp_in_udp));
  EXPECT_EQ(frame.packet.defects(), 0);
  EXPECT_EQ(frame.packet.message().layout, &esp::layout);
  EXPECT_EQ(frame.packet.header(frame.packet.message())[esp::sequence_number], 2U);
}

TEST(UdpEncapsulation, TellsKeepalives) {
  const Decoded frame(octets(frames::keepalive));
  EXPECT_EQ(frame.packet.defects(), 0);
  EXPECT_EQ(frame.packet.message().layout, &ike::keepalive::layout);
  EXPECT_EQ(frame.packet.header(frame.packet.message())[ike::keepalive::octet], 0xFFU);
  EXPECT_EQ(message_of(on_port(4500, 4500, octets("fe"))), &esp::layout);
  EXPECT_EQ(message_of(on_port(4500, 4500, octets("ffff"))), &esp::layout);
  EXPECT_EQ(message_of(on_port(500, 500, octets("ff"))), &ike::other_exchange);
  EXPECT_EQ(message_of(on_port(4500, 4500, {})), &udp::layout);
}

TEST(UdpEncapsulation, IsFoundWhenANatChangedOnePort) {
  EXPECT_EQ(message_of(on_port(62000, 4500, octets("ff"))), &ike::keepalive::layout);
  EXPECT_EQ(message_of(on_port(4500, 62000, octets("ff"))), &ike::keepalive::layout);
  EXPECT_EQ(message_of(on_port(62000, 62001, octets("ff"))), &udp::layout);
}

TEST(UdpEncapsulation, ThatIsCutIsTruncated) {
  for (const char* text : {"00", "000000", "00000000", "c1c2c3", "c1c2c3c4000000",
                           "0000000011223344556677880000000000000000"}) {
    const Decoded frame(on_port(4500, 4500, octets(text)));
    EXPECT_TRUE(has(frame.packet.defects(), Defect::truncated)) << text;
  }
}

TEST(UdpEncapsulation, HasNoMarkerOnPort500) {
  const Buffer natted = octets(frames::dead_peer_detection);
  const Buffer message(natted.begin() + 46, natted.end());
  const Decoded plain(on_port(500, 500, message));
  EXPECT_EQ(plain.packet.defects(), 0);
  EXPECT_EQ(plain.packet.message().layout, &ike::informational);
  EXPECT_EQ(plain.packet.find(ike::non_esp_marker::layout), nullptr);
}

}  // namespace
}  // namespace mipvet::wire

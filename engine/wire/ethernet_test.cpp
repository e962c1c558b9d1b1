#include "engine/wire/ethernet.h"

#include <gtest/gtest.h>

#include "engine/wire/arp.h"
#include "engine/wire/compose.h"
#include "engine/wire/frame.h"
#include "engine/wire/marker.h"
#include "engine/wire/packet.h"
#include "engine/wire/test_frames.h"

namespace mipvet::wire {
namespace {

using frames::Decoded;
using frames::octets;

const MacAddress kMobileNode = *MacAddress::parse("02:00:00:00:00:05");

TEST(Ethernet, IsTakenApart) {
  const Buffer frame = octets(frames::registration_request);
  const Decoded whole(frame);
  const Packet& packet = whole.packet;
  const Layer& layer = packet.layers()[0];
  ASSERT_EQ(layer.layout, &ethernet::layout);
  EXPECT_EQ(layer.length, frame.size());
  EXPECT_EQ(layer.header, 14U);
  const View view = packet.view(layer);
  EXPECT_EQ(view.mac(ethernet::source), kMobileNode);
  EXPECT_EQ(view.mac(ethernet::destination).to_string(), "02:00:00:00:00:0f");
  EXPECT_EQ(view[ethernet::ethertype], ethernet::kIpv4);
}

TEST(Ethernet, IsMade) {
  const Buffer frame = octets(frames::registration_request);
  EXPECT_EQ(ethernet_frame({kMobileNode, *MacAddress::parse("02:00:00:00:00:0f")}, ethernet::kIpv4,
                           Bytes(frame).subspan(14)),
            frame);
}

TEST(Ethernet, OfAnotherTypeIsTheMessage) {
  Buffer frame = octets(frames::registration_request);
  frame[12] = 0x86;
  frame[13] = 0xDD;
  const Decoded whole(frame);
  const Packet& packet = whole.packet;
  EXPECT_EQ(packet.layers().size(), 1U);
  EXPECT_EQ(packet.message().layout, &ethernet::layout);
  EXPECT_EQ(packet.defects(), 0);
}

TEST(Arp, IsTakenApart) {
  const Buffer frame = octets(frames::arp_request);
  const Decoded whole(frame);
  const Packet& packet = whole.packet;
  EXPECT_EQ(packet.defects(), 0);  // the padding to 60 octets is none
  ASSERT_EQ(packet.message().layout, &arp::layout);
  EXPECT_EQ(packet.message().length, 28U);
  const View view = packet.view(packet.message());
  EXPECT_EQ(view[arp::hardware_type], 1U);
  EXPECT_EQ(view[arp::protocol_type], 0x0800U);
  EXPECT_EQ(view[arp::operation], arp::kRequest);
  EXPECT_EQ(view.mac(arp::sender_mac), kMobileNode);
  EXPECT_EQ(view.address(arp::sender_ip).to_string(), "10.0.1.5");
  EXPECT_EQ(view.mac(arp::target_mac), MacAddress{});
  EXPECT_EQ(view.address(arp::target_ip).to_string(), "10.0.1.15");
}

TEST(Arp, IsMade) {
  Buffer frame = octets(frames::arp_request);
  frame.resize(42);
  EXPECT_EQ(arp_frame({kMobileNode, kBroadcastMac},
                      {arp::kRequest, kMobileNode, {0x0A000105}, {}, {0x0A00010F}}),
            frame);
}

TEST(Arp, OfOtherAddressSizesHasABadLength) {
  Buffer frame = octets(frames::arp_request);
  frame[19] = 16;
  EXPECT_TRUE(has(Decoded(frame).packet.defects(), Defect::bad_length));
}

TEST(Marker, IsTakenApartAndMade) {
  Buffer frame = octets(frames::marker);
  EXPECT_EQ(marker_frame(marker::kBegin, "mipp/register-through-fa"), frame);
  frame.resize(60);  // as a link would pad it
  const Decoded whole(frame);
  const Packet& packet = whole.packet;
  ASSERT_EQ(packet.message().layout, &marker::layout);
  EXPECT_EQ(packet.defects(), 0);
  const View view = packet.view(packet.message());
  EXPECT_EQ(view[marker::magic], marker::kMagic);
  EXPECT_EQ(view[marker::kind], marker::kBegin);
  const Bytes text = view.octets(marker::text);
  EXPECT_EQ(std::string(text.begin(), text.end()), "mipp/register-through-fa");
}

TEST(Marker, OfSomebodyElseIsNone) {
  Buffer frame = octets(frames::marker);
  frame[14] = 'x';
  EXPECT_EQ(Decoded(frame).packet.message().layout, &ethernet::layout);
  frame.resize(17);
  EXPECT_EQ(Decoded(frame).packet.message().layout, &ethernet::layout);
}

}  // namespace
}  // namespace mipvet::wire

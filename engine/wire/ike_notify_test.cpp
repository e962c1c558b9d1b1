#include "engine/wire/ike_notify.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/wire/catalogue.h"
#include "engine/wire/frame.h"
#include "engine/wire/ike_compose.h"
#include "engine/wire/test_frames.h"

namespace mipvet::wire::ike::notify {
namespace {

using frames::Decoded;
using frames::octets;
using testing::ElementsAre;

View first(const Packet& packet, std::string_view name, std::size_t n = 0) {
  const Layer* layer = packet.find(*find_layout(name), n);
  return layer == nullptr ? View() : packet.header(*layer);
}

TEST(Notify, OfMobikeUpdatesAddresses) {
  const Decoded frame(octets(frames::update_addresses));
  const Packet& packet = frame.packet;
  EXPECT_EQ(packet.defects(), 0);
  const View update = first(packet, "update-sa-addresses");
  EXPECT_EQ(update[notify_type], 16400U);
  EXPECT_EQ(update[protocol_id], 0U);
  EXPECT_EQ(update[spi_size], 0U);
  EXPECT_TRUE(update.octets(data).empty());
  EXPECT_EQ(first(packet, "nat-detection-source-ip").octets(hash).size(), 20U);
  EXPECT_EQ(first(packet, "cookie2").octets(data).size(), 8U);
  EXPECT_EQ(first(packet, "cookie2", 1).octets(data).size(), 64U);
  const View addresses = first(packet, "no-nats-allowed");
  EXPECT_EQ(addresses.address(source_address).to_string(), "203.0.113.9");
  EXPECT_EQ(addresses.address(destination_address).to_string(), "192.0.2.1");
  EXPECT_EQ(addresses[source_port], 4500U);
  EXPECT_EQ(addresses[destination_port], 4500U);
  EXPECT_EQ(first(packet, "no-nats-allowed-ip6").octets(data).size(), 36U);
}

TEST(Notify, OfMobikeRefusesAddresses) {
  const Decoded frame(octets(frames::update_refused));
  EXPECT_EQ(first(frame.packet, "unacceptable-addresses")[notify_type], 40U);
  EXPECT_EQ(first(frame.packet, "unexpected-nat-detected")[notify_type], 41U);
}

TEST(Notify, OfMobikeTellsAddresses) {
  const Decoded frame(octets(frames::auth_request));
  EXPECT_EQ(first(frame.packet, "mobike-supported")[notify_type], 16396U);
  EXPECT_EQ(first(frame.packet, "additional-ip4-address").address(address).to_string(),
            "198.51.100.5");
  EXPECT_EQ(first(frame.packet, "additional-ip6-address").octets(ip6_address).size(), 16U);
  const Decoded response(octets(frames::auth_response));
  EXPECT_EQ(first(response.packet, "no-additional-addresses")[notify_type], 16399U);
  EXPECT_EQ(first(response.packet, "set-window-size")[window_size], 3U);
  EXPECT_EQ(first(response.packet, "ipcomp-supported")[cpi], 9U);
  EXPECT_EQ(first(response.packet, "ipcomp-supported")[transform_id], 2U);
}

TEST(Notify, TellsErrors) {
  const Decoded frame(octets(frames::refusals));
  const Packet& packet = frame.packet;
  EXPECT_EQ(packet.defects(), 0);
  EXPECT_EQ(first(packet, "unsupported-critical-payload")[payload_type], 99U);
  EXPECT_EQ(first(packet, "invalid-message-id")[invalid_message_id], 77U);
  EXPECT_EQ(first(packet, "invalid-spi")[invalid_spi], 0xD1D2D3D4U);
  EXPECT_EQ(first(packet, "invalid-ke-payload")[group], 14U);
  EXPECT_EQ(first(packet, "invalid-selectors")[spi], 0xC1C2C3C4U);
  EXPECT_EQ(first(packet, "invalid-selectors").octets(notify::packet).size(), 4U);
  EXPECT_EQ(first(packet, "child-sa-not-found")[spi], 0xC1C2C3C4U);
  const View own = first(packet, "notify");
  EXPECT_EQ(own[notify_type], 40960U);
  EXPECT_EQ(own.octets(data).size(), 7U);
}

TEST(Notify, HasATableForEachType) {
  for (const Type& one : types) {
    EXPECT_EQ(&layout_of(one.number), &one.layout);
    EXPECT_EQ(number_of(one.layout), one.number);
    EXPECT_EQ(find_layout(one.layout.name), &one.layout);
  }
  EXPECT_EQ(&layout_of(40960), &layout);
  EXPECT_EQ(number_of(layout), std::nullopt);
  EXPECT_EQ(&named("cookie2"), &layout_of(16401));
}

TEST(Notify, WithAnSpiWhereNoneBelongsHasABadLength) {
  Buffer frame = octets(frames::auth_request);
  Packet packet;
  packet.decode(frame);
  const std::uint32_t offset = packet.find(named("additional-ip4-address"))->offset;
  frame[offset + 5] = 4;
  packet.decode(frame);
  EXPECT_TRUE(has(packet.find(named("additional-ip4-address"))->defects, Defect::bad_length));
  frame = octets(frames::rekey);
  packet.decode(frame);
  frame[packet.find(named("rekey-sa"))->offset + 5] = 0;
  packet.decode(frame);
  EXPECT_TRUE(has(packet.find(named("rekey-sa"))->defects, Defect::bad_length));
  frame = octets(frames::cookie_response);
  packet.decode(frame);
  frame[packet.find(named("cookie"))->offset + 5] = 21;  // of 20 octets
  packet.decode(frame);
  EXPECT_TRUE(has(packet.find(named("cookie"))->defects, Defect::bad_length));
}

TEST(Notify, TooShortForItsFieldsHasABadLength) {
  PayloadChain chain;
  chain.add(layout,
            {{notify_type, *number_of(named("additional-ip4-address"))}, {data, octets("0102")}});
  const Buffer frame =
      udp_frame({{}, {{1}, {2}}, {kPort, kPort}}, make_message(informational, {}, chain));
  Packet packet;
  packet.decode(frame);
  const Layer* layer = packet.find(named("additional-ip4-address"));
  ASSERT_NE(layer, nullptr);
  EXPECT_TRUE(has(layer->defects, Defect::bad_length));
  EXPECT_FALSE(packet.header(*layer).has(address));
}

}  // namespace
}  // namespace mipvet::wire::ike::notify

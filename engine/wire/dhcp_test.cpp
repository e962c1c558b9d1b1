#include "engine/wire/dhcp.h"

#include <memory>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/wire/compose.h"
#include "engine/wire/frame.h"
#include "engine/wire/packet.h"
#include "engine/wire/test_frames.h"

namespace mipvet::wire::dhcp {
namespace {

using frames::Decoded;
using frames::octets;
using testing::ElementsAre;

// Made by scapy (pcaps/crafted_dhcp.py) and read by tshark: all but the runs of zeros.

Buffer joined(std::initializer_list<Buffer> parts) {
  Buffer result;
  for (const Buffer& part : parts) result.insert(result.end(), part.begin(), part.end());
  return result;
}

Buffer discover_frame() {
  return joined({octets("ffffffffffff02000000000508004500014800010000401179a500000000ffffffff"
                        "0044004301345075010106003903f32600038000"),
                 Buffer(16), octets("020000000005"), Buffer(202),
                 octets("63825363350101370701030633363a3b3d0701020000000005390205dc0c026d6eff"),
                 Buffer(30)});
}

Buffer offer_frame() {
  return joined({octets("ffffffffffff02000000000f08004500013e0001000040114f7ac6336401ffffffff"
                        "00430044012afb63020106003903f32600038000"),
                 Buffer(4), octets("c6336446c6336401"), Buffer(4), octets("020000000005"),
                 Buffer(202),
                 octets("638253633501023604c6336401330400000e103a04000007083b0400000c4e0104ffffff"
                        "800304c63364010608c6336401c6336402ff")});
}

std::vector<std::string_view> names(std::span<const Layer> layers) {
  std::vector<std::string_view> result;
  for (const Layer& layer : layers) result.push_back(layer.layout->name);
  return result;
}

TEST(Dhcp, DiscoverIsTakenApart) {
  const Decoded whole(discover_frame());
  const Packet& packet = whole.packet;
  EXPECT_EQ(packet.defects(), 0);
  ASSERT_EQ(packet.message().layout, &discover);
  const View message = packet.view(packet.message());
  EXPECT_EQ(message[op], kBootRequest);
  EXPECT_EQ(message[xid], 0x3903F326U);
  EXPECT_EQ(message[secs], 3U);
  EXPECT_EQ(message[broadcast], 1U);
  EXPECT_EQ(message.mac(chaddr).to_string(), "02:00:00:00:00:05");
  EXPECT_THAT(
      names(packet.extensions()),
      ElementsAre("dhcp-message-type", "dhcp-parameter-request-list", "dhcp-client-identifier",
                  "dhcp-maximum-message-size", "dhcp-host-name", "dhcp-end"));
  EXPECT_EQ(packet.view(packet.extensions()[3])[option::octets_2], 1500U);
  EXPECT_EQ(packet.extensions()[5].length, 31U) << "what stands behind the end belongs to it";
}

TEST(Dhcp, OfferIsTakenApart) {
  const Decoded whole(offer_frame());
  const Packet& packet = whole.packet;
  EXPECT_EQ(packet.defects(), 0);
  ASSERT_EQ(packet.message().layout, &offer);
  EXPECT_EQ(packet.view(packet.message()).address(yiaddr).to_string(), "198.51.100.70");
  const auto extension = [&](const Layout& layout) { return packet.view(*packet.find(layout)); };
  EXPECT_EQ(extension(option::lease_time)[option::seconds], 3600U);
  EXPECT_EQ(extension(option::renewal_time)[option::seconds], 1800U);
  EXPECT_EQ(extension(option::subnet_mask).address(option::mask).to_string(), "255.255.255.128");
  EXPECT_EQ(extension(option::router).address(option::address).to_string(), "198.51.100.1");
  EXPECT_EQ(extension(option::domain_name_server).octets(option::more).size(), 4U);
}

TEST(Dhcp, IsMadeAsItIsRead) {
  const Decoded whole(offer_frame());
  const Ipv4Address server = *Ipv4Address::parse("198.51.100.1");
  Buffer made = make(offer, {{op, kBootReply},
                             {htype, 1},
                             {hlen, 6},
                             {xid, 0x3903F326},
                             {secs, 3},
                             {broadcast, 1},
                             {yiaddr, *Ipv4Address::parse("198.51.100.70")},
                             {siaddr, server},
                             {chaddr, *MacAddress::parse("02:00:00:00:00:05")},
                             {magic_cookie, kMagicCookie}});
  append_extension(made, option::type, {{option::message_type, message_type_of(offer)}});
  append_extension(made, option::server_identifier, {{option::address, server}});
  append_extension(made, option::lease_time, {{option::seconds, 3600}});
  append_extension(made, option::renewal_time, {{option::seconds, 1800}});
  append_extension(made, option::rebinding_time, {{option::seconds, 3150}});
  append_extension(made, option::subnet_mask,
                   {{option::mask, *Ipv4Address::parse("255.255.255.128")}});
  append_extension(made, option::router, {{option::address, server}});
  append_extension(made, option::domain_name_server,
                   {{option::address, server}, {option::more, octets("c6336402")}});
  append_extension(made, option::end, {});
  const Bytes read = whole.packet.view(whole.packet.message()).bytes();
  EXPECT_EQ(made, Buffer(read.begin(), read.end()));
}

TEST(Dhcp, EveryMessageHasItsTable) {
  for (const Layout* layout : messages) {
    Buffer message = make(*layout, {{magic_cookie, kMagicCookie}});
    append_extension(message, option::type, {{option::message_type, message_type_of(*layout)}});
    const Decoded whole(ip_frame({}, udp_datagram({}, {kClientPort, kServerPort}, message)));
    EXPECT_EQ(whole.packet.message().layout, layout);
  }
  EXPECT_EQ(message_type_of(nak), 6);
  EXPECT_EQ(message_type_of(other), 0);
}

/// What is decoded from a message with these options.
std::unique_ptr<Decoded> with_options(std::string_view hex) {
  return std::make_unique<Decoded>(ip_frame(
      {}, udp_datagram({}, {kServerPort, kClientPort},
                       joined({make(other, {{magic_cookie, kMagicCookie}}), octets(hex)}))));
}

TEST(Dhcp, PadsAreOneLayer) {
  const auto whole = with_options("000000350102000000ff");
  EXPECT_EQ(whole->packet.message().layout, &offer);
  EXPECT_THAT(names(whole->packet.extensions()),
              ElementsAre("dhcp-pad", "dhcp-message-type", "dhcp-pad", "dhcp-end"));
  EXPECT_EQ(whole->packet.defects(), 0);
}

TEST(Dhcp, WhatIsWrongIsNoted) {
  const auto over = with_options("35010236ff01");
  EXPECT_TRUE(has(over->packet.defects(), Defect::truncated));
  EXPECT_EQ(over->packet.message().layout, &offer);
  EXPECT_TRUE(has(with_options("33")->packet.defects(), Defect::truncated));
  EXPECT_TRUE(has(with_options("3302aabb")->packet.defects(), Defect::bad_length));
  const auto without = with_options("ff");
  EXPECT_EQ(without->packet.message().layout, &other);
  EXPECT_EQ(with_options("350177ff")->packet.message().layout, &other);
  EXPECT_EQ(with_options("3500ff")->packet.message().layout, &other);

  const Decoded no_cookie(ip_frame({}, udp_datagram({}, {68, 67}, make(other, {{op, 1}}))));
  EXPECT_EQ(no_cookie.packet.message().layout, &other);
  EXPECT_THAT(no_cookie.packet.extensions(), testing::IsEmpty());
  const Decoded cut(ip_frame({}, udp_datagram({}, {68, 67}, Buffer(100))));
  EXPECT_TRUE(has(cut.packet.defects(), Defect::truncated));
}

}  // namespace
}  // namespace mipvet::wire::dhcp

#include "engine/wire/icmp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/wire/compose.h"
#include "engine/wire/frame.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/packet.h"
#include "engine/wire/test_frames.h"
#include "engine/wire/udp.h"

namespace mipvet::wire::icmp {
namespace {

using frames::Decoded;
using frames::octets;
using testing::ElementsAre;

constexpr Ipv4Address kMobileNode{0x0A000105};
constexpr Ipv4Address kForeignAgent{0x0A00010F};

std::vector<std::string_view> names(std::span<const Layer> layers) {
  std::vector<std::string_view> result;
  for (const Layer& layer : layers) result.push_back(layer.layout->name);
  return result;
}

Buffer datagram(std::string_view frame) {
  const Buffer all = octets(frame);
  return {all.begin() + 14, all.end()};
}

IpHeader header(Ipv4Address source, Ipv4Address destination, std::uint8_t ttl, std::uint16_t id) {
  return {.source = source,
          .destination = destination,
          .time_to_live = ttl,
          .type_of_service = 0,
          .identification = id};
}

TEST(Echo, IsTakenApartAndMade) {
  const Buffer frame = octets(frames::echo_request);
  const Decoded whole(frame);
  const Packet& packet = whole.packet;
  EXPECT_EQ(packet.defects(), 0);
  ASSERT_EQ(packet.message().layout, &echo::request);
  const View view = packet.view(packet.message());
  EXPECT_EQ(view[echo::identifier], 0x1234U);
  EXPECT_EQ(view[echo::sequence_number], 1U);
  EXPECT_EQ(view.octets(echo::data).size(), 6U);
  EXPECT_EQ(packet.message().header, packet.message().length);
  EXPECT_EQ(Decoded(octets(frames::echo_reply)).packet.message().layout, &echo::reply);

  const Buffer request =
      make(echo::request,
           {{echo::identifier, 0x1234}, {echo::sequence_number, 1}, {echo::data, "mipvet"}});
  EXPECT_EQ(icmp_datagram(header(kMobileNode, {0xC6336414}, 64, 10), request),
            datagram(frames::echo_request));
}

TEST(Error, KeepsTheQuoteApart) {
  const Buffer frame = octets(frames::time_exceeded);
  const Decoded whole(frame);
  const Packet& packet = whole.packet;
  EXPECT_EQ(packet.defects(), 0);
  EXPECT_EQ(packet.message().layout, &error::time_exceeded);
  EXPECT_TRUE(packet.extensions().empty());
  EXPECT_THAT(names(packet.quoted()),
              ElementsAre("ipv4", "udp", "registration-request", "ha-parameter", "nai",
                          "mobile-home-authentication"));
  for (const Layer& layer : packet.quoted()) EXPECT_TRUE(layer.is_quote);
  EXPECT_EQ(packet.find(mip4::request::layout), nullptr);
  EXPECT_EQ(packet.carrying_udp(), nullptr);
  EXPECT_EQ(packet.view(*packet.carrying_ip()).address(ip::source), kForeignAgent);
  EXPECT_EQ(packet.find(ip::layout, 1), nullptr);
}

TEST(Error, QuotesEightOctetsWithoutADefectOfItsOwn) {
  const Buffer frame = octets(frames::unreachable);
  const Decoded whole(frame);
  const Packet& packet = whole.packet;
  EXPECT_EQ(packet.message().layout, &error::unreachable);
  EXPECT_EQ(packet.view(packet.message())[code], kPortUnreachable);
  EXPECT_EQ(packet.defects(), 0);
  ASSERT_THAT(names(packet.quoted()), ElementsAre("ipv4", "udp"));
  EXPECT_EQ(packet.view(packet.quoted()[1])[udp::destination_port], 434U);
  EXPECT_TRUE(has(packet.quoted()[0].defects, Defect::truncated));
  EXPECT_FALSE(has(packet.quoted()[0].defects, Defect::bad_length));
}

TEST(Error, IsMade) {
  const Buffer offending = datagram(frames::registration_request);
  EXPECT_EQ(icmp_datagram(header(kForeignAgent, kMobileNode, 64, 18),
                          icmp_error(error::unreachable, kPortUnreachable, offending)),
            datagram(frames::unreachable));
  EXPECT_EQ(icmp_datagram(header(kForeignAgent, kMobileNode, 64, 19),
                          icmp_error(error::time_exceeded, 0, offending, 1000)),
            datagram(frames::time_exceeded));
}

TEST(Error, WithoutAQuoteOrWithinAQuote) {
  const Buffer empty =
      icmp_frame({}, header(kForeignAgent, kMobileNode, 64, 1), make(error::unreachable));
  EXPECT_TRUE(Decoded(empty).packet.quoted().empty());
  EXPECT_EQ(Decoded(empty).packet.defects(), 0);
  const Buffer twice =
      icmp_frame({}, header(kForeignAgent, kMobileNode, 64, 1),
                 icmp_error(error::unreachable, 1, datagram(frames::unreachable), 1000));
  EXPECT_THAT(names(Decoded(twice).packet.quoted()),
              ElementsAre("ipv4", "icmp-unreachable", "ipv4", "udp"));
  EXPECT_EQ(Decoded(twice).packet.message().offset, 34U);
}

TEST(Advertisement, OfAnAgentIsTakenApart) {
  const Buffer frame = octets(frames::agent_advertisement);
  const Decoded whole(frame);
  const Packet& packet = whole.packet;
  EXPECT_EQ(packet.defects(), 0);
  ASSERT_EQ(packet.message().layout, &advertisement::agent);
  const View view = packet.header(packet.message());
  EXPECT_EQ(view[advertisement::num_addrs], 2U);
  EXPECT_EQ(view[advertisement::addr_entry_size], 2U);
  EXPECT_EQ(view[advertisement::lifetime], 30U);
  EXPECT_EQ(view.octets(advertisement::addresses).size(), 16U);
  EXPECT_EQ(advertisement::router_address(view, 0), kForeignAgent);
  EXPECT_EQ(advertisement::router_address(view, 1).to_string(), "10.0.1.14");
  EXPECT_EQ(advertisement::router_address(view, 2), Ipv4Address{});

  const auto extensions = packet.extensions();
  ASSERT_THAT(names(extensions),
              ElementsAre("mobility-agent-advertisement", "prefix-lengths", "padding"));
  const View agent = packet.view(extensions[0]);
  EXPECT_EQ(agent[mobility_agent::length], 10U);
  EXPECT_EQ(agent[mobility_agent::sequence_number], 17U);
  EXPECT_EQ(agent[mobility_agent::registration_lifetime], 1800U);
  EXPECT_EQ(agent[mobility_agent::registration_required], 1U);
  EXPECT_EQ(agent[mobility_agent::busy], 1U);
  EXPECT_EQ(agent[mobility_agent::home_agent], 0U);
  EXPECT_EQ(agent[mobility_agent::foreign_agent], 1U);
  EXPECT_EQ(agent[mobility_agent::minimal_encapsulation], 0U);
  EXPECT_EQ(agent[mobility_agent::gre_encapsulation], 0U);
  EXPECT_EQ(agent[mobility_agent::reserved_r], 0U);
  EXPECT_EQ(agent[mobility_agent::reverse_tunneling], 1U);
  EXPECT_EQ(agent[mobility_agent::udp_tunneling], 1U);
  EXPECT_EQ(agent[mobility_agent::reserved], 0U);
  EXPECT_EQ(mobility_agent::care_of_count(agent), 1U);
  EXPECT_EQ(mobility_agent::care_of_address(agent, 0).to_string(), "203.0.113.9");
  EXPECT_EQ(mobility_agent::care_of_address(agent, 1), Ipv4Address{});
  const Bytes lengths = packet.view(extensions[1]).octets(prefix_lengths::prefix_lengths);
  EXPECT_EQ(Buffer(lengths.begin(), lengths.end()), octets("1808"));
}

TEST(Advertisement, OfAnAgentIsMade) {
  Buffer message = make(advertisement::agent,
                        {{advertisement::num_addrs, 2},
                         {advertisement::addr_entry_size, 2},
                         {advertisement::lifetime, 30},
                         {advertisement::addresses, octets("0a00010f000000000a00010e80000000")}});
  append_extension(message, mobility_agent::layout,
                   {{mobility_agent::sequence_number, 17},
                    {mobility_agent::registration_lifetime, 1800},
                    {mobility_agent::flags, 0xD180},
                    {mobility_agent::care_of_addresses, octets("cb007109")}});
  append_extension(message, prefix_lengths::layout,
                   {{prefix_lengths::prefix_lengths, octets("1808")}});
  append_extension(message, mip4::padding::layout, {});
  EXPECT_EQ(icmp_datagram(header(kForeignAgent, kAllSystems, 1, 15), message),
            datagram(frames::agent_advertisement));
}

TEST(Advertisement, WithoutTheExtensionIsARoutersOnly) {
  const Decoded whole(octets(frames::router_advertisement));
  const Packet& packet = whole.packet;
  EXPECT_EQ(packet.message().layout, &advertisement::router);
  EXPECT_EQ(packet.defects(), 0);
}

TEST(Advertisement, WithMoreAddressesThanOctetsHasABadLength) {
  Buffer frame = octets(frames::agent_advertisement);
  frame[38] = 255;
  frame[39] = 255;
  refresh_checksums(frame);
  const Decoded whole(frame);
  const Packet& packet = whole.packet;
  EXPECT_EQ(packet.message().layout, &advertisement::router);
  EXPECT_TRUE(has(packet.defects(), Defect::bad_length));
  EXPECT_TRUE(packet.extensions().empty());
}

TEST(Solicitation, IsTakenApartAndMade) {
  const Decoded whole(octets(frames::agent_solicitation));
  const Packet& packet = whole.packet;
  EXPECT_EQ(packet.defects(), 0);
  EXPECT_EQ(packet.message().layout, &solicitation::layout);
  EXPECT_EQ(icmp_datagram(header(kMobileNode, kAllRouters, 1, 17), make(solicitation::layout)),
            datagram(frames::agent_solicitation));
}

TEST(Icmp, OfAnotherTypeStaysWhole) {
  const Decoded whole(octets(frames::redirect));
  const Packet& packet = whole.packet;
  EXPECT_EQ(packet.defects(), 0);
  ASSERT_EQ(packet.message().layout, &other::layout);
  EXPECT_EQ(packet.view(packet.message())[type], 5U);
  EXPECT_EQ(packet.layers().size(), 3U);
}

TEST(Icmp, NotesAWrongChecksum) {
  for (const auto frame : {frames::echo_request, frames::unreachable, frames::agent_advertisement,
                           frames::agent_solicitation, frames::redirect}) {
    Buffer wrong = octets(frame);
    wrong[36] ^= 1;
    EXPECT_EQ(Decoded(wrong).packet.message().defects, static_cast<Defects>(Defect::bad_checksum));
  }
}

}  // namespace
}  // namespace mipvet::wire::icmp

#include "engine/net/host.h"

#include <gmock/gmock.h>

#include "engine/net/host_for_test.h"
#include "engine/net/tunnel.h"

// What a host takes, sends and forwards: RFC 791, RFC 1122. ARP: host_arp_test.cpp.

namespace mipvet::net {
namespace {

using ::testing::ElementsAre;
using testing::ip;
using ::testing::IsEmpty;
using ::testing::SizeIs;
namespace icmp = wire::icmp;

class HostTest : public testing::HostTest {
 protected:
  HostTest() {
    host_.set_neighbour(kLeft, gateway_, peer_mac_);
    host_.set_neighbour(kRight, peer_, peer_mac_);
  }
  /// The port on which a datagram for an address leaves, and whether it goes to `peer_mac_`.
  std::optional<PortId> way_to(std::string_view address) {
    host_.send_ip(udp(ip(address)));
    const auto sent = take();
    if (sent.size() != 1 || sent[0]->to() != peer_mac_) return std::nullopt;
    return sent[0]->port;
  }
  static wire::Ipv4Address ip(std::string_view dotted) { return testing::ip(dotted); }
};

TEST_F(HostTest, TheLongestPrefixIsTheWay) {
  EXPECT_EQ(way_to("198.51.100.7"), kRight);
  EXPECT_EQ(way_to("10.9.1.1"), kRight) << "a declared route";
  EXPECT_EQ(way_to("10.8.1.1"), kLeft) << "the gateway";
  host_.add_route(*wire::Ipv4Prefix::parse("10.9.9.0/24"), gateway_, kLeft);
  EXPECT_EQ(way_to("10.9.9.1"), kLeft);
  EXPECT_EQ(way_to("10.9.1.1"), kRight);
  host_.remove_routes(kLeft);
  EXPECT_EQ(way_to("10.8.1.1"), std::nullopt);
}

TEST_F(HostTest, APortThatIsDownNeitherSendsNorReceives) {
  host_.set_up(kRight, false);
  EXPECT_FALSE(host_.is_up(kRight));
  EXPECT_EQ(way_to("198.51.100.7"), kLeft) << "the gateway is what is left";
  std::vector<wire::Ipv4Address> from;
  host_.on_udp(9, [&](const Datagram& datagram) { from.push_back(datagram.source); });
  arrive(kRight, udp(own_right_));
  EXPECT_THAT(from, IsEmpty());
  host_.set_up(kRight, true);
  arrive(kRight, udp(own_right_));
  EXPECT_THAT(from, SizeIs(1));
}

TEST_F(HostTest, GroupsAndBroadcastsNeedNoArp) {
  const auto mac_of = [this](wire::Ipv4Address to) {
    host_.send_ip(udp(to), {.port = kRight});
    return take().at(0)->to();
  };
  EXPECT_EQ(mac_of(wire::kAllMobilityAgents), (wire::MacAddress{{1, 0, 0x5E, 0, 0, 11}}));
  EXPECT_EQ(mac_of(ip("239.129.2.3")), (wire::MacAddress{{1, 0, 0x5E, 1, 2, 3}}))
      << "23 bits, RFC 1112 §6.4";
  EXPECT_EQ(mac_of(wire::kLimitedBroadcast), wire::kBroadcastMac);
  EXPECT_EQ(mac_of(ip("198.51.100.255")), wire::kBroadcastMac);
}

TEST_F(HostTest, AUdpDatagramComesWithItsWayHere) {
  std::vector<Datagram> got;
  wire::Buffer payload;
  host_.on_udp(9, [&](const Datagram& datagram) {
    got.push_back(datagram);
    payload.assign(datagram.payload.begin(), datagram.payload.end());
  });
  arrive(kRight, udp(own_right_, 9, 17));
  ASSERT_THAT(got, SizeIs(1));
  EXPECT_EQ(got[0].port, kRight);
  EXPECT_EQ(got[0].source_mac, peer_mac_);
  EXPECT_EQ(got[0].source, peer_);
  EXPECT_EQ(got[0].destination, own_right_);
  EXPECT_EQ(got[0].source_port, 1000);
  EXPECT_EQ(got[0].ttl, 17);
  EXPECT_FALSE(got[0].checksum_wrong);
  EXPECT_THAT(payload, ElementsAre(1, 2, 3));
  arrive(kRight, udp(own_left_));
  EXPECT_THAT(got, SizeIs(2)) << "weak host model, RFC 1122 §3.3.4.2";
  arrive(kRight, udp(ip("198.51.100.255")));
  EXPECT_THAT(got, SizeIs(3)) << "a broadcast of its link";
  arrive(kRight, udp(ip("10.9.9.9")));
  EXPECT_THAT(got, SizeIs(3)) << "of another";
}

TEST_F(HostTest, SaysWhetherTheUdpChecksumIsWrong) {
  std::vector<bool> wrong;
  host_.on_udp(9, [&](const Datagram& datagram) { wrong.push_back(datagram.checksum_wrong); });
  wire::Buffer datagram = udp(own_right_);
  datagram.back() ^= 1;
  arrive(kRight, datagram);
  datagram[26] = datagram[27] = 0;  // none was computed
  arrive(kRight, datagram);
  EXPECT_THAT(wrong, ElementsAre(true, false));
}

TEST_F(HostTest, TakesNoDatagramThatIsDamaged) {
  int taken = 0;
  host_.on_udp(9, [&](const Datagram&) { ++taken; });
  const wire::Buffer right = udp(own_right_);
  for (std::size_t octet = 0; octet < wire::ip::layout.minimum; ++octet) {
    wire::Buffer damaged = right;
    damaged[octet] ^= 0x10;
    arrive(kRight, damaged);
  }
  EXPECT_EQ(taken, 0) << "the header's checksum covers all its octets";
  const wire::Buffer frame = wire::ip_frame({peer_mac_, mac(kRight)}, right);
  for (std::size_t size = 0; size < frame.size(); ++size)
    host_.receive(kRight, wire::Bytes(frame).first(size));
  EXPECT_EQ(taken, 0) << "cut short";
  arrive(kRight, right);
  EXPECT_EQ(taken, 1);
}

TEST_F(HostTest, DropsFragments) {
  int taken = 0;
  host_.on_udp(9, [&](const Datagram&) { ++taken; });
  wire::Buffer datagram = udp(own_right_);
  wire::write(datagram, wire::ip::more_fragments, 1);
  wire::Buffer frame = wire::ip_frame({peer_mac_, mac(kRight)}, datagram);
  wire::refresh_checksums(frame);
  host_.receive(kRight, frame);
  EXPECT_EQ(taken, 0);
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(HostTest, IsDeafToFramesForOthersAndToItsOwn) {
  int taken = 0;
  host_.on_udp(9, [&](const Datagram&) { ++taken; });
  const wire::MacAddress other{{2, 0, 0, 0, 8, 8}};
  host_.receive(kRight, wire::ip_frame({peer_mac_, other}, udp(own_right_)));
  host_.receive(kRight, wire::ip_frame({mac(kRight), wire::kBroadcastMac}, udp(own_right_)));
  EXPECT_EQ(taken, 0);
}

// RFC 792, RFC 1122 §3.2.2.
TEST_F(HostTest, APortWithoutAHandlerIsUnreachable) {
  const wire::Buffer asked = udp(own_right_, 77);
  arrive(kRight, asked);
  const auto sent = take();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0]->message(), &icmp::error::unreachable);
  const wire::View error = (*sent[0])[icmp::error::unreachable];
  EXPECT_EQ(error[icmp::code], icmp::kPortUnreachable);
  EXPECT_TRUE(std::ranges::equal(error.bytes().subspan(8), asked)) << "quotes the datagram";
  EXPECT_EQ((*sent[0])[wire::ip::layout].address(wire::ip::source), own_right_);
  host_.answer_unreachable(false);
  arrive(kRight, asked);
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(HostTest, AProtocolWithoutAHandlerIsUnreachable) {
  arrive(kRight, wire::ip_datagram({.source = peer_, .destination = own_right_}, 99, {}));
  const auto sent = take();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ((*sent[0])[icmp::error::unreachable][icmp::code], icmp::kProtocolUnreachable);
}

TEST_F(HostTest, NoIcmpErrorAboutBroadcastsNorFromNobody) {
  arrive(kRight, udp(wire::kLimitedBroadcast, 77));
  arrive(kRight, udp(wire::kAllSystems, 77));
  arrive(kRight, udp(ip("198.51.100.255"), 77));
  arrive(kRight, wire::udp_datagram({.source = {}, .destination = own_right_}, {1, 77}, {}));
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(HostTest, TellsOfIcmpErrorsAboutWhatItSent) {
  std::vector<std::pair<int, int>> errors;
  wire::Buffer quote;
  host_.on_icmp_error([&](const IcmpError& error) {
    errors.emplace_back(error.type, error.code);
    quote.assign(error.quote.begin(), error.quote.end());
    EXPECT_EQ(error.from, peer_);
  });
  const wire::Buffer about = wire::udp_datagram({.source = own_right_, .destination = peer_},
                                                {1, 2}, wire::Buffer{1, 2, 3});
  const auto give = [&](const wire::Layout& layout, std::uint8_t code) {
    arrive(kRight, wire::icmp_datagram({.source = peer_, .destination = own_right_},
                                       wire::icmp_error(layout, code, about)));
  };
  give(icmp::error::unreachable, 3);
  EXPECT_TRUE(std::ranges::equal(quote, wire::Bytes(about).first(28)));
  give(icmp::error::time_exceeded, 0);
  EXPECT_THAT(errors, ElementsAre(std::pair(3, 3), std::pair(11, 0)));
  wire::Buffer damaged = wire::icmp_datagram({.source = peer_, .destination = own_right_},
                                             wire::icmp_error(icmp::error::unreachable, 3, about));
  damaged.back() ^= 1;
  arrive(kRight, damaged);
  EXPECT_THAT(errors, SizeIs(2));
}

TEST_F(HostTest, AnswersEchoes) {
  const wire::Buffer echo = wire::make(
      icmp::echo::request, {{icmp::echo::identifier, 5}, {icmp::echo::sequence_number, 6}});
  arrive(kRight, wire::icmp_datagram({.source = peer_, .destination = own_right_}, echo));
  const auto sent = take();
  ASSERT_THAT(sent, SizeIs(1));
  const wire::View answer = (*sent[0])[icmp::echo::reply];
  EXPECT_EQ(answer[icmp::echo::identifier], 5U);
  EXPECT_EQ(answer[icmp::echo::sequence_number], 6U);
  EXPECT_EQ(sent[0]->frame.packet.defects(), 0);
}

TEST_F(HostTest, WhatItSendsToItselfIsOnNoLink) {
  int taken = 0;
  host_.on_udp(9, [&](const Datagram&) { ++taken; });
  host_.send_ip(udp(own_left_));
  EXPECT_EQ(taken, 0) << "not within the call";
  environment_.pass(Duration::zero());
  EXPECT_EQ(taken, 1);
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(HostTest, ForwardsOnlyWhenItIsToldTo) {
  const wire::Buffer datagram = udp(ip("10.8.0.1"), 9, 5);
  arrive(kRight, datagram);
  EXPECT_THAT(take(), IsEmpty());
  host_.enable_forwarding();
  arrive(kRight, datagram);
  auto sent = take();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0]->port, kLeft);
  EXPECT_EQ((*sent[0])[wire::ip::layout][wire::ip::time_to_live], 4U);
  EXPECT_EQ(sent[0]->frame.packet.defects(), 0);
  arrive(kRight, udp(ip("10.8.0.1"), 9, 1));
  sent = take();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0]->message(), &icmp::error::time_exceeded);
  EXPECT_EQ((*sent[0])[wire::ip::layout].address(wire::ip::destination), peer_);
}

TEST_F(HostTest, AForwarderMayTakeADatagramItself) {
  std::vector<wire::Ipv4Address> taken;
  host_.enable_forwarding([&](PortId port, wire::Bytes datagram, const wire::MacAddress& from) {
    EXPECT_EQ(port, kRight);
    EXPECT_EQ(from, peer_mac_);
    const auto to = wire::View(wire::ip::layout, datagram).address(wire::ip::destination);
    if (to == ip("10.8.0.1")) taken.push_back(to);
    return to == ip("10.8.0.1");
  });
  arrive(kRight, udp(ip("10.8.0.1")));
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_THAT(taken, SizeIs(1));
  arrive(kRight, udp(ip("10.8.0.2")));
  EXPECT_THAT(take(), SizeIs(1));
}

TEST_F(HostTest, ATunnelEndsWhereItsProtocolHasAHandler) {
  int taken = 0;
  host_.on_udp(9, [&](const Datagram& datagram) {
    ++taken;
    EXPECT_EQ(datagram.destination, own_left_);
  });
  host_.on_protocol(wire::ip::kIpv4, [&](PortId port, wire::Bytes outer) {
    if (const auto inner = decapsulate(outer)) host_.deliver(port, *inner);
  });
  arrive(kRight, encapsulate(udp(own_left_), peer_, own_right_));
  EXPECT_EQ(taken, 1);
}

TEST_F(HostTest, WhatATunnelDeliversMayBeAnything) {
  const wire::Buffer whole = udp(own_left_);
  for (std::size_t size = 0; size < whole.size(); ++size)
    host_.deliver(kRight, wire::Bytes(whole).first(size));
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(HostTest, SendsUdpFromOneOfItsAddresses) {
  host_.send_udp(own_right_, 434, peer_, 40434, wire::Buffer{9}, {.ttl = 255});
  host_.send_udp(own_right_, 434, peer_, 40434, wire::Buffer{9}, {.corrupt_udp_checksum = true});
  const auto sent = take();
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ((*sent[0])[wire::ip::layout][wire::ip::time_to_live], 255U);
  EXPECT_EQ((*sent[0])[wire::ip::layout].address(wire::ip::source), own_right_);
  EXPECT_EQ((*sent[0])[wire::udp::layout][wire::udp::source_port], 434U);
  EXPECT_EQ(sent[0]->frame.packet.defects(), 0);
  EXPECT_TRUE(wire::has(sent[1]->frame.packet.defects(), wire::Defect::bad_checksum));
  EXPECT_NE((*sent[0])[wire::ip::layout][wire::ip::identification],
            (*sent[1])[wire::ip::layout][wire::ip::identification]);
}

model::Network visited_network() {
  return testing::NetworkBuilder()
      .link("visited")
      .node("mn", Role::mobile_node)
      .attach(0, "192.0.2.9/24", "192.0.2.1")
      .network;
}

TEST(MobileHost, StartsWithItsPortsDownAndWithoutAddresses) {
  const model::Network network = visited_network();
  testing::TestEnvironment environment;
  Host host(network, 0, environment);
  EXPECT_FALSE(host.is_up(0));
  EXPECT_FALSE(host.address(0));
  host.set_up(0, true);
  host.add_address(0, *wire::Ipv4Prefix::parse("192.0.2.9/24"));
  EXPECT_TRUE(host.owns(testing::ip("192.0.2.9")));
  host.remove_address(0, testing::ip("192.0.2.9"));
  EXPECT_FALSE(host.owns(testing::ip("192.0.2.9")));
}

TEST(Host, WithoutAnAddressHearsWhatIsSentToItsLinkLayerAddress) {
  const model::Network network = visited_network();
  testing::TestEnvironment environment;
  Host host(network, 0, environment);
  host.set_up(0, true);
  int heard = 0;
  host.on_udp(40434, [&](const Datagram&) { ++heard; });
  const auto arrive = [&] {
    host.receive(0, wire::ip_frame({wire::MacAddress{{2, 0, 0, 0, 7, 7}}, host.mac(0)},
                                   wire::udp_datagram({.source = testing::ip("192.0.2.1"),
                                                       .destination = testing::ip("10.1.0.5")},
                                                      {434, 40434}, {})));
  };
  arrive();
  EXPECT_EQ(heard, 1);
  host.add_address(0, *wire::Ipv4Prefix::parse("192.0.2.9/24"));
  arrive();
  EXPECT_EQ(heard, 1) << "with an address, datagrams for another are not its own";
}

}  // namespace
}  // namespace mipvet::net

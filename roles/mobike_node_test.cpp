#include "roles/mobike_node.h"

#include "engine/net/tunnel.h"
#include "engine/wire/dhcp.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ike.h"
#include "roles/role_for_test.h"

// A mobile node with a VPN, as far as no gateway answers: MOB §3.1-3.4. With one: scenarios/mobike.

namespace mipvet::roles {
namespace {

using namespace testing;
namespace icmp = wire::icmp;
namespace mobility = wire::icmp::mobility_agent;
using ::testing::Each;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kWithVpn = R"({
 "nodes": {
   "mn": {"parameters": {"vpn": {"gateway": "gw.public"}, "detection": {"retries": 2, "timeout": 1}}},
   "gw": {"role": "vpn-gateway",
          "attachments": {"public": {"address": "203.0.113.11/24"},
                          "private": {"address": "10.0.0.11/24"}},
          "parameters": {"outside": "public", "inside": "private", "pool": "10.20.0.0/28"}}},
 "ike": [{"between": ["mn", "gw"], "psk": "a secret",
          "ids": {"mn": "mn@example.com", "gw": "gw.example.com"}}]
})";
constexpr wire::Ipv4Address kGateway{0xCB00710B};  // 203.0.113.11

class MobikeNodeTest : public RoleTest {
 protected:
  void play_mn(std::vector<std::string> deviations = {}) {
    play("mn", kWithVpn, std::move(deviations));
  }
  void attach(std::string_view link) { command("attach", {{"link", link}}); }
  void answer(const Sent& asked, std::initializer_list<wire::FieldValue> changes = {}) {
    arrive_message(asked.link, {kHa}, asked.source(),
                   signed_by("ha", "mn", reply_to(asked, changes)),
                   static_cast<std::uint16_t>(asked.source_port()));
  }
  /// Inside, with the registration of the address there accepted.
  void come_inside() {
    attach("inside");
    const auto asked = requests();
    ASSERT_THAT(asked, SizeIs(1));
    answer(asked.front());
  }
  void advertise(std::string_view link, std::string_view node, const wire::FieldValue& what,
                 wire::Ipv4Address from, wire::Bytes care_of) {
    wire::Buffer message =
        wire::make(icmp::advertisement::agent, {{icmp::advertisement::num_addrs, 0},
                                                {icmp::advertisement::addr_entry_size, 2},
                                                {icmp::advertisement::lifetime, 3}});
    wire::append_extension(message, mobility::layout,
                           {{mobility::registration_lifetime, 600}, what}, care_of);
    arrive_ip(link, mac(node, link),
              wire::icmp_datagram(
                  {.source = from, .destination = wire::kAllSystems, .time_to_live = 1}, message));
  }
  void ping(unsigned count = 1) {
    command("ping", {{"to", kCn.to_string()}, {"count", count}, {"interval", 0.5}});
  }
};

TEST_F(MobikeNodeTest, AsksTheHomeAgentInClearAndTheGatewayAtOnce) {
  play_mn();
  attach("hotspot");
  const auto sent = take();
  ASSERT_THAT(sent, SizeIs(2));
  ASSERT_TRUE(sent[0].is(request::layout));
  EXPECT_EQ(sent[0].source(), kHotspot);
  EXPECT_EQ(sent[0].destination(), kHa);
  EXPECT_EQ(sent[0].address(request::care_of_address), kHotspot);
  EXPECT_EQ(sent[0][request::decapsulation_by_mobile_node], 1U);
  ASSERT_TRUE(sent[1].is(wire::ike::ike_sa_init));
  EXPECT_EQ(sent[1].source(), kHotspot);
  EXPECT_EQ(sent[1].destination(), kGateway);
}

TEST_F(MobikeNodeTest, LooksForAnAddressAndForAgentsAtOnce) {
  play_mn();
  attach("visited");
  pass(250ms);
  const auto sent = take();
  EXPECT_TRUE(
      std::ranges::any_of(sent, [](const Sent& one) { return one.is(wire::dhcp::discover); }));
  EXPECT_TRUE(std::ranges::any_of(
      sent, [](const Sent& one) { return one.is(icmp::solicitation::layout); }));
  EXPECT_FALSE(std::ranges::any_of(sent, [](const Sent& one) { return one.is(request::layout); }));
}

TEST_F(MobikeNodeTest, AsksAsOftenAsItIsTold) {
  play_mn();
  attach("hotspot");
  pass(30s);
  const auto asked = requests();
  ASSERT_THAT(asked, SizeIs(3));
  EXPECT_GE(asked[1].time - asked[0].time, 1s);
  EXPECT_GE(asked[2].time - asked[1].time, 2s);
}

TEST_F(MobikeNodeTest, SendsNoDataBeforeTheVerdict) {
  play_mn();
  attach("hotspot");
  ping(20);
  pass(20s);
  for (const Sent& one : take()) EXPECT_FALSE(one.is(icmp::echo::request));
}

TEST_F(MobikeNodeTest, AnAcceptedRequestInClearMeansInside) {
  play_mn();
  come_inside();
  ping();
  const auto sent = take(icmp::echo::request);
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].source(), kInside);
  EXPECT_EQ(sent[0].destination(), kHa);
  EXPECT_EQ(sent[0].ip(1).address(wire::ip::source), kMn);
}

TEST_F(MobikeNodeTest, AForgedReplyMeansNothing) {
  play_mn();
  attach("hotspot");
  const auto asked = requests();
  ASSERT_THAT(asked, SizeIs(1));
  wire::Buffer forged = signed_by("ha", "mn", reply_to(asked[0]));
  forged.back() ^= 1U;
  arrive_message("hotspot", {kHa}, kHotspot, forged, 40434);
  ping();
  EXPECT_THAT(take(icmp::echo::request), IsEmpty());
}

TEST_F(MobikeNodeTest, ANewLinkTakesANewVerdict) {
  play_mn();
  come_inside();
  take();
  attach("hotspot");
  ping();
  const auto sent = take();
  EXPECT_TRUE(std::ranges::any_of(sent, [](const Sent& one) { return one.is(request::layout); }));
  for (const Sent& one : sent) EXPECT_FALSE(one.is(icmp::echo::request));
}

TEST_F(MobikeNodeTest, RenewsInside) {
  play_mn();
  come_inside();
  pass(149s);
  EXPECT_THAT(requests(), IsEmpty());
  pass(1500ms);
  const auto asked = requests();
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].source(), kInside);
}

TEST_F(MobikeNodeTest, AHomeAgentThatFallsSilentInsidePutsTheVerdictInDoubt) {
  play_mn();
  come_inside();
  pass(170s);
  take();
  ping();
  EXPECT_THAT(take(icmp::echo::request), IsEmpty());
}

TEST_F(MobikeNodeTest, UsesAForeignAgentAfterTheVerdictAlone) {
  play_mn();
  const wire::Buffer care_of{10, 2, 0, 9};
  attach("inside");
  const auto asked = requests();
  ASSERT_THAT(asked, SizeIs(1));
  advertise("inside", "ir", {mobility::foreign_agent, true}, ip("10.2.0.1"), care_of);
  pass(500ms);
  EXPECT_THAT(requests(), IsEmpty());
  answer(asked.front());
  pass(1s);
  const auto again = requests();
  ASSERT_THAT(again, SizeIs(1));
  EXPECT_EQ(again[0].address(request::care_of_address), ip("10.2.0.9"));
  EXPECT_EQ(again[0].destination(), ip("10.2.0.1"));
  EXPECT_EQ(again[0].source(), kMn);
  EXPECT_EQ(again[0][request::decapsulation_by_mobile_node], 0U);
}

TEST_F(MobikeNodeTest, ComesHomeWithTheAdvertisementOfItsHomeAgent) {
  play_mn();
  attach("home");
  pass(3s);
  EXPECT_THAT(requests(), IsEmpty()) << "the addresses of the link say nothing";
  take_arp();
  advertise("home", "ha", {mobility::home_agent, true}, ip("10.1.0.1"), {});
  const auto announced = take_arp();
  ASSERT_FALSE(announced.empty());
  EXPECT_EQ(announced[0].address(wire::arp::sender_ip), kMn);
  const auto asked = requests();
  ASSERT_THAT(asked, SizeIs(1));
  EXPECT_EQ(asked[0].source(), kMn);
  EXPECT_EQ(asked[0][request::lifetime], 0U);
  EXPECT_EQ(asked[0].address(request::care_of_address), kMn);
  answer(asked[0]);
  ping();
  const auto sent = take(icmp::echo::request);
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].source(), kMn);
}

/// A NAT lies inside: the home agent granted UDP tunnelling.
class MobikeNodeBehindNatTest : public MobikeNodeTest {
 protected:
  void come_inside_in_udp(std::uint16_t keepalive) {
    attach("inside");
    const auto asked = requests();
    ASSERT_THAT(asked, SizeIs(1));
    wire::Buffer message = reply_to(asked[0]);
    wire::append_extension(message, mip4::udp_tunnel_reply::layout,
                           {{mip4::udp_tunnel_reply::keepalive_interval, keepalive}});
    arrive_message("inside", {kHa}, kInside, signed_by("ha", "mn", message), 40434);
    take();
  }
  void answer_keepalive() {
    const wire::Buffer echo =
        wire::icmp_datagram({.source = kHa, .destination = kMn},
                            wire::make(icmp::echo::reply, {{icmp::echo::identifier, 1}}));
    arrive_message("inside", {kHa}, kInside, net::udp_tunnel_payload(echo), 40434);
  }
};

TEST_F(MobikeNodeBehindNatTest, SendsItsDataInUdp) {
  play_mn();
  come_inside_in_udp(30);
  ping();
  const auto sent = take(icmp::echo::request);
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].source(), kInside);
  EXPECT_EQ(sent[0].destination_port(), mip4::kPort);
  EXPECT_EQ(sent[0].source_port(), 40434U) << "the port of its registration";
  EXPECT_EQ(sent[0].ip(1).address(wire::ip::source), kMn);
}

TEST_F(MobikeNodeBehindNatTest, KeepsTheMappingAliveWhileNothingElseIsSent) {
  play_mn();
  come_inside_in_udp(30);
  pass(29s);
  EXPECT_THAT(take(icmp::echo::request), IsEmpty());
  pass(2s);
  const auto sent = take(icmp::echo::request);
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].ip(1).address(wire::ip::destination), kHa);
  answer_keepalive();
  pass(20s);
  EXPECT_THAT(take(icmp::echo::request), IsEmpty());
}

TEST_F(MobikeNodeBehindNatTest, RegistersAgainWhenTheMappingIsLost) {
  play_mn();
  come_inside_in_udp(30);
  pass(79s);
  EXPECT_THAT(requests(), IsEmpty());
  pass(1500ms);
  EXPECT_THAT(requests(), SizeIs(1)) << "three keepalives went unanswered";
}

TEST_F(MobikeNodeTest, AskedForAnotherCommandItSaysSo) {
  play_mn();
  EXPECT_THROW(command("dance"), model::InputError);
}

TEST_F(MobikeNodeTest, ADeviationOfThePlainMobileNodeIsNoneOfIts) {
  EXPECT_THROW(play_mn({"MIPP-2-01"}), model::InputError);
}

}  // namespace
}  // namespace mipvet::roles

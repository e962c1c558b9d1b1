#include "engine/net/tunnel.h"
#include "engine/wire/icmp.h"
#include "roles/home_agent.h"
#include "roles/role_for_test.h"

// Where a home agent sends the datagrams of a mobile node: RFC 3344 §3.8.2.2, §4.6, RFC 3519 §4.6.

namespace mipvet::roles {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr wire::Ipv4Address kElsewhere{0xCB007115};  // another care-of address

class HomeAgentBindings : public RoleTest {
 protected:
  void SetUp() override { play("ha"); }

  void bind(std::initializer_list<wire::FieldValue> changes = {}) {
    pass(1s);
    arrive_message("private", {kHotspot, 40434}, kHa, signed_by("mn", "ha", request_of(changes)));
    const auto sent = replies();
    ASSERT_THAT(sent, SizeIs(1));
    EXPECT_LE(sent[0][reply::code], 1U);
  }
  /// To which addresses a datagram for the mobile node is tunnelled.
  std::vector<wire::Ipv4Address> tunnelled_to() {
    take();
    arrive_ip("home", mac("cn", "home"), echo_);
    std::vector<wire::Ipv4Address> result;
    for (const Sent& sent : take())
      if (sent.packet().find(wire::ip::layout, 1) != nullptr) result.push_back(sent.destination());
    return result;
  }
  /// Whether the home agent answers for the mobile node's address.
  bool defends() {
    take_arp();
    arrive("home", wire::arp_frame({mac("cn", "home"), wire::kBroadcastMac},
                                   {.operation = wire::arp::kRequest,
                                    .sender_mac = mac("cn", "home"),
                                    .sender_ip = kCn,
                                    .target_mac = {},
                                    .target_ip = kMn}));
    for (const Sent& sent : take_arp())
      if (sent[wire::arp::operation] == wire::arp::kReply) return true;
    return false;
  }

  const wire::Buffer echo_ = wire::icmp_datagram({.source = kCn, .destination = kMn},
                                                 wire::make(wire::icmp::echo::request));
};

TEST_F(HomeAgentBindings, WithoutABindingItLeavesTheNodeAlone) {
  EXPECT_THAT(tunnelled_to(), IsEmpty());
  EXPECT_FALSE(defends());
}

TEST_F(HomeAgentBindings, TunnelsToTheCareOfAddress) {
  bind();
  EXPECT_THAT(tunnelled_to(), ElementsAre(kHotspot));
}

// RFC 3344 §4.6.
TEST_F(HomeAgentBindings, DefendsTheAddressOfTheAbsentNode) {
  bind();
  bool announced = false;
  for (const Sent& sent : take_arp())
    announced = announced || (sent.link == "home" && sent.address(wire::arp::sender_ip) == kMn);
  EXPECT_TRUE(announced) << "the neighbours are told";
  EXPECT_TRUE(defends());
}

TEST_F(HomeAgentBindings, ALaterBindingTakesThePlaceOfTheEarlier) {
  bind();
  bind({{request::care_of_address, kElsewhere}});
  EXPECT_THAT(tunnelled_to(), ElementsAre(kElsewhere));
}

TEST_F(HomeAgentBindings, EndAfterTheirLifetime) {
  bind({{request::lifetime, 30}});
  pass(29s);
  EXPECT_THAT(tunnelled_to(), SizeIs(1));
  pass(2s);
  EXPECT_THAT(tunnelled_to(), IsEmpty());
  EXPECT_FALSE(defends());
}

TEST_F(HomeAgentBindings, AnEndedBindingSendsNothingOnEither) {
  bind({{request::lifetime, 30}});
  const wire::Buffer out = wire::icmp_datagram({.source = kMn, .destination = kCn},
                                               wire::make(wire::icmp::echo::request));
  const auto reaches_home = [&] {
    take();
    arrive_ip("private", kPeerMac, net::encapsulate(out, kHotspot, kHa));
    return !take().empty();
  };
  EXPECT_TRUE(reaches_home());
  pass(31s);
  EXPECT_FALSE(reaches_home()) << "RFC 3024 §4.3: only of a registered node";
}

TEST_F(HomeAgentBindings, FromTheTunnelOfAnotherNothingIsTaken) {
  bind();
  const wire::Buffer forged = wire::icmp_datagram({.source = kMn, .destination = kCn},
                                                  wire::make(wire::icmp::echo::request));
  take();
  arrive_ip("private", kPeerMac, net::encapsulate(forged, kElsewhere, kHa));
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(HomeAgentBindings, LifetimeZeroEndsOneOrAll) {
  play("ha", R"({"nodes": {"ha": {"supports": ["simultaneous-bindings"]}}})");
  bind();
  bind({{request::simultaneous_bindings, true}, {request::care_of_address, kElsewhere}});
  EXPECT_THAT(tunnelled_to(), ElementsAre(kHotspot, kElsewhere));
  bind({{request::lifetime, 0}, {request::care_of_address, kHotspot}});
  EXPECT_THAT(tunnelled_to(), ElementsAre(kElsewhere));
  bind({{request::simultaneous_bindings, true}});
  bind({{request::lifetime, 0}, {request::care_of_address, kMn}});
  EXPECT_THAT(tunnelled_to(), IsEmpty());
  EXPECT_FALSE(defends());
}

TEST_F(HomeAgentBindings, WithoutTheSBitThereIsOneBindingAgain) {
  play("ha", R"({"nodes": {"ha": {"supports": ["simultaneous-bindings"]}}})");
  bind();
  bind({{request::simultaneous_bindings, true}, {request::care_of_address, kElsewhere}});
  bind();
  EXPECT_THAT(tunnelled_to(), ElementsAre(kHotspot));
}

// RFC 3519 §4.6.
TEST_F(HomeAgentBindings, BehindANatTheTunnelIsInUdp) {
  play("ha", R"({"nodes": {"ha": {"parameters": {"udp_tunnel": {"keepalive": 55}}}}})");
  const auto ask_from = [this](wire::Ipv4Address source) {
    pass(1s);
    wire::Buffer message = request_of();
    wire::append_extension(message, mip4::udp_tunnel_request::layout, {});
    arrive_message("private", {source, 40500}, kHa, signed_by("mn", "ha", message));
    const Sent sent = replies().at(0);
    const wire::View extension = sent.body().extension(mip4::udp_tunnel_reply::layout);
    EXPECT_EQ(extension[mip4::udp_tunnel_reply::keepalive_interval], 55U);
    return extension[mip4::udp_tunnel_reply::reply_code];
  };
  EXPECT_EQ(ask_from(kHotspot), 64U) << "no NAT: declined";
  EXPECT_THAT(tunnelled_to(), ElementsAre(kHotspot));
  const wire::Ipv4Address nat = ip("203.0.113.41");
  EXPECT_EQ(ask_from(nat), 0U);
  take();
  arrive_ip("home", mac("cn", "home"), echo_);
  const auto sent = take();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].destination(), nat);
  EXPECT_EQ(sent[0].udp()[wire::udp::destination_port], 40500U);
  EXPECT_NE(sent[0].packet().find(mip4::tunnel_data::layout), nullptr);
}

}  // namespace
}  // namespace mipvet::roles

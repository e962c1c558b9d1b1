#include "roles/mobile_node.h"

#include "engine/net/tunnel.h"
#include "engine/wire/icmp.h"
#include "roles/role_for_test.h"

// How a mobile node registers: RFC 3344 §2.4, §3.6.

namespace mipvet::roles {
namespace {

using namespace testing;
namespace icmp = wire::icmp;
namespace mobility = wire::icmp::mobility_agent;
using ::testing::ElementsAre;
using ::testing::Gt;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class MobileNodeTest : public RoleTest {
 protected:
  void attach_colocated() { command("attach", {{"link", "hotspot"}, {"mode", "co-located"}}); }
  void attach_visited() { command("attach", {{"link", "visited"}}); }

  /// The reply of the home agent to a request, signed, at a moment.
  void answer(const Sent& asked, std::initializer_list<wire::FieldValue> changes = {}) {
    arrive_message(asked.link, {kHa}, asked.source(),
                   signed_by("ha", "mn", reply_to(asked, changes)),
                   static_cast<std::uint16_t>(asked.source_port()));
  }
  /// The agent of the visited link advertises.
  void advertise(std::uint16_t registration_lifetime = 600) {
    wire::Buffer message =
        wire::make(icmp::advertisement::agent, {{icmp::advertisement::num_addrs, 1},
                                                {icmp::advertisement::addr_entry_size, 2},
                                                {icmp::advertisement::lifetime, 3}});
    message.insert(message.end(), {192, 0, 2, 1, 0, 0, 0, 0});
    const wire::Buffer care_of{203, 0, 113, 21};
    wire::append_extension(
        message, mobility::layout,
        {{mobility::registration_lifetime, registration_lifetime}, {mobility::foreign_agent, true}},
        care_of);
    arrive_ip(
        "visited", mac("fa", "visited"),
        wire::icmp_datagram(
            {.source = kFaVisited, .destination = wire::kAllSystems, .time_to_live = 1}, message));
  }
};

TEST_F(MobileNodeTest, ARequestOfACoLocatedNode) {
  play("mn");
  attach_colocated();
  const auto sent = requests();
  ASSERT_THAT(sent, SizeIs(1));
  const Sent& asked = sent.front();
  EXPECT_EQ(asked.link, "hotspot");
  EXPECT_EQ(asked.source(), kHotspot);
  EXPECT_EQ(asked.destination(), kHa);
  EXPECT_EQ(asked.destination_port(), mip4::kPort);
  EXPECT_EQ(asked[request::flags], 0x20U) << "D alone";
  EXPECT_EQ(asked[request::lifetime], 300U);
  EXPECT_EQ(asked.address(request::home_address), kMn);
  EXPECT_EQ(asked.address(request::home_agent), kHa);
  EXPECT_EQ(asked.address(request::care_of_address), kHotspot);
  EXPECT_EQ(crypto::high_order(asked[request::identification]), crypto::high_order(timestamp()));
  EXPECT_EQ(check("ha", "mn", asked), Checked::valid);
  EXPECT_EQ(asked.packet().defects(), 0);
}

TEST_F(MobileNodeTest, SolicitsAtFirstEverySecondThenMoreSlowly) {
  play("mn");
  attach_visited();
  pass(60s);
  const auto sent = take(icmp::solicitation::layout);
  ASSERT_THAT(sent, SizeIs(Gt(5U)));
  EXPECT_EQ(sent[0].destination(), wire::kAllRouters);
  EXPECT_EQ(sent[0].ip()[wire::ip::time_to_live], 1U);
  std::vector<net::Duration> pauses;
  for (std::size_t i = 1; i < sent.size(); ++i) pauses.push_back(sent[i].time - sent[i - 1].time);
  for (std::size_t i = 0; i < pauses.size(); ++i) EXPECT_GE(pauses[i], 1s);
  EXPECT_LT(pauses[1], 1200ms);
  for (std::size_t i = 3; i < pauses.size(); ++i) EXPECT_GT(pauses[i], pauses[i - 1] * 3 / 2);
}

TEST_F(MobileNodeTest, RegistersThroughTheAgentThatItHears) {
  play("mn");
  attach_visited();
  advertise();
  const auto sent = requests();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].source(), kMn);
  EXPECT_EQ(sent[0].destination(), kFaVisited);
  EXPECT_EQ(sent[0].to(), mac("fa", "visited")) << "without ARP, RFC 3344 §3.6.1.1";
  EXPECT_EQ(sent[0].address(request::care_of_address), kFaPublic);
  EXPECT_EQ(sent[0][request::decapsulation_by_mobile_node], 0U);
  pass(500ms);
  EXPECT_THAT(take(icmp::solicitation::layout), IsEmpty()) << "it has its agent";
}

TEST_F(MobileNodeTest, AsksForNoMoreThanTheAgentGrants) {
  play("mn");
  attach_visited();
  advertise(120);
  EXPECT_EQ(requests().at(0)[request::lifetime], 120U);
}

TEST_F(MobileNodeTest, AsksAgainWithinTheLifetimeThatTheAgentNames) {
  play("mn");
  attach_visited();
  advertise();
  const Sent asked = requests().at(0);
  arrive_message("visited", {kFaVisited}, kMn,
                 reply_to(asked, {{reply::code, 69}, {reply::lifetime, 90}}),
                 static_cast<std::uint16_t>(asked.source_port()));
  pass(2s);
  const auto sent = requests();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0][request::lifetime], 90U);
}

// RFC 3344 §3.6.3: not before a second, then at least doubled, each time a new Identification.
TEST_F(MobileNodeTest, RetransmitsEverMoreSlowlyWithANewIdentification) {
  play("mn");
  attach_colocated();
  pass(120s);
  const auto sent = requests();
  ASSERT_THAT(sent, SizeIs(6)) << "the first and five more";
  net::Duration before{};
  for (std::size_t i = 1; i < sent.size(); ++i) {
    const net::Duration pause = sent[i].time - sent[i - 1].time;
    EXPECT_GE(pause, std::max<net::Duration>(1s, before * 2)) << i;
    EXPECT_GT(sent[i][request::identification], sent[i - 1][request::identification]) << i;
    EXPECT_EQ(check("ha", "mn", sent[i]), Checked::valid) << i;
    before = pause;
  }
}

TEST_F(MobileNodeTest, WithNoncesAnUnansweredRequestIsSentAgainAsItWas) {
  network_ = network();
  network_.associations[2].association.replay = crypto::Replay::nonces;
  play_as_is("mn");
  attach_colocated();
  pass(1500ms);
  const auto sent = requests();
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_TRUE(std::ranges::equal(sent[0].message().bytes(), sent[1].message().bytes()));
}

TEST_F(MobileNodeTest, RenewsBeforeTheGrantedLifetimeEnds) {
  play("mn");
  attach_colocated();
  const Sent asked = requests().at(0);
  answer(asked, {{reply::lifetime, 40}});
  pass(15s);
  EXPECT_THAT(requests(), IsEmpty()) << "no retransmission once it is answered";
  pass(25s);
  const auto sent = requests();
  ASSERT_FALSE(sent.empty());
  EXPECT_LT(sent[0].time, asked.time + 40s);
  EXPECT_GT(sent[0][request::identification], asked[request::identification]);
}

TEST_F(MobileNodeTest, DoesNotRenewAnInfiniteLifetime) {
  play("mn", R"({"nodes": {"mn": {"parameters": {"lifetime": 65535}}}})");
  attach_colocated();
  answer(requests().at(0));
  pass(24h);
  EXPECT_THAT(requests(), IsEmpty());
}

/// What is no answer to the request: it goes on asking.
class NoAnswer : public MobileNodeTest {
 protected:
  void SetUp() override {
    play("mn");
    attach_colocated();
    asked_.emplace(requests().at(0));
  }
  void give(wire::Buffer message) {
    arrive_message("hotspot", {kHa}, kHotspot, message,
                   static_cast<std::uint16_t>(asked_->source_port()));
    pass(1500ms);
    EXPECT_THAT(requests(), SizeIs(1));
  }
  std::optional<Sent> asked_;
};

TEST_F(NoAnswer, OfAnotherIdentification) {
  give(signed_by(
      "ha", "mn",
      reply_to(*asked_, {{reply::identification, (*asked_)[request::identification] ^ 1}})));
}
TEST_F(NoAnswer, NotSigned) {
  give(reply_to(*asked_));
}
TEST_F(NoAnswer, SignedByAnother) {
  give(signed_by("mipp", "mn", reply_to(*asked_)));
}
TEST_F(NoAnswer, AlteredAfterwards) {
  wire::Buffer message = signed_by("ha", "mn", reply_to(*asked_));
  message[3] ^= 1;
  give(message);
}
TEST_F(NoAnswer, CutShort) {
  wire::Buffer message = signed_by("ha", "mn", reply_to(*asked_));
  message.resize(19);
  give(message);
}
TEST_F(NoAnswer, WithAnUnknownExtensionThatMayNotBeSkipped) {
  wire::Buffer message = reply_to(*asked_);
  message.insert(message.end(), {99, 0});
  give(signed_by("ha", "mn", message));
}

// RFC 3344 §3.6.2.1: only the low-order half has to match; the other one sets the clock.
TEST_F(MobileNodeTest, AfterA133ItFollowsTheClockOfTheHomeAgent) {
  play("mn");
  attach_colocated();
  const Sent asked = requests().at(0);
  const std::uint64_t an_hour = std::uint64_t{3600} << 32U;
  answer(asked, {{reply::code, Code::identification_mismatch},
                 {reply::identification, asked[request::identification] + an_hour}});
  pass(2s);
  const auto sent = requests();
  ASSERT_THAT(sent, SizeIs(1));
  const auto off = crypto::ntp_distance(sent[0][request::identification], timestamp() + an_hour);
  EXPECT_LT(std::abs(off), crypto::ntp_units(3s));
}

TEST_F(MobileNodeTest, ADenialIsNotAskedForAgain) {
  play("mn");
  attach_colocated();
  answer(requests().at(0), {{reply::code, Code::administratively_prohibited}});
  pass(60s);
  EXPECT_THAT(requests(), IsEmpty());
}

TEST_F(MobileNodeTest, NotMoreThanOneRequestASecond) {
  play("mn");
  attach_colocated();
  answer(requests().at(0));
  command("register");
  EXPECT_THAT(requests(), IsEmpty());
  pass(1100ms);
  EXPECT_THAT(requests(), SizeIs(1));
}

TEST_F(MobileNodeTest, BackHomeItAnnouncesItselfAndDeregistersAllBindings) {
  play("mn");
  attach_colocated();
  answer(requests().at(0));
  pass(5s);
  take_arp();
  command("move", {{"link", "home"}});
  const auto arp = take_arp();
  ASSERT_THAT(arp, SizeIs(1));
  EXPECT_EQ(arp[0].address(wire::arp::sender_ip), kMn);
  EXPECT_EQ(arp[0].to(), wire::kBroadcastMac);
  const auto sent = requests();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].link, "home");
  EXPECT_EQ(sent[0][request::lifetime], 0U);
  EXPECT_EQ(sent[0].address(request::care_of_address), kMn);
}

TEST_F(MobileNodeTest, WithoutAHomeAddressItIsKnownByItsNai) {
  play("mn", R"({"nodes": {"mn": {"home_address": null}}})");
  attach_visited();
  advertise();
  const Sent asked = requests().at(0);
  EXPECT_TRUE(asked.address(request::home_address).is_zero());
  EXPECT_TRUE(asked.source().is_zero());
  EXPECT_EQ(asked.body().nai(), "mn@example.com");
  ASSERT_THAT(asked.body().extensions(), SizeIs(2));
  EXPECT_EQ(asked.body().extensions()[0].layout, &mip4::nai::layout) << "before the authenticator";
}

// RFC 3519 §4.4.
TEST_F(MobileNodeTest, ANodeWithACoLocatedAddressMayAskForAUdpTunnel) {
  play("mn", R"({"nodes": {"mn": {"parameters": {"udp_tunnel": true}}}})");
  attach_colocated();
  const Sent asked = requests().at(0);
  ASSERT_THAT(asked.body().extensions(), SizeIs(2));
  EXPECT_EQ(asked.body().extensions()[0].layout, &mip4::udp_tunnel_request::layout);
}

/// A datagram for the home address that comes through a tunnel is the node's own.
class TunnelToMobileNode : public MobileNodeTest {
 protected:
  void SetUp() override {
    play("mn");
    attach_colocated();
    asked_.emplace(requests().at(0));
    answer(*asked_);
  }
  const wire::Buffer echo_ =
      wire::icmp_datagram({.source = kCn, .destination = kMn}, wire::make(icmp::echo::request));
  std::optional<Sent> asked_;
};

TEST_F(TunnelToMobileNode, InIp) {
  arrive_ip("hotspot", kPeerMac, net::encapsulate(echo_, kHa, kHotspot));
  EXPECT_THAT(take(icmp::echo::reply), SizeIs(1));
}
TEST_F(TunnelToMobileNode, InUdp) {
  arrive_message("hotspot", {kHa}, kHotspot, net::udp_tunnel_payload(echo_),
                 static_cast<std::uint16_t>(asked_->source_port()));
  EXPECT_THAT(take(icmp::echo::reply), SizeIs(1));
}

TEST_F(MobileNodeTest, KnowsItsCommandsAlone) {
  play("mn");
  EXPECT_THROW(command("fly"), model::InputError);
  EXPECT_THROW(command("attach", {{"link", "public"}}), model::InputError);
}

}  // namespace
}  // namespace mipvet::roles

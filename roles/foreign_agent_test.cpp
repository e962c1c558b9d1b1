#include "roles/foreign_agent.h"

#include "engine/net/tunnel.h"
#include "engine/wire/icmp.h"
#include "roles/role_for_test.h"

// What a foreign agent does with requests and replies: RFC 3344 §3.7, RFC 3024 §4.2.1.

namespace mipvet::roles {
namespace {

using namespace testing;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::uint16_t kMnPort = 40434;

class ForeignAgentTest : public RoleTest {
 protected:
  void SetUp() override { play("fa"); }

  /// A request of the mobile node for this agent, signed for the home agent.
  wire::Buffer visit(std::initializer_list<wire::FieldValue> changes = {}) {
    wire::Buffer message = changed(request_of({{request::decapsulation_by_mobile_node, false},
                                               {request::care_of_address, kFaPublic}}),
                                   changes);
    return signed_by("mn", "ha", message);
  }
  void ask(wire::Bytes message, std::uint8_t ttl = 255) {
    arrive_message("visited", {kMn, kMnPort, ttl}, kFaVisited, message);
  }
  /// The home agent answers what was relayed to it.
  void answer(const Sent& relayed, std::initializer_list<wire::FieldValue> changes = {}) {
    arrive_message("public", {kHa}, kFaPublic, signed_by("ha", "mn", reply_to(relayed, changes)));
  }
  void expect_denied(wire::Bytes message, Code code, std::uint8_t ttl = 255) {
    ask(message, ttl);
    const auto sent = take();
    ASSERT_THAT(sent, SizeIs(1)) << "denied, not relayed";
    EXPECT_TRUE(sent[0].is(reply::layout));
    EXPECT_EQ(sent[0][reply::code], static_cast<std::uint64_t>(code));
    EXPECT_EQ(sent[0].to(), kPeerMac);
    EXPECT_EQ(sent[0].destination_port(), kMnPort);
    EXPECT_EQ(sent[0][reply::identification], wire::read(message, request::identification));
    EXPECT_EQ(sent[0].address(reply::home_address), kMn);
  }
};

TEST_F(ForeignAgentTest, RelaysARequestAsItIs) {
  const wire::Buffer asked = visit();
  ask(asked);
  const auto sent = requests();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].link, "public");
  EXPECT_EQ(sent[0].source(), kFaPublic);
  EXPECT_EQ(sent[0].destination(), kHa);
  EXPECT_EQ(sent[0].destination_port(), mip4::kPort);
  EXPECT_TRUE(std::ranges::equal(sent[0].message().bytes(), asked));
}

// RFC 3344 §3.7.2.2: what follows the Mobile-Home authenticator is for the agent alone.
TEST_F(ForeignAgentTest, KeepsWhatFollowsTheAuthenticator) {
  const wire::Buffer asked = visit();
  wire::Buffer longer = asked;
  append_nai(longer, "for.the.agent@example.com");
  ask(longer);
  EXPECT_TRUE(std::ranges::equal(requests().at(0).message().bytes(), asked));
}

TEST_F(ForeignAgentTest, PassesTheReplyToTheMobileNodeByItsMacAddress) {
  ask(visit());
  answer(requests().at(0));
  const auto sent = replies();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].link, "visited");
  EXPECT_EQ(sent[0].to(), kPeerMac);
  EXPECT_EQ(sent[0].source(), kFaVisited);
  EXPECT_EQ(sent[0].destination(), kMn);
  EXPECT_EQ(sent[0].destination_port(), kMnPort);
  EXPECT_EQ(check("mn", "ha", sent[0]), Checked::valid) << "not altered";
  pass(10s);
  EXPECT_THAT(replies(), IsEmpty()) << "no time-out of what was answered";
}

TEST_F(ForeignAgentTest, AReplyIsMatchedByTheLowOrderIdentification) {
  ask(visit());
  const Sent relayed = requests().at(0);
  const std::uint64_t identification = relayed[request::identification];
  answer(relayed, {{reply::identification, identification ^ 1}});
  EXPECT_THAT(replies(), IsEmpty());
  answer(relayed,
         {{reply::code, 133}, {reply::identification, identification ^ (std::uint64_t{1} << 40U)}});
  EXPECT_THAT(replies(), SizeIs(1));
}

TEST_F(ForeignAgentTest, ASecondReplyIsDiscarded) {
  ask(visit());
  const Sent relayed = requests().at(0);
  answer(relayed);
  answer(relayed);
  EXPECT_THAT(replies(), SizeIs(1));
}

TEST_F(ForeignAgentTest, AReplyWithoutARequestIsDiscarded) {
  arrive_message("public", {kHa}, kFaPublic,
                 signed_by("ha", "mn", wire::make(reply::layout, {{reply::home_address, kMn}})));
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(ForeignAgentTest, TimesOutWithCode78) {
  ask(visit());
  requests();
  pass(6s);
  EXPECT_THAT(replies(), IsEmpty());
  pass(2s);
  const auto sent = replies();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0][reply::code], 78U);
}

// With nonces the same request comes again (RFC 3344 §3.6.3): it has its full time.
TEST_F(ForeignAgentTest, ARepeatedRequestBeginsItsTimeAnew) {
  const wire::Buffer asked = visit();
  ask(asked);
  pass(5s);
  ask(asked);
  pass(5s);
  EXPECT_THAT(replies(), IsEmpty());
  pass(3s);
  EXPECT_THAT(replies(), SizeIs(1));
}

TEST_F(ForeignAgentTest, NamesItsMaximumWithCode69) {
  ask(visit({{request::lifetime, 601}}));
  const auto sent = take();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0][reply::code], 69U);
  EXPECT_EQ(sent[0][reply::lifetime], 600U);
  ask(visit({{request::lifetime, 600}}));
  EXPECT_THAT(requests(), SizeIs(1)) << "the maximum itself is granted";
}

TEST_F(ForeignAgentTest, Denials) {
  expect_denied(visit({{request::reserved_x, true}}), Code::fa_poorly_formed_request);
  expect_denied(visit({{request::reserved_r, true}}), Code::fa_poorly_formed_request);
  expect_denied(visit({{request::care_of_address, ip("203.0.113.99")}}),
                Code::fa_invalid_care_of_address);
  expect_denied(visit({{request::home_agent, kFaVisited}}), Code::unknown_home_agent_address);
  expect_denied(visit({{request::gre_encapsulation, true}}),
                Code::fa_requested_encapsulation_unavailable);
  expect_denied(visit({{request::minimal_encapsulation, true}}),
                Code::fa_requested_encapsulation_unavailable);
  expect_denied(visit({{request::reverse_tunneling, true}}), Code::fa_mobile_node_too_distant, 64);
}

// RFC 3024 §4.2.1.
TEST_F(ForeignAgentTest, ADistantNodeIsToldSoNotMoreThanOnceASecond) {
  const wire::Buffer asked = visit({{request::reverse_tunneling, true}});
  ask(asked, 64);
  ask(asked, 64);
  EXPECT_THAT(take(), SizeIs(1));
  pass(1s);
  ask(asked, 64);
  EXPECT_THAT(replies(), SizeIs(1));
}

TEST_F(ForeignAgentTest, WithoutReverseTunnelsCode74) {
  play("fa", R"({"nodes": {"fa": {"parameters": {"reverse_tunneling": false}}}})");
  expect_denied(visit({{request::reverse_tunneling, true}}), Code::fa_reverse_tunnel_unavailable);
}

TEST_F(ForeignAgentTest, ANodeWithAKeyOfItsOwnHasToUseIt) {
  network_ = network(R"({"security_associations": [
      {"between": ["mn", "ha"], "spi": 768, "key": "00"},
      {"between": ["mn", "fa"], "spi": 1024, "key": "01"}]})");
  play_as_is("fa");
  expect_denied(visit(), Code::fa_mobile_node_failed_authentication);
  ask(signed_by("mn", "fa", visit(), authentication::mobile_foreign));
  EXPECT_THAT(requests(), SizeIs(1));
}

TEST_F(ForeignAgentTest, AgentsWithACommonKeySignForEachOther) {
  network_ = network(R"({"security_associations": [
      {"between": ["mn", "ha"], "spi": 768, "key": "00"},
      {"between": ["fa", "ha"], "spi": 1280, "key": "02"}]})");
  play_as_is("fa");
  ask(visit());
  const Sent relayed = requests().at(0);
  EXPECT_EQ(check("ha", "fa", relayed, authentication::foreign_home), Checked::valid);
  answer(relayed);
  EXPECT_EQ(replies().at(0)[reply::code], 68U) << "the reply is not signed for the agent";
}

TEST_F(ForeignAgentTest, DropsWhatItMayNotSkip) {
  wire::Buffer unknown = request_of({{request::care_of_address, kFaPublic}});
  unknown.insert(unknown.end(), {99, 0});
  ask(signed_by("mn", "ha", unknown));
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(ForeignAgentTest, IcmpErrorsTellWhatIsUnreachable) {
  constexpr std::array<std::uint64_t, 4> codes{80, 81, 88, 82};
  for (std::uint8_t code = 0; code < 4; ++code) {
    ask(visit());
    const Sent relayed = requests().at(0);
    arrive_ip("public", kPeerMac,
              wire::icmp_datagram(
                  {.source = kProxy, .destination = kFaPublic},
                  wire::icmp_error(wire::icmp::error::unreachable, code, relayed.ip().bytes())));
    const auto sent = replies();
    ASSERT_THAT(sent, SizeIs(1));
    EXPECT_EQ(sent[0][reply::code], codes[code]);
    pass(1s);
  }
}

// RFC 3344 §3.7.2.3 speaks of unreachables; a TTL that ran out says nothing of the home agent.
TEST_F(ForeignAgentTest, OtherIcmpErrorsChangeNothing) {
  ask(visit());
  const Sent relayed = requests().at(0);
  arrive_ip("public", kPeerMac,
            wire::icmp_datagram(
                {.source = kProxy, .destination = kFaPublic},
                wire::icmp_error(wire::icmp::error::time_exceeded, 0, relayed.ip().bytes())));
  EXPECT_THAT(replies(), IsEmpty());
}

/// The node is registered with reverse tunnelling.
class VisitorTest : public ForeignAgentTest {
 protected:
  void SetUp() override {
    ForeignAgentTest::SetUp();
    ask(visit({{request::reverse_tunneling, true}, {request::lifetime, 60}}));
    answer(requests().at(0), {{reply::lifetime, 30}});
    take();
  }
  const wire::Buffer to_mn_ = wire::icmp_datagram({.source = kCn, .destination = kMn},
                                                  wire::make(wire::icmp::echo::request));
  const wire::Buffer from_mn_ = wire::icmp_datagram({.source = kMn, .destination = kCn},
                                                    wire::make(wire::icmp::echo::request));
};

TEST_F(VisitorTest, DatagramsLeaveTheTunnelForTheVisitor) {
  arrive_ip("public", kPeerMac, net::encapsulate(to_mn_, kHa, kFaPublic));
  const auto sent = take();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].link, "visited");
  EXPECT_EQ(sent[0].to(), kPeerMac);
  EXPECT_TRUE(std::ranges::equal(sent[0].ip().bytes(), to_mn_));
}

TEST_F(VisitorTest, ItsDatagramsGoBackThroughTheTunnel) {
  arrive_ip("visited", kPeerMac, from_mn_);
  const auto sent = take();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].source(), kFaPublic);
  EXPECT_EQ(sent[0].destination(), kHa);
  EXPECT_EQ(sent[0].ip(1).address(wire::ip::source), kMn);
}

TEST_F(VisitorTest, AfterTheGrantedLifetimeItIsNoVisitor) {
  pass(31s);
  take();
  arrive_ip("visited", kPeerMac, from_mn_);
  for (const Sent& sent : take()) EXPECT_EQ(sent.source(), kMn) << "not tunnelled";
}

TEST_F(ForeignAgentTest, SaysNothingWhenSilenced) {
  command("silence");
  ask(visit());
  EXPECT_THAT(take(), IsEmpty());
  command("answer");
  ask(visit());
  EXPECT_THAT(requests(), SizeIs(1));
  EXPECT_THROW(command("fly"), model::InputError);
}

}  // namespace
}  // namespace mipvet::roles

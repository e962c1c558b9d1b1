#include "roles/mip_proxy.h"

#include "engine/wire/icmp.h"
#include "roles/role_for_test.h"

// How the proxy relays and answers: draft-adrangi-mobileip-vpn-traversal-02 §2.2, §2.3, §2.6.
// What it refuses by itself: mip_proxy_denials_test.cpp.

namespace mipvet::roles {
namespace {

using namespace testing;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::uint16_t kMnPort = 40434;

class MipProxyTest : public RoleTest {
 protected:
  void SetUp() override { play("mipp"); }

  /// A request for the proxy that names the home agent, signed.
  wire::Buffer asked(std::initializer_list<wire::FieldValue> changes = {}, wire::Bytes more = {}) {
    wire::Buffer message = changed(
        request_of({{request::reverse_tunneling, true}, {request::home_agent, kProxy}}), changes);
    message.insert(message.end(), more.begin(), more.end());
    wire::append_ha_parameter(message, network_.decode, kHa);
    return signed_by("mn", "mipp", message);
  }
  void ask(wire::Bytes message, wire::Ipv4Address source = kHotspot) {
    arrive_message("public", {source, kMnPort}, kProxy, message);
  }
  void answer(const Sent& relayed, std::initializer_list<wire::FieldValue> changes = {}) {
    arrive_message("private", {kHa}, kProxyInside,
                   signed_by("ha", "mipp", reply_to(relayed, changes)));
  }
  void unreachable(const Sent& relayed, std::uint8_t code) {
    arrive_ip("private", kPeerMac,
              wire::icmp_datagram(
                  {.source = ip("10.0.0.3"), .destination = kProxyInside},
                  wire::icmp_error(wire::icmp::error::unreachable, code, relayed.ip().bytes())));
  }
};

// MIPP §2.2.2: its own address inside stands for the mobile node's.
TEST_F(MipProxyTest, RelaysARequestWithItsOwnCareOfAddress) {
  const wire::Buffer message = asked();
  ask(message);
  const auto sent = requests();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].link, "private");
  EXPECT_EQ(sent[0].source(), kProxyInside);
  EXPECT_EQ(sent[0].destination(), kHa);
  EXPECT_EQ(sent[0].destination_port(), mip4::kPort);
  EXPECT_EQ(sent[0].address(request::care_of_address), kProxyInside);
  EXPECT_EQ(sent[0].address(request::home_agent), kHa);
  EXPECT_EQ(sent[0].address(request::home_address), kMn);
  EXPECT_EQ(sent[0][request::lifetime], 300U);
  EXPECT_EQ(sent[0][request::identification], wire::read(message, request::identification));
  EXPECT_EQ(sent[0][request::reverse_tunneling], 1U);
  EXPECT_EQ(sent[0][request::decapsulation_by_mobile_node], 0U) << "D is the mobile node's";
  EXPECT_EQ(check("ha", "mipp", sent[0]), Checked::valid);
}

TEST_F(MipProxyTest, PassesOnTheExtensionsThatAreNotForIt) {
  wire::Buffer more;
  wire::append_extension(more, mip4::vendor_normal::layout, {{mip4::vendor_normal::vendor, 9}});
  ask(asked({{request::simultaneous_bindings, true}}, more));
  const Sent relayed = requests().at(0);
  EXPECT_EQ(relayed[request::simultaneous_bindings], 0U) << "MIPP §2.2.1";
  ASSERT_THAT(relayed.body().extensions(), SizeIs(2)) << "no HA Parameter, no second signature";
  EXPECT_EQ(relayed.body().extensions()[0].layout, &mip4::vendor_normal::layout);
  EXPECT_EQ(relayed.body().extensions()[1].layout, &authentication::mobile_home);
}

TEST_F(MipProxyTest, AsksForBroadcastsOnlyIfItDeclaresThem) {
  ask(asked({{request::broadcast_datagrams, true}}));
  EXPECT_EQ(requests().at(0)[request::broadcast_datagrams], 0U);
  play("mipp", R"({"nodes": {"mipp": {"supports": ["broadcast"]}}})");
  ask(asked({{request::broadcast_datagrams, true}}));
  EXPECT_EQ(requests().at(0)[request::broadcast_datagrams], 1U);
}

// MIPP §2.3.1: the mobile node knows the proxy as its home agent.
TEST_F(MipProxyTest, PassesTheReplyOnUnderItsOwnName) {
  ask(asked());
  const Sent relayed = requests().at(0);
  answer(relayed, {{reply::lifetime, 120}});
  const auto sent = replies();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].link, "public");
  EXPECT_EQ(sent[0].source(), kProxy);
  EXPECT_EQ(sent[0].destination(), kHotspot);
  EXPECT_EQ(sent[0].destination_port(), kMnPort);
  EXPECT_EQ(sent[0][reply::code], 0U);
  EXPECT_EQ(sent[0][reply::lifetime], 120U);
  EXPECT_EQ(sent[0].address(reply::home_agent), kProxy);
  EXPECT_EQ(sent[0][reply::identification], relayed[request::identification]);
  const wire::View parameter = sent[0].body().extension(mip4::ha_parameter::layout);
  EXPECT_EQ(parameter.address(mip4::ha_parameter::home_agent_address), kHa);
  EXPECT_EQ(check("mn", "mipp", sent[0]), Checked::valid);
}

TEST_F(MipProxyTest, PassesOnTheDenialOfTheHomeAgent) {
  ask(asked());
  answer(requests().at(0), {{reply::code, Code::insufficient_resources}});
  EXPECT_EQ(replies().at(0)[reply::code], 130U);
}

TEST_F(MipProxyTest, AReplyCountsOnce) {
  ask(asked());
  const Sent relayed = requests().at(0);
  answer(relayed);
  answer(relayed);
  EXPECT_THAT(replies(), SizeIs(1));
}

TEST_F(MipProxyTest, DiscardsRepliesThatAreNoAnswer) {
  ask(asked());
  const Sent relayed = requests().at(0);
  const wire::Buffer right = signed_by("ha", "mipp", reply_to(relayed));
  const auto give = [&](wire::Bytes message, wire::Ipv4Address source = kHa) {
    arrive_message("private", {source}, kProxyInside, message);
    return replies().size();
  };
  EXPECT_EQ(give(reply_to(relayed)), 0U) << "not signed";
  wire::Buffer altered = right;
  altered[3] ^= 1;
  EXPECT_EQ(give(altered), 0U);
  EXPECT_EQ(give(signed_by("ha", "mipp", right)), 0U) << "signed twice";
  EXPECT_EQ(give(right, ip("10.0.0.3")), 0U) << "not from the home agent";
  EXPECT_EQ(
      give(signed_by(
          "ha", "mipp",
          reply_to(relayed, {{reply::identification, relayed[request::identification] ^ 1}}))),
      0U);
  EXPECT_EQ(give(signed_by("ha", "mipp", reply_to(relayed, {{reply::home_address, kCn}}))), 0U);
  EXPECT_EQ(give(right), 1U) << "and this one is the answer";
}

// MIPP §2.6.5: a pending request ends with the lifetime that it asked for.
TEST_F(MipProxyTest, ALateReplyIsDiscarded) {
  ask(asked({{request::lifetime, 20}}));
  const Sent relayed = requests().at(0);
  pass(21s);
  answer(relayed);
  EXPECT_THAT(replies(), IsEmpty());
}

TEST_F(MipProxyTest, TwoRequestsWaitSideBySide) {
  ask(asked());
  pass(1s);
  ask(asked());
  const auto relayed = requests();
  ASSERT_THAT(relayed, SizeIs(2));
  answer(relayed[1]);
  answer(relayed[0]);
  const auto sent = replies();
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(sent[0][reply::identification], relayed[1][request::identification]);
  EXPECT_EQ(sent[1][reply::identification], relayed[0][request::identification]);
}

// MIPP §2.6.7.
TEST_F(MipProxyTest, AnUnreachableHomeAgentIsCode202) {
  for (std::uint8_t code = 0; code < 4; ++code) {
    ask(asked());
    unreachable(requests().at(0), code);
    const auto sent = replies();
    ASSERT_THAT(sent, SizeIs(1)) << int{code};
    EXPECT_EQ(sent[0][reply::code], 202U);
    EXPECT_EQ(check("mn", "mipp", sent[0]), Checked::valid);
    pass(1s);
  }
}

TEST_F(MipProxyTest, OtherIcmpErrorsChangeNothing) {
  ask(asked());
  const Sent relayed = requests().at(0);
  unreachable(relayed, 4);  // fragmentation needed
  EXPECT_THAT(replies(), IsEmpty());
  answer(relayed);
  EXPECT_THAT(replies(), SizeIs(1));
}

TEST_F(MipProxyTest, DatagramsForTheNodeGoToItsCareOfAddressUntilItsLifetimeEnds) {
  ask(asked({{request::lifetime, 60}}));
  answer(requests().at(0), {{reply::lifetime, 30}});
  take();
  const wire::Buffer datagram = wire::icmp_datagram({.source = kCn, .destination = kMn},
                                                    wire::make(wire::icmp::echo::request));
  arrive_ip("private", kPeerMac, datagram);
  const auto sent = take();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].source(), kProxy);
  EXPECT_EQ(sent[0].destination(), kHotspot);
  EXPECT_EQ(sent[0].ip(1).address(wire::ip::destination), kMn);
  pass(31s);
  arrive_ip("private", kPeerMac, datagram);
  for (const Sent& one : take()) EXPECT_NE(one.destination(), kHotspot);
}

// Behind a NAT: RFC 3519 as MIPP §2.2.3 takes it over.
TEST_F(MipProxyTest, AnswersTheUdpTunnelRequestItself) {
  wire::Buffer more;
  wire::append_extension(more, mip4::udp_tunnel_request::layout, {});
  ask(asked({{request::care_of_address, ip("192.168.1.77")}}, more), ip("203.0.113.41"));
  const Sent relayed = requests().at(0);
  EXPECT_FALSE(relayed.body().find(mip4::udp_tunnel_request::layout));
  answer(relayed);
  const Sent sent = replies().at(0);
  EXPECT_EQ(sent.destination(), ip("203.0.113.41"));
  const wire::View extension = sent.body().extension(mip4::udp_tunnel_reply::layout);
  ASSERT_TRUE(extension);
  EXPECT_EQ(extension[mip4::udp_tunnel_reply::reply_code], 0U);
}

TEST_F(MipProxyTest, HasNoCommands) {
  EXPECT_THROW(command("fly"), model::InputError);
}

}  // namespace
}  // namespace mipvet::roles

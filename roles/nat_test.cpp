#include "roles/nat.h"

#include "engine/wire/icmp.h"
#include "roles/role_for_test.h"

// A NAT that translates addresses and ports: RFC 3519 §1, RFC 3022.

namespace mipvet::roles {
namespace {

using namespace testing;
namespace icmp = wire::icmp;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const wire::Ipv4Address kClient = ip("192.168.1.77");
const wire::Ipv4Address kOther = ip("192.168.1.78");
const wire::Ipv4Address kOutside = ip("203.0.113.41");
const wire::Buffer kPayload = wire::make(request::layout);

class NatTest : public RoleTest {
 protected:
  void SetUp() override { play("nat"); }

  void send_out(wire::Ipv4Address from, std::uint16_t port, std::uint8_t ttl = 64) {
    arrive_ip("nat-inside", kPeerMac,
              wire::udp_datagram({.source = from, .destination = kProxy, .time_to_live = ttl},
                                 {port, mip4::kPort}, kPayload));
  }
  void send_in(std::uint16_t port) {
    arrive_ip("public", kPeerMac,
              wire::udp_datagram({.source = kProxy, .destination = kOutside}, {mip4::kPort, port},
                                 kPayload));
  }
  /// The outside port of what the NAT sent out.
  std::uint16_t outside_port() {
    const auto sent = take();
    EXPECT_THAT(sent, SizeIs(1));
    return sent.empty() ? std::uint16_t{0} : static_cast<std::uint16_t>(sent[0].source_port());
  }
};

TEST_F(NatTest, TranslatesOutwardsAndBack) {
  send_out(kClient, 40434);
  auto sent = take();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].link, "public");
  EXPECT_EQ(sent[0].source(), kOutside);
  EXPECT_EQ(sent[0].destination(), kProxy);
  EXPECT_NE(sent[0].source_port(), 40434U);
  EXPECT_EQ(sent[0].destination_port(), mip4::kPort);
  EXPECT_EQ(sent[0].ip()[wire::ip::time_to_live], 63U);
  EXPECT_EQ(sent[0].packet().defects(), 0) << "checksums made right";
  send_in(static_cast<std::uint16_t>(sent[0].source_port()));
  sent = take();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].link, "nat-inside");
  EXPECT_EQ(sent[0].destination(), kClient);
  EXPECT_EQ(sent[0].destination_port(), 40434U);
  EXPECT_EQ(sent[0].packet().defects(), 0);
}

TEST_F(NatTest, OneMappingForEachEndInside) {
  send_out(kClient, 5000);
  const auto first = outside_port();
  send_out(kClient, 5000);
  EXPECT_EQ(outside_port(), first);
  send_out(kOther, 5000);
  const auto second = outside_port();
  EXPECT_NE(second, first);
  send_in(second);
  EXPECT_EQ(take().at(0).destination(), kOther);
}

TEST_F(NatTest, KeepsPortsWhereItIsToldTo) {
  play("nat", R"({"nodes": {"nat": {"parameters": {"random_ports": false}}}})");
  send_out(kClient, 5000);
  EXPECT_EQ(outside_port(), 5000U);
  send_out(kOther, 5000);
  EXPECT_NE(outside_port(), 5000U) << "that one is taken";
}

TEST_F(NatTest, WhatNobodyAskedForIsDropped) {
  send_in(5000);
  EXPECT_THAT(take(), IsEmpty()) << "nor does the NAT answer that itself";
}

TEST_F(NatTest, AnIdleMappingIsGivenToTheNextAndForgotten) {
  play("nat", R"({"nodes": {"nat": {"parameters": {"mapping_timeout": 10}}}})");
  send_out(kClient, 5000);
  const auto before = outside_port();
  pass(11s);
  send_out(kOther, 5000);
  take();
  send_in(before);
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(NatTest, AnIdleMappingLetsNothingIn) {
  play("nat", R"({"nodes": {"nat": {"parameters": {"mapping_timeout": 10}}}})");
  send_out(kClient, 5000);
  const auto port = outside_port();
  pass(9s);
  send_in(port);
  EXPECT_THAT(take(), SizeIs(1));
  pass(11s);
  send_in(port);
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(NatTest, ForgetsOnCommand) {
  send_out(kClient, 5000);
  const auto port = outside_port();
  command("forget");
  send_in(port);
  EXPECT_THAT(take(), IsEmpty());
  EXPECT_THROW(command("fly"), model::InputError);
}

TEST_F(NatTest, TranslatesTheIdentifierOfEchoes) {
  arrive_ip("nat-inside", kPeerMac,
            wire::icmp_datagram({.source = kClient, .destination = kProxy},
                                wire::make(icmp::echo::request, {{icmp::echo::identifier, 7}})));
  const Sent out = take().at(0);
  EXPECT_EQ(out.source(), kOutside);
  EXPECT_EQ(out.packet().defects(), 0);
  arrive_ip(
      "public", kPeerMac,
      wire::icmp_datagram(
          {.source = kProxy, .destination = kOutside},
          wire::make(icmp::echo::reply, {{icmp::echo::identifier, out[icmp::echo::identifier]}})));
  const Sent in = take().at(0);
  EXPECT_EQ(in.destination(), kClient);
  EXPECT_EQ(in[icmp::echo::identifier], 7U);
  EXPECT_EQ(in.packet().defects(), 0);
}

// RFC 3022 §4.3: the quote names the end inside again.
TEST_F(NatTest, TranslatesTheQuoteOfAnIcmpError) {
  send_out(kClient, 5000);
  const Sent out = take().at(0);
  arrive_ip("public", kPeerMac,
            wire::icmp_datagram({.source = kProxy, .destination = kOutside},
                                wire::icmp_error(icmp::error::unreachable, 3, out.ip().bytes())));
  const auto sent = take();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0].destination(), kClient);
  ASSERT_TRUE(sent[0].is(icmp::error::unreachable));
  const auto quoted = sent[0].packet().quoted();
  ASSERT_THAT(quoted, SizeIs(::testing::Ge(2U)));
  EXPECT_EQ(sent[0].packet().view(quoted[0]).address(wire::ip::source), kClient);
  EXPECT_EQ(sent[0].packet().view(quoted[1])[wire::udp::source_port], 5000U);
  EXPECT_EQ(sent[0].packet().defects(), 0);
}

TEST_F(NatTest, SendsNothingOnWhoseTimeToLiveIsOver) {
  send_out(kClient, 5000, 1);
  EXPECT_THAT(take(), IsEmpty());
}

}  // namespace
}  // namespace mipvet::roles

#include "roles/user_traffic.h"

#include <gmock/gmock.h>

#include "engine/net/environment_for_test.h"
#include "engine/wire/compose.h"
#include "engine/wire/frame.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ipv4.h"

// What the user of a mobile node sends and answers, and that nothing leaves while no way is open.

namespace mipvet::roles {
namespace {

using namespace std::chrono_literals;
namespace icmp = wire::icmp;

constexpr wire::Ipv4Address kHome{0x0A010005};
constexpr wire::Ipv4Address kOther{0x0A010009};

class UserTrafficTest : public ::testing::Test {
 protected:
  void open() {
    user_.open(
        [this](wire::Bytes datagram) { sent_.emplace_back(datagram.begin(), datagram.end()); });
  }
  static std::uint64_t type(const wire::Buffer& datagram) {
    return datagram[wire::ip::layout.minimum];
  }
  static wire::Ipv4Address destination(const wire::Buffer& datagram) {
    return wire::View(wire::ip::layout, datagram).address(wire::ip::destination);
  }
  static wire::Buffer echo(const wire::Layout& kind, wire::Ipv4Address to) {
    return wire::icmp_datagram({.source = kOther, .destination = to},
                               wire::make(kind, {{icmp::echo::identifier, 7}}));
  }

  net::testing::TestEnvironment environment_;
  UserTraffic user_{environment_, kHome};
  std::vector<wire::Buffer> sent_;
};

TEST_F(UserTrafficTest, PingsAtItsIntervalAsOftenAsAsked) {
  open();
  user_.ping(kOther, 500ms, 3, 32);
  EXPECT_EQ(sent_.size(), 1U);
  environment_.pass(10s);
  ASSERT_EQ(sent_.size(), 3U);
  EXPECT_EQ(type(sent_[0]), icmp::kEchoRequestType);
  EXPECT_EQ(destination(sent_[0]), kOther);
}

TEST_F(UserTrafficTest, WhatFallsIntoATimeWithoutAWayIsLost) {
  user_.ping(kOther, 500ms, 4, 32);
  environment_.pass(700ms);
  EXPECT_TRUE(sent_.empty());
  open();
  environment_.pass(10s);
  EXPECT_EQ(sent_.size(), 2U);
}

TEST_F(UserTrafficTest, AnswersPingsToItsHomeAddressAlone) {
  open();
  user_.receive(echo(icmp::echo::request, kHome));
  ASSERT_EQ(sent_.size(), 1U);
  EXPECT_EQ(type(sent_[0]), icmp::kEchoReplyType);
  EXPECT_EQ(destination(sent_[0]), kOther);
  user_.receive(echo(icmp::echo::request, {0x0A010006}));
  EXPECT_EQ(sent_.size(), 1U);
}

TEST_F(UserTrafficTest, DoesNotAnswerWhileNoWayIsOpen) {
  user_.receive(echo(icmp::echo::request, kHome));
  open();
  EXPECT_TRUE(sent_.empty());
}

TEST_F(UserTrafficTest, CountsAnswers) {
  user_.receive(echo(icmp::echo::reply, kHome));
  EXPECT_EQ(user_.answers(), 1U);
}

TEST_F(UserTrafficTest, LeavesDamagedDatagramsAlone) {
  open();
  wire::Buffer damaged = echo(icmp::echo::request, kHome);
  damaged.back() ^= 1U;
  user_.receive(damaged);
  user_.receive(wire::Bytes(damaged).first(10));
  EXPECT_TRUE(sent_.empty());
}

}  // namespace
}  // namespace mipvet::roles

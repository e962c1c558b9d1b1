#include <gmock/gmock.h>

#include "engine/net/host_for_test.h"

// How a host finds its neighbours and answers them: RFC 826, RFC 3344 §4.6.

namespace mipvet::net {
namespace {

using namespace std::chrono_literals;
using testing::ip;
using ::testing::IsEmpty;
using ::testing::SizeIs;
namespace arp = wire::arp;

class HostArpTest : public testing::HostTest {};

TEST_F(HostArpTest, AsksForANeighbourThenSendsWhatWaited) {
  host_.send_ip(udp(peer_, 1));
  host_.send_ip(udp(peer_, 2));
  auto sent = take();
  ASSERT_THAT(sent, SizeIs(1)) << "one question for both";
  const wire::View question = (*sent[0])[arp::layout];
  EXPECT_EQ(sent[0]->port, kRight);
  EXPECT_EQ(sent[0]->to(), wire::kBroadcastMac);
  EXPECT_EQ(question[arp::operation], arp::kRequest);
  EXPECT_EQ(question.address(arp::target_ip), peer_);
  EXPECT_EQ(question.address(arp::sender_ip), own_right_);
  EXPECT_EQ(question.mac(arp::sender_mac), mac(kRight));
  arrive_arp(kRight, arp::kReply, peer_, own_right_);
  sent = take();
  ASSERT_THAT(sent, SizeIs(2));
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(sent[i]->to(), peer_mac_);
    EXPECT_EQ((*sent[i])[wire::udp::layout][wire::udp::destination_port], i + 1);
  }
  host_.send_ip(udp(peer_));
  EXPECT_THAT(take(), SizeIs(1)) << "it knows now";
}

TEST_F(HostArpTest, AsksThreeTimesThenGivesUp) {
  host_.send_ip(udp(peer_));
  environment_.pass(10s);
  EXPECT_THAT(take(), SizeIs(3));
  arrive_arp(kRight, arp::kRequest, peer_, own_right_);  // now it is known
  for (const auto& sent : take()) EXPECT_EQ(sent->message(), &arp::layout) << "nothing waited";
}

TEST_F(HostArpTest, KeepsABoundedNumberOfDatagrams) {
  for (int i = 0; i < 1000; ++i) host_.send_ip(udp(peer_));
  take();
  arrive_arp(kRight, arp::kReply, peer_, own_right_);
  EXPECT_THAT(take(), SizeIs(::testing::AllOf(::testing::Ge(1U), ::testing::Le(64U))));
}

TEST_F(HostArpTest, AnswersForItsOwnAddressOfThatLink) {
  arrive_arp(kRight, arp::kRequest, peer_, own_right_);
  const auto sent = take();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(sent[0]->to(), peer_mac_);
  const wire::View answer = (*sent[0])[arp::layout];
  EXPECT_EQ(answer[arp::operation], arp::kReply);
  EXPECT_EQ(answer.address(arp::sender_ip), own_right_);
  EXPECT_EQ(answer.mac(arp::sender_mac), mac(kRight));
  EXPECT_EQ(answer.mac(arp::target_mac), peer_mac_);
  EXPECT_EQ(answer.address(arp::target_ip), peer_);
  arrive_arp(kRight, arp::kRequest, peer_, own_left_);
  arrive_arp(kRight, arp::kRequest, peer_, ip("198.51.100.99"));
  EXPECT_THAT(take(), IsEmpty()) << "neither for another link's nor for another's";
}

TEST_F(HostArpTest, MayBeToldNotToAnswer) {
  host_.answer_arp(kRight, false);
  arrive_arp(kRight, arp::kRequest, peer_, own_right_);
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(HostArpTest, ProxyArpAnswersForOthers) {
  const wire::Ipv4Address absent = ip("198.51.100.55");
  host_.proxy_arp(kRight, absent, true);
  arrive_arp(kRight, arp::kRequest, peer_, absent);
  const auto sent = take();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ((*sent[0])[arp::layout].address(arp::sender_ip), absent);
  EXPECT_EQ((*sent[0])[arp::layout].mac(arp::sender_mac), mac(kRight));
  arrive_arp(kRight, arp::kRequest, absent, absent);
  EXPECT_THAT(take(), IsEmpty()) << "a gratuitous ARP is no question";
  host_.proxy_arp(kRight, absent, false);
  arrive_arp(kRight, arp::kRequest, peer_, absent);
  EXPECT_THAT(take(), IsEmpty());
}

TEST_F(HostArpTest, GratuitousArpNamesOneAddressTwice) {
  host_.gratuitous_arp(kRight, peer_, peer_mac_);
  const auto sent = take();
  ASSERT_THAT(sent, SizeIs(1));
  const wire::View message = (*sent[0])[arp::layout];
  EXPECT_EQ(sent[0]->to(), wire::kBroadcastMac);
  EXPECT_EQ(message.address(arp::sender_ip), peer_);
  EXPECT_EQ(message.address(arp::target_ip), peer_);
  EXPECT_EQ(message.mac(arp::sender_mac), peer_mac_);
}

TEST_F(HostArpTest, NeighboursMayBeSetAndForgotten) {
  host_.set_neighbour(kRight, peer_, peer_mac_);
  host_.send_ip(udp(peer_));
  EXPECT_EQ(take().at(0)->to(), peer_mac_);
  host_.forget_neighbour(kRight, peer_);
  host_.send_ip(udp(peer_));
  EXPECT_EQ(take().at(0)->message(), &arp::layout);
}

TEST_F(HostArpTest, CutShortItIsNoArp) {
  const wire::Buffer whole = wire::arp_frame({peer_mac_, mac(kRight)}, {.operation = arp::kRequest,
                                                                        .sender_mac = peer_mac_,
                                                                        .sender_ip = peer_,
                                                                        .target_mac = {},
                                                                        .target_ip = own_right_});
  for (std::size_t size = 0; size < whole.size(); ++size)
    host_.receive(kRight, wire::Bytes(whole).first(size));
  EXPECT_THAT(take(), IsEmpty());
  host_.receive(kRight, whole);
  EXPECT_THAT(take(), SizeIs(1));
}

}  // namespace
}  // namespace mipvet::net

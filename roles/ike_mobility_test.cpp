#include <gmock/gmock.h>

#include "roles/ike_message.h"
#include "roles/ike_wire_for_test.h"

namespace mipvet::roles::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class IkeMobilityTest : public IkeWire {
 protected:
  void behind_nat(std::string_view outside) { nat_.emplace(Nat{}).outside = testing::ip(outside); }
  static bool is_update(const Carried& one) {
    return one.is_request() && one.notify("update-sa-addresses");
  }
};

TEST_F(IkeMobilityTest, AMoveIsToldAndCarriedOut) {
  establish();
  ASSERT_TRUE(up());
  take();
  move("198.51.100.7");
  pass(1s);
  const auto all = take();
  // Update and its answer, the gateway's check and its answer.
  ASSERT_THAT(all, SizeIs(4));
  EXPECT_TRUE(is_update(all[0]));
  EXPECT_EQ(testing::ip("198.51.100.7"), all[0].source());
  EXPECT_TRUE(all[0].notify("nat-detection-source-ip"));
  EXPECT_TRUE(all[1].notify("cookie2"));
  EXPECT_TRUE(all[2].is_request());
  EXPECT_TRUE(all[2].notify("cookie2"));
  EXPECT_THAT(mn_.diary.confirmed, SizeIs(1));
  ASSERT_THAT(gw_.diary.moves, SizeIs(1));
  EXPECT_EQ(testing::ip("198.51.100.7"), gw_.diary.moves.front().peer);
  EXPECT_TRUE(up());
  EXPECT_TRUE(down());
  EXPECT_FALSE(mn_state().nat);
  // SPIs and sequence numbers go on (RFC 4555 §3.5).
  EXPECT_EQ(2U, take()[0][wire::esp::layout][wire::esp::sequence_number]);
}

TEST_F(IkeMobilityTest, NothingGoesToTheNewAddressBeforeItIsProven) {
  establish();
  lose_ = [](const Carried& one) {
    return one.from_mn && one.is_response();  // the answer to the check
  };
  move("198.51.100.7");
  pass(1s);
  take();
  ASSERT_TRUE(gw_.endpoint->send(gw_.diary.last, inner(false, "data")));
  auto sent = take();
  ASSERT_THAT(sent, SizeIs(1));
  EXPECT_EQ(testing::ip("192.0.2.7"), sent[0].destination());
  lose_ = [](const Carried&) { return false; };
  pass(10s);
  EXPECT_THAT(gw_.diary.moves, SizeIs(1));
  EXPECT_TRUE(down());
}

TEST_F(IkeMobilityTest, WithoutACheckItMovesAtOnce) {
  gw_settings_.return_routability_check = false;
  establish();
  take();
  move("198.51.100.7");
  pass(1s);
  EXPECT_THAT(take(), SizeIs(2));
  EXPECT_TRUE(down());
}

TEST_F(IkeMobilityTest, MovesIntoANatAndOut) {
  establish();
  behind_nat("203.0.113.41");
  move("192.168.1.77");
  pass(1s);
  EXPECT_TRUE(mn_state().nat);
  EXPECT_TRUE(gw_state().nat);
  EXPECT_TRUE(up());
  EXPECT_TRUE(down());
  nat_.reset();
  move("198.51.100.7");
  pass(1s);
  EXPECT_FALSE(mn_state().nat);
  EXPECT_FALSE(gw_state().nat);
  EXPECT_TRUE(up());
  EXPECT_TRUE(down());
}

TEST_F(IkeMobilityTest, EspBeforeTheAnswerIsEncapsulated) {
  establish();
  behind_nat("203.0.113.41");
  move("192.168.1.77");
  take();
  ASSERT_TRUE(mn_.endpoint->send(id_, inner(true, "early")));
  EXPECT_TRUE(take().at(0).is_udp());
}

TEST_F(IkeMobilityTest, ALostUpdateIsRepeated) {
  establish();
  int updates = 0;
  lose_ = [&](const Carried& one) { return is_update(one) && ++updates < 3; };
  move("198.51.100.7");
  pass(20s);
  EXPECT_EQ(3, updates);
  EXPECT_THAT(mn_.diary.confirmed, SizeIs(1));
  EXPECT_TRUE(down());
}

TEST_F(IkeMobilityTest, WhatIsOnItsWayGoesFirstFromTheNewAddress) {
  establish();
  lose_ = [](const Carried& one) { return one.source() == testing::ip("192.0.2.7"); };
  take();
  ASSERT_TRUE(mn_.endpoint->check_liveness(id_));
  pass(500ms);
  move("198.51.100.7");
  pass(1s);
  const auto requests = take_if([](const Carried& one) { return one.from_mn && one.is_request(); });
  ASSERT_THAT(requests, SizeIs(2));
  EXPECT_EQ(2U, requests[0].message()[ike::message::message_id]);
  EXPECT_FALSE(is_update(requests[0]));
  EXPECT_EQ(3U, requests[1].message()[ike::message::message_id]);
  EXPECT_TRUE(is_update(requests[1]));
  EXPECT_TRUE(down());
}

TEST_F(IkeMobilityTest, ASecondMoveMakesANewUpdate) {
  establish();
  take();
  lose_ = [](const Carried& one) { return !one.from_mn; };
  move("198.51.100.7");
  pass(500ms);
  lose_ = [](const Carried&) { return false; };
  move("192.0.2.99");
  pass(5s);
  const auto updates = take_if(is_update);
  ASSERT_THAT(updates, SizeIs(3));
  // The first one again, as it was, then the second.
  EXPECT_EQ(updates[0].message()[ike::message::message_id],
            updates[1].message()[ike::message::message_id]);
  EXPECT_NE(updates[1].message()[ike::message::message_id],
            updates[2].message()[ike::message::message_id]);
  EXPECT_THAT(mn_.diary.confirmed, SizeIs(1));
  EXPECT_EQ(testing::ip("192.0.2.99"), gw_state().addresses.peer);
  EXPECT_TRUE(down());
}

TEST_F(IkeMobilityTest, ARefusedPathIsNotUsed) {
  gw_.diary.forbidden = testing::ip("198.51.100.7");
  establish();
  move("198.51.100.7");
  pass(1s);
  EXPECT_THAT(mn_.diary.refused, ElementsAre(notification("unacceptable-addresses")));
  EXPECT_THAT(mn_.diary.confirmed, IsEmpty());
  EXPECT_EQ(testing::ip("192.0.2.7"), gw_state().addresses.peer);
}

TEST_F(IkeMobilityTest, AWrongCookieEndsTheIkeSa) {
  establish({"RFC4555-3.7-05"});
  move("198.51.100.7");
  pass(5s);
  ASSERT_THAT(gw_.diary.closed, SizeIs(1));
  EXPECT_EQ(IkeEnd::Why::rejected, gw_.diary.closed.front().why);
}

TEST_F(IkeMobilityTest, WithoutMobikeNothingMoves) {
  gw_settings_.mobike = false;
  establish();
  EXPECT_FALSE(mn_state().mobike);
  take();
  move("198.51.100.7");
  pass(1s);
  for (const Carried& one : take()) EXPECT_FALSE(is_update(one));
  EXPECT_EQ(testing::ip("192.0.2.7"), gw_state().addresses.peer);
}

TEST_F(IkeMobilityTest, ASuspendedOneIsSilentUntilItMoves) {
  mn_settings_.liveness = 5s;
  behind_nat("203.0.113.41");
  establish();
  take();
  ASSERT_TRUE(mn_.endpoint->suspend(id_));
  pass(120s);
  EXPECT_THAT(take(), IsEmpty());
  move("198.51.100.7");
  pass(1s);
  EXPECT_THAT(mn_.diary.confirmed, SizeIs(1));
  EXPECT_TRUE(up());
}

TEST_F(IkeMobilityTest, AnUnansweredUpdateMayWaitForTheNextMove) {
  mn_.diary.gives_up_at_once = false;
  establish();
  lose_ = [](const Carried&) { return true; };
  move("198.51.100.7");
  pass(300s);
  EXPECT_EQ(1, mn_.diary.given_up);
  EXPECT_THAT(mn_.diary.closed, IsEmpty());
  lose_ = [](const Carried&) { return false; };
  move("192.0.2.99");
  pass(5s);
  EXPECT_THAT(mn_.diary.confirmed, SizeIs(1));
  EXPECT_TRUE(up());
  EXPECT_TRUE(down());
}

TEST_F(IkeMobilityTest, ANewMappingOfTheNatIsFollowed) {
  mn_settings_.liveness = 10s;
  mn_settings_.keepalive = 1h;
  behind_nat("203.0.113.41");
  establish();
  ASSERT_TRUE(mn_.endpoint->check_liveness(id_));
  pass(1s);
  nat_->mappings.clear();  // it was restarted
  pass(30s);
  EXPECT_THAT(gw_.diary.moves, SizeIs(1));
  EXPECT_TRUE(down());
}

TEST_F(IkeMobilityTest, ForbidsNatsWhereItIsToldSo) {
  mn_settings_.no_nats_allowed = true;
  establish();
  const auto all = take();
  EXPECT_FALSE(all[0].notify("nat-detection-source-ip"));
  EXPECT_EQ(testing::ip("192.0.2.7"),
            all[2].notify("no-nats-allowed").address(ike::notify::source_address));
  EXPECT_EQ(500U, all[2].destination_port());
  behind_nat("203.0.113.41");
  move("192.168.1.77");
  pass(5s);
  EXPECT_THAT(mn_.diary.refused, ElementsAre(notification("unexpected-nat-detected")));
  EXPECT_EQ(testing::ip("192.0.2.7"), gw_state().addresses.peer);
}

TEST_F(IkeMobilityTest, ListsOfAddressesReplaceEachOther) {
  gw_settings_.additional_addresses = {testing::ip("203.0.113.11")};
  establish();
  EXPECT_THAT(mn_state().additional_addresses, ElementsAre(testing::ip("203.0.113.11")));
  ASSERT_TRUE(gw_.endpoint->announce_addresses(
      gw_.diary.last, {testing::ip("203.0.113.12"), testing::ip("203.0.113.13")}));
  pass(1s);
  EXPECT_THAT(mn_state().additional_addresses, SizeIs(2));
  ASSERT_TRUE(gw_.endpoint->announce_addresses(gw_.diary.last, {}));
  pass(1s);
  EXPECT_THAT(mn_state().additional_addresses, IsEmpty());
}

TEST_F(IkeMobilityTest, AListOnItsWayIsMadeAnewAfterAMove) {
  establish();
  lose_ = [](const Carried& one) { return one.source() == testing::ip("192.0.2.7"); };
  ASSERT_TRUE(mn_.endpoint->announce_addresses(id_, {testing::ip("192.0.2.8")}));
  pass(100ms);
  take();
  move("198.51.100.7");
  pass(2s);
  const auto lists = take_if(
      [](const Carried& one) { return one.is_request() && one.notify("additional-ip4-address"); });
  ASSERT_THAT(lists, SizeIs(2));
  EXPECT_NE(lists[0].message()[ike::message::message_id],
            lists[1].message()[ike::message::message_id]);
}

}  // namespace
}  // namespace mipvet::roles::testing

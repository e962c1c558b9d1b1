#include <gmock/gmock.h>

#include "roles/ike_wire_for_test.h"

namespace mipvet::roles::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class IkeRekeyTest : public IkeWire {};

TEST_F(IkeRekeyTest, AChildIsReplacedByEitherSide) {
  establish();
  for (const bool by_mn : {true, false}) {
    End& end = by_mn ? mn_ : gw_;
    const IkeSaId id = by_mn ? id_ : gw_.diary.last;
    const std::uint32_t before = mn_state().children.front().inbound_spi;
    ASSERT_TRUE(end.endpoint->rekey_child(id));
    pass(1s);
    ASSERT_THAT(mn_state().children, SizeIs(1));
    ASSERT_THAT(gw_state().children, SizeIs(1));
    EXPECT_NE(before, mn_state().children.front().inbound_spi);
    EXPECT_TRUE(up());
    EXPECT_TRUE(down());
  }
}

TEST_F(IkeRekeyTest, TheRequestNamesTheOldChild) {
  establish();
  const std::uint32_t old = mn_state().children.front().inbound_spi;
  take();
  ASSERT_TRUE(mn_.endpoint->rekey_child(id_));
  pass(1s);
  const auto all = take();
  ASSERT_THAT(all, SizeIs(4));
  EXPECT_EQ(old, all[0].notify("rekey-sa")[ike::notify::spi]);
  EXPECT_EQ(36U, all[1].exchange());
  EXPECT_EQ(old, wire::read(all[2][ike::delete_::layout].octets(ike::delete_::spis),
                            wire::number("spi", 0, 4)));
}

TEST_F(IkeRekeyTest, DataFlowsOnWhileAChildIsReplaced) {
  establish();
  ASSERT_TRUE(mn_.endpoint->rekey_child(id_));
  for (int i = 0; i < 40; ++i) {
    mn_.endpoint->send(id_, inner(true, "x"));
    gw_.endpoint->send(gw_.diary.last, inner(false, "y"));
    pass(500us);
  }
  pass(1s);
  EXPECT_THAT(gw_.diary.inner, SizeIs(40));
  EXPECT_THAT(mn_.diary.inner, SizeIs(40));
}

TEST_F(IkeRekeyTest, TheIkeSaIsReplacedByEitherSideAndBeginsAtZero) {
  establish();
  for (const bool by_mn : {true, false, false, true}) {
    End& end = by_mn ? mn_ : gw_;
    ASSERT_TRUE(end.endpoint->rekey_ike(by_mn ? id_ : gw_.diary.last));
    pass(1s);
    take();
    ASSERT_TRUE(mn_.endpoint->check_liveness(id_));
    pass(1s);
    const auto all = take();
    ASSERT_THAT(all, SizeIs(2));
    EXPECT_EQ(0U, all[0].message()[ike::message::message_id]);
    EXPECT_EQ(by_mn, all[0].message()[ike::message::initiator] != 0);
    EXPECT_TRUE(up());
    EXPECT_TRUE(down());
  }
  EXPECT_THAT(mn_.diary.closed, IsEmpty());
  move("198.51.100.7");
  pass(1s);
  EXPECT_TRUE(down());
  ASSERT_TRUE(mn_.endpoint->close(id_));
  pass(1s);
  EXPECT_THAT(gw_.diary.closed, SizeIs(1));
}

TEST_F(IkeRekeyTest, TheIkeSaIsReplacedWithTheGroupThatThePeerNames) {
  mn_settings_.ike = {ike_proposal("aes128-sha256-modp2048-ecp256")};
  gw_settings_.ike = {ike_proposal("aes128-sha256-ecp256")};
  establish();
  take();
  ASSERT_TRUE(mn_.endpoint->rekey_ike(id_));
  pass(1s);
  const auto all = take();
  ASSERT_THAT(all, SizeIs(6));
  constexpr std::uint64_t kModp2048 = 14;
  constexpr std::uint64_t kEcp256 = 19;
  EXPECT_EQ(kModp2048, all[0][ike::key_exchange::layout][ike::key_exchange::group]);
  EXPECT_TRUE(all[1].notify("invalid-ke-payload"));
  EXPECT_EQ(kEcp256, all[2][ike::key_exchange::layout][ike::key_exchange::group]);
  EXPECT_THAT(mn_.diary.closed, IsEmpty());
  EXPECT_TRUE(up());
  EXPECT_TRUE(down());
}

TEST_F(IkeRekeyTest, EveryLostMessageIsMadeGood) {
  for (int lost = 0; lost < 8; ++lost) {
    mn_.diary = {};
    gw_.diary = {};
    gw_.diary.pool = testing::ip("10.9.0.1");
    lose_ = [](const Carried&) { return false; };
    establish();
    int count = 0;
    lose_ = [&](const Carried&) { return count++ == lost; };
    ASSERT_TRUE(mn_.endpoint->rekey_child(id_));
    ASSERT_TRUE(mn_.endpoint->rekey_ike(id_));
    pass(20s);
    EXPECT_GE(count, 9) << lost;
    EXPECT_THAT(mn_state().children, SizeIs(1)) << lost;
    EXPECT_THAT(gw_state().children, SizeIs(1)) << lost;
    EXPECT_TRUE(up()) << lost;
    EXPECT_TRUE(down()) << lost;
    ASSERT_TRUE(gw_.endpoint->check_liveness(gw_.diary.last));
    pass(1s);
    EXPECT_THAT(mn_.diary.closed, IsEmpty()) << lost;
  }
}

TEST_F(IkeRekeyTest, LifetimesRekeyBySchedule) {
  mn_settings_.child_lifetime = 100s;
  mn_settings_.ike_lifetime = 250s;
  establish();
  pass(560s);
  EXPECT_THAT(mn_.diary.down, SizeIs(7));
  EXPECT_THAT(mn_state().children, SizeIs(1));
  EXPECT_TRUE(up());
}

TEST_F(IkeRekeyTest, NothingIsSentBeyondTheLifetime) {
  mn_settings_.child_lifetime = 100s;
  establish();
  lose_ = [](const Carried& one) { return one.exchange() == 36 && one.is_request(); };
  pass(99s);
  EXPECT_TRUE(up());
  pass(2s);
  EXPECT_FALSE(up());
}

TEST_F(IkeRekeyTest, AChildWaitsUntilItsIkeSaIsReplaced) {
  establish();
  bool is_lost = false;
  lose_ = [&](const Carried& one) { return one.exchange() == 36 && !std::exchange(is_lost, true); };
  ASSERT_TRUE(gw_.endpoint->rekey_ike(gw_.diary.last));
  const std::uint32_t before = mn_state().children.front().inbound_spi;
  take();
  ASSERT_TRUE(mn_.endpoint->rekey_child(id_));
  pass(100ms);
  const auto all = take();
  ASSERT_THAT(all, SizeIs(2));
  EXPECT_TRUE(all[1].notify("temporary-failure"));
  pass(30s);
  EXPECT_NE(before, mn_state().children.front().inbound_spi);
  EXPECT_THAT(mn_state().children, SizeIs(1));
  EXPECT_TRUE(up());
  EXPECT_TRUE(down());
}

TEST_F(IkeRekeyTest, BothSidesRekeyAtOnce) {
  establish();
  ASSERT_TRUE(mn_.endpoint->rekey_child(id_));
  ASSERT_TRUE(gw_.endpoint->rekey_child(gw_.diary.last));
  pass(1s);
  EXPECT_TRUE(up());
  EXPECT_TRUE(down());
  ASSERT_TRUE(mn_.endpoint->rekey_ike(id_));
  ASSERT_TRUE(gw_.endpoint->rekey_ike(gw_.diary.last));
  pass(60s);
  EXPECT_TRUE(up());
  EXPECT_TRUE(down());
  EXPECT_THAT(mn_.diary.closed, IsEmpty());
}

TEST_F(IkeRekeyTest, MoreChildrenThanAllowedAreRefused) {
  gw_settings_.max_children = 2;
  establish();
  ASSERT_TRUE(mn_.endpoint->create_child(id_));
  pass(1s);
  EXPECT_THAT(mn_state().children, SizeIs(2));
  ASSERT_TRUE(mn_.endpoint->create_child(id_));
  pass(1s);
  ASSERT_THAT(mn_.diary.failed, SizeIs(1));
  EXPECT_EQ("refused: no-additional-sas", to_string(mn_.diary.failed.front()));
  EXPECT_THAT(mn_state().children, SizeIs(2));
}

TEST_F(IkeRekeyTest, AChildIsDeletedOnBothSides) {
  establish();
  ASSERT_TRUE(gw_.endpoint->delete_child(gw_.diary.last));
  pass(1s);
  EXPECT_THAT(mn_.diary.down, SizeIs(1));
  EXPECT_THAT(gw_.diary.down, SizeIs(1));
  EXPECT_FALSE(up());
  EXPECT_NE(nullptr, mn_.endpoint->find(id_));
}

TEST_F(IkeRekeyTest, CrossingDeletesNameNothingTwice) {
  establish();
  take();
  ASSERT_TRUE(mn_.endpoint->delete_child(id_));
  ASSERT_TRUE(gw_.endpoint->delete_child(gw_.diary.last));
  pass(1s);
  for (const Carried& one : take()) EXPECT_EQ(one.is_request(), bool(one[ike::delete_::layout]));
  EXPECT_THAT(mn_.diary.down, SizeIs(1));
  EXPECT_THAT(gw_.diary.down, SizeIs(1));
}

}  // namespace
}  // namespace mipvet::roles::testing

#include "engine/crypto/identification.h"

#include <random>
#include <set>

#include <gtest/gtest.h>

namespace mipvet::crypto {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr Time kNow{seconds(1'086'048'000)};
constexpr Time kTurn{seconds(2'085'978'496)};

RandomSource seeded() {
  return [engine = std::mt19937(1)]() mutable { return static_cast<std::uint32_t>(engine()); };
}

SecurityAssociation with(Replay replay) {
  SecurityAssociation association;
  association.replay = replay;
  return association;
}

TEST(TimestampIdentification, IsTheTimeToTheMicrosecond) {
  TimestampIdentification source(seeded());
  for (auto time : {kNow, kNow + milliseconds(1), kNow + seconds(5)}) {
    const auto error = from_ntp(source.next(time)) - time;
    EXPECT_LE(std::chrono::abs(error), nanoseconds(1000));
  }
}

TEST(TimestampIdentification, LowOrderWordVariesAtWholeSeconds) {
  TimestampIdentification source(seeded());
  std::set<std::uint32_t> seen;
  for (int i = 0; i < 20; ++i) seen.insert(low_order(source.next(kNow + seconds(i))));
  EXPECT_GT(seen.size(), 15U);
}

TEST(TimestampIdentification, GrowsEvenIfTheClockDoesNot) {
  for (auto start : {kNow, kTurn - milliseconds(2)}) {
    TimestampIdentification source(seeded());
    auto previous = source.next(start);
    for (auto step : {0, 0, 1, 1, -3000, -2000, 2, 5}) {
      const auto next = source.next(start + milliseconds(step));
      EXPECT_GT(ntp_distance(next, previous), 0) << step;
      previous = next;
    }
  }
}

TEST(TimestampIdentification, LearnsTheHomeAgentsClock) {
  for (auto difference : {seconds(3600), seconds(-3600), seconds(8), seconds(-8)}) {
    TimestampIdentification source(seeded());
    TimestampReplay home_agent(seconds(7));
    const auto request = source.next(kNow);
    const auto freshness = home_agent.check(request, kNow + difference);
    ASSERT_EQ(freshness, Freshness::outside_window);
    const auto reply = home_agent.reply_identification(request, kNow + difference, freshness);

    const auto later = kNow + milliseconds(40);
    ASSERT_TRUE(source.learn(reply, later));
    EXPECT_EQ(home_agent.check(source.next(later), later + difference), Freshness::fresh)
        << difference.count();
  }
}

TEST(TimestampIdentification, StepsBackOnceAndThenGrowsAgain) {
  TimestampIdentification source(seeded());
  const auto request = source.next(kNow);
  const auto home_agents = ntp_timestamp(kNow - seconds(100));
  ASSERT_TRUE(source.learn(identification_of(high_order(home_agents), low_order(request)), kNow));
  const auto back = source.next(kNow);
  EXPECT_LT(back, request);
  EXPECT_GT(source.next(kNow - seconds(1)), back);
}

TEST(TimestampIdentification, LessThanTheReplyCanTellLeavesItAlone) {
  // The reply tells whole seconds: both clocks may agree although ours shows 0.9 s more.
  TimestampIdentification source(seeded());
  const auto request = source.next(kNow + milliseconds(950));
  const auto home_agents = ntp_timestamp(kNow + seconds(1));
  const auto reply = identification_of(high_order(home_agents), low_order(request));
  ASSERT_TRUE(source.learn(reply, kNow + milliseconds(1900)));
  EXPECT_LE(std::chrono::abs(from_ntp(source.next(kNow + seconds(2))) - (kNow + seconds(2))),
            nanoseconds(1000));
}

TEST(TimestampIdentification, AcceptedReplyOfLongAgoTeachesNothing) {
  TimestampIdentification source(seeded());
  const auto request = source.next(kNow);
  ASSERT_TRUE(source.learn(request, kNow + seconds(5)));
  EXPECT_LE(std::chrono::abs(from_ntp(source.next(kNow + seconds(6))) - (kNow + seconds(6))),
            nanoseconds(1000));
}

TEST(NonceIdentification, TakesTheLastNonceAndAnOwnWord) {
  NonceIdentification source(seeded());
  const auto first = source.next(kNow);
  ASSERT_TRUE(source.learn(identification_of(0xCAFE, low_order(first)), kNow));
  const auto second = source.next(kNow);
  EXPECT_EQ(high_order(second), 0xCAFEU);
  EXPECT_NE(low_order(second), low_order(first));
}

TEST(NonceIdentification, OwnWordDiffersWhateverTheSourceGives) {
  NonceIdentification source([] { return 9U; });
  const auto first = source.next(kNow);
  EXPECT_NE(low_order(first), low_order(source.next(kNow)));
}

TEST(IdentificationSource, OnlyAnAnswerToTheLastRequestIsLearned) {
  for (auto style : {Replay::timestamps, Replay::nonces, Replay::none}) {
    SCOPED_TRACE(to_string(style));
    IdentificationSource source(with(style), seeded());
    EXPECT_FALSE(source.learn(0, kNow)) << "nothing was asked";
    const auto first = source.next(kNow);
    const auto second = source.next(kNow + milliseconds(10));
    EXPECT_FALSE(source.learn(identification_of(77, low_order(first)), kNow));
    EXPECT_FALSE(source.learn(identification_of(77, low_order(second) ^ 1U), kNow));
    EXPECT_NE(high_order(source.next(kNow + seconds(1))), 77U);
  }
}

/// Both halves: how many of ten registrations the home agent grants.
int granted(Replay style, seconds difference) {
  IdentificationSource mobile_node(with(style), seeded());
  ReplayGuard home_agent(with(style), [word = 0U]() mutable { return word += 0x10001; });
  int count = 0;
  for (int i = 0; i < 10; ++i) {
    const auto now = kNow + seconds(i);
    const auto request = mobile_node.next(now);
    const auto freshness = home_agent.check(request, now + difference);
    if (freshness == Freshness::fresh) {
      home_agent.accept(request);
      EXPECT_EQ(home_agent.check(request, now + difference) == Freshness::fresh,
                style == Replay::none);
      ++count;
    }
    const auto reply = home_agent.reply_identification(request, now + difference, freshness);
    EXPECT_TRUE(mobile_node.learn(reply, now));
  }
  return count;
}

TEST(IdentificationSource, AgreesWithTheGuardAfterOneRefusal) {
  EXPECT_EQ(granted(Replay::timestamps, seconds(0)), 10);
  EXPECT_EQ(granted(Replay::timestamps, seconds(5)), 10);
  EXPECT_EQ(granted(Replay::timestamps, seconds(-90)), 9);
  EXPECT_EQ(granted(Replay::timestamps, seconds(90)), 9);
  EXPECT_EQ(granted(Replay::nonces, seconds(90)), 9);
  EXPECT_EQ(granted(Replay::none, seconds(90)), 10);
}

}  // namespace
}  // namespace mipvet::crypto

#include "engine/crypto/replay.h"

#include <vector>

#include <gtest/gtest.h>

namespace mipvet::crypto {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr Time kNow{seconds(1'086'048'000)};
/// 2036-02-07T06:28:16Z, where the NTP count starts again.
constexpr Time kTurn{seconds(2'085'978'496)};

RandomSource words(std::vector<std::uint32_t> list) {
  return [list = std::move(list), next = std::size_t{0}]() mutable { return list.at(next++); };
}

SecurityAssociation with(Replay replay) {
  SecurityAssociation association;
  association.replay = replay;
  return association;
}

TEST(TimestampReplay, WindowIncludesItsBounds) {
  const TimestampReplay replay(seconds(7));
  for (auto now : {kNow, kTurn, kTurn - seconds(3), kTurn + seconds(3)}) {
    const auto at = [&](nanoseconds offset) {
      return replay.check(ntp_timestamp(now + offset), now);
    };
    EXPECT_EQ(at(seconds(0)), Freshness::fresh);
    EXPECT_EQ(at(seconds(7)), Freshness::fresh);
    EXPECT_EQ(at(seconds(-7)), Freshness::fresh);
    EXPECT_EQ(at(seconds(7) + nanoseconds(1)), Freshness::outside_window);
    EXPECT_EQ(at(seconds(-7) - nanoseconds(1)), Freshness::outside_window);
    EXPECT_EQ(at(seconds(60)), Freshness::outside_window);
  }
}

TEST(TimestampReplay, HostileNumbersAreOutside) {
  const TimestampReplay replay(seconds(7));
  const auto own = ntp_timestamp(kNow);
  constexpr std::uint64_t half = std::uint64_t{1} << 63U;
  for (auto identification : {std::uint64_t{0}, ~std::uint64_t{0}, own + half, own + half - 1,
                              own + half + 1, own >> 32U})
    EXPECT_EQ(replay.check(identification, kNow), Freshness::outside_window) << identification;
}

TEST(TimestampReplay, OnlyGreaterThanAllAccepted) {
  TimestampReplay replay(seconds(7));
  const auto first = ntp_timestamp(kNow);
  ASSERT_EQ(replay.check(first, kNow), Freshness::fresh);
  EXPECT_EQ(replay.check(first, kNow), Freshness::fresh) << "a check is no acceptance";
  replay.accept(first);
  EXPECT_EQ(replay.check(first, kNow), Freshness::not_increasing);
  EXPECT_EQ(replay.check(first - 1, kNow), Freshness::not_increasing);
  EXPECT_EQ(replay.check(ntp_timestamp(kNow - seconds(1)), kNow), Freshness::not_increasing);
  EXPECT_EQ(replay.check(first + 1, kNow), Freshness::fresh);
}

TEST(TimestampReplay, TheGreatestAcceptedCounts) {
  TimestampReplay replay(seconds(7));
  const auto later = ntp_timestamp(kNow + seconds(2));
  replay.accept(later);
  replay.accept(ntp_timestamp(kNow));
  EXPECT_EQ(replay.check(ntp_timestamp(kNow + seconds(1)), kNow), Freshness::not_increasing);
  EXPECT_EQ(replay.check(later + 1, kNow), Freshness::fresh);
}

TEST(TimestampReplay, OutsideTheWindowComesFirst) {
  TimestampReplay replay(seconds(7));
  replay.accept(ntp_timestamp(kNow));
  EXPECT_EQ(replay.check(ntp_timestamp(kNow), kNow + seconds(8)), Freshness::outside_window);
}

TEST(TimestampReplay, OrderSurvivesTheTurn) {
  TimestampReplay replay(seconds(7));
  replay.accept(ntp_timestamp(kTurn - milliseconds(1)));
  EXPECT_EQ(replay.check(ntp_timestamp(kTurn + milliseconds(1)), kTurn), Freshness::fresh);
  replay.accept(ntp_timestamp(kTurn + milliseconds(1)));
  EXPECT_EQ(replay.check(ntp_timestamp(kTurn - milliseconds(1)), kTurn), Freshness::not_increasing);
}

TEST(TimestampReplay, ReplyCopiesAValidTimestamp) {
  const TimestampReplay replay(seconds(7));
  const auto request = ntp_timestamp(kNow - seconds(2)) + 12345;
  EXPECT_EQ(replay.reply_identification(request, kNow, Freshness::fresh), request);
}

TEST(TimestampReplay, ReplyToAnInvalidOneTellsTheTime) {
  const TimestampReplay replay(seconds(7));
  const std::uint64_t request = 0x0000000112345678ULL;
  for (auto freshness : {Freshness::outside_window, Freshness::not_increasing}) {
    const auto reply = replay.reply_identification(request, kNow + milliseconds(500), freshness);
    EXPECT_EQ(high_order(reply), 1'086'048'000U + 2'208'988'800U);
    EXPECT_EQ(low_order(reply), 0x12345678U);
  }
}

TEST(NonceReplay, FirstRequestIsRefusedAndToldTheNonce) {
  NonceReplay replay(words({7, 8}));
  for (std::uint32_t guess : {0U, 7U, 8U})
    EXPECT_EQ(replay.check(identification_of(guess, 1), kNow), Freshness::wrong_nonce) << guess;
  const auto reply =
      replay.reply_identification(identification_of(0, 0xABCD), kNow, Freshness::wrong_nonce);
  EXPECT_EQ(reply, identification_of(8, 0xABCD));
  EXPECT_EQ(replay.check(identification_of(8, 0x1111), kNow), Freshness::fresh);
  EXPECT_EQ(replay.check(identification_of(7, 0x1111), kNow), Freshness::wrong_nonce);
}

TEST(NonceReplay, EachReplyBearsANewNonce) {
  NonceReplay replay(words({1, 10, 20, 30}));
  auto reply = replay.reply_identification(5, kNow, Freshness::wrong_nonce);
  EXPECT_EQ(reply, identification_of(10, 5));
  const auto request = identification_of(10, 6);
  ASSERT_EQ(replay.check(request, kNow), Freshness::fresh);
  replay.accept(request);
  EXPECT_EQ(replay.check(request, kNow), Freshness::wrong_nonce) << "good for one request";
  EXPECT_EQ(replay.reply_identification(request, kNow, Freshness::fresh), identification_of(20, 6));
  EXPECT_EQ(replay.check(request, kNow), Freshness::wrong_nonce) << "a replay";
  EXPECT_EQ(replay.reply_identification(request, kNow, Freshness::wrong_nonce),
            identification_of(30, 6));
  EXPECT_EQ(replay.check(identification_of(20, 7), kNow), Freshness::wrong_nonce);
  EXPECT_EQ(replay.check(identification_of(30, 7), kNow), Freshness::fresh);
}

TEST(NonceReplay, NewNonceDiffersWhateverTheSourceGives) {
  NonceReplay replay([] { return 0xFFFFFFFFU; });
  auto previous = high_order(replay.reply_identification(0, kNow, Freshness::wrong_nonce));
  for (int i = 0; i < 5; ++i) {
    const auto next = high_order(replay.reply_identification(0, kNow, Freshness::wrong_nonce));
    EXPECT_NE(next, previous);
    previous = next;
  }
}

TEST(ReplayGuard, FollowsTheAssociation) {
  const auto old = ntp_timestamp(kNow - seconds(60));
  const RandomSource random = [] { return 42U; };

  ReplayGuard timestamps(with(Replay::timestamps), random);
  EXPECT_EQ(timestamps.check(old, kNow), Freshness::outside_window);
  EXPECT_EQ(high_order(timestamps.reply_identification(old, kNow, Freshness::outside_window)),
            high_order(ntp_timestamp(kNow)));

  ReplayGuard nonces(with(Replay::nonces), random);
  EXPECT_EQ(nonces.check(old, kNow), Freshness::wrong_nonce);
  const auto told = nonces.reply_identification(old, kNow, Freshness::wrong_nonce);
  EXPECT_EQ(nonces.check(told, kNow), Freshness::fresh);

  ReplayGuard none(with(Replay::none), random);
  EXPECT_EQ(none.check(old, kNow), Freshness::fresh);
  none.accept(old);
  EXPECT_EQ(none.check(old, kNow), Freshness::fresh);
  EXPECT_EQ(none.reply_identification(old, kNow, Freshness::fresh), old);
}

TEST(ReplayGuard, UsesTheAssociationsTolerance) {
  auto association = with(Replay::timestamps);
  association.tolerance = seconds(30);
  const ReplayGuard guard(association, [] { return 0U; });
  EXPECT_EQ(guard.check(ntp_timestamp(kNow - seconds(30)), kNow), Freshness::fresh);
  EXPECT_EQ(guard.check(ntp_timestamp(kNow - seconds(31)), kNow), Freshness::outside_window);
}

TEST(ReplayGuard, LowOrderWordComesBackInEveryCase) {
  for (auto style : {Replay::timestamps, Replay::nonces, Replay::none})
    for (auto freshness : {Freshness::fresh, Freshness::outside_window, Freshness::not_increasing,
                           Freshness::wrong_nonce}) {
      ReplayGuard guard(with(style), [] { return 3U; });
      const auto reply = guard.reply_identification(0xFEDCBA9876543210ULL, kNow, freshness);
      EXPECT_EQ(low_order(reply), 0x76543210U) << to_string(style) << ", " << to_string(freshness);
    }
}

}  // namespace
}  // namespace mipvet::crypto

#include "engine/crypto/ntp.h"

#include <gtest/gtest.h>

namespace mipvet::crypto {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

Time unix_time(std::int64_t whole, std::int64_t nanos = 0) {
  return Time(seconds(whole)) + nanoseconds(nanos);
}

/// 2036-02-07T06:28:16Z: the count starts again.
constexpr std::int64_t kTurn = 2'085'978'496;

TEST(Ntp, CountsFrom1900) {
  EXPECT_EQ(ntp_timestamp(unix_time(0)), 2'208'988'800ULL << 32U);
  EXPECT_EQ(ntp_timestamp(unix_time(0, 500'000'000)), (2'208'988'800ULL << 32U) + 0x80000000U);
  // RFC 868: 2,524,521,600 is 1 Jan 1980.
  EXPECT_EQ(high_order(ntp_timestamp(unix_time(315'532'800))), 2'524'521'600U);
}

TEST(Ntp, CountsBeforeTheUnixEpoch) {
  EXPECT_EQ(ntp_timestamp(unix_time(-1, 750'000'000)), (2'208'988'799ULL << 32U) + 0xC0000000U);
  EXPECT_EQ(ntp_timestamp(unix_time(-2'208'988'800)), 0U);
}

TEST(Ntp, TurnsIn2036) {
  EXPECT_EQ(ntp_timestamp(unix_time(kTurn, -1)) >> 32U, 0xFFFFFFFFU);
  EXPECT_EQ(ntp_timestamp(unix_time(kTurn)), 0U);
  EXPECT_EQ(from_ntp(0), unix_time(kTurn));
}

TEST(Ntp, ReadsBackToTheNanosecond) {
  for (auto whole :
       {-10LL, 0LL, 1'086'048'000LL, 1'753'000'000LL, static_cast<long long>(kTurn) - 1,
        static_cast<long long>(kTurn), 4'200'000'000LL})
    for (auto nanos :
         {0LL, 1LL, 2LL, 3LL, 499'999'999LL, 500'000'000LL, 999'999'998LL, 999'999'999LL}) {
      const auto time = unix_time(whole, nanos);
      EXPECT_EQ(from_ntp(ntp_timestamp(time)), time) << whole << " s " << nanos << " ns";
    }
}

TEST(Ntp, WholeRangeOfTheField) {
  EXPECT_EQ(from_ntp(~0ULL), unix_time(kTurn));
  EXPECT_EQ(from_ntp(0x7FFFFFFF'00000000ULL), unix_time(kTurn + 0x7FFFFFFF));
  EXPECT_EQ(from_ntp(0x80000000'00000000ULL), unix_time(kTurn - 0x80000000LL));
}

TEST(Ntp, OrderSurvivesTheTurn) {
  const auto before = ntp_timestamp(unix_time(kTurn - 1));
  const auto after = ntp_timestamp(unix_time(kTurn + 1));
  EXPECT_LT(after, before);
  EXPECT_EQ(ntp_distance(after, before), ntp_units(seconds(2)));
  EXPECT_EQ(ntp_distance(before, after), -ntp_units(seconds(2)));
}

TEST(Ntp, WordsOfTheIdentification) {
  EXPECT_EQ(high_order(0x0123456789ABCDEFULL), 0x01234567U);
  EXPECT_EQ(low_order(0x0123456789ABCDEFULL), 0x89ABCDEFU);
  EXPECT_EQ(identification_of(0x01234567U, 0x89ABCDEFU), 0x0123456789ABCDEFULL);
}

}  // namespace
}  // namespace mipvet::crypto

#include "engine/crypto/ntp.h"

namespace mipvet::crypto {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

/// From 1900-01-01 to 1970-01-01.
constexpr std::uint64_t kUnixEpoch = 2'208'988'800;
constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr std::uint64_t kTopBit = std::uint64_t{1} << 31U;
constexpr std::uint64_t kEra = std::uint64_t{1} << 32U;

}  // namespace

std::uint64_t ntp_timestamp(Time time) {
  const auto whole = std::chrono::floor<seconds>(time);
  const auto count = static_cast<std::uint64_t>(whole.time_since_epoch().count()) + kUnixEpoch;
  const auto rest = static_cast<std::uint64_t>((time - whole).count());
  return count << 32U | (rest << 32U) / kNanosecondsPerSecond;
}

Time from_ntp(std::uint64_t timestamp) {
  const std::uint64_t count = high_order(timestamp);
  const std::uint64_t since_1900 = (count & kTopBit) != 0 ? count : count + kEra;
  const auto unix_seconds = static_cast<std::int64_t>(since_1900 - kUnixEpoch);
  // ntp_timestamp rounds down, by less than half a nanosecond: the nearest one is the right one.
  const std::uint64_t rest = (low_order(timestamp) * kNanosecondsPerSecond + kTopBit) >> 32U;
  return Time(seconds(unix_seconds)) + nanoseconds(rest);
}

}  // namespace mipvet::crypto

#include "engine/crypto/identification.h"

#include <utility>

namespace mipvet::crypto {
namespace {

/// 2^12 units of 2^-32 s are just below a microsecond.
constexpr std::uint64_t kRandomBits = 0xFFF;
constexpr std::uint64_t kHalfSecond = std::uint64_t{1} << 31U;
constexpr std::int64_t kOneSecond = ntp_units(std::chrono::seconds(1));

}  // namespace

TimestampIdentification::TimestampIdentification(RandomSource random)
    : random_(std::move(random)) {}

std::uint64_t TimestampIdentification::next(Time now) {
  auto timestamp = ((ntp_timestamp(now) + offset_) & ~kRandomBits) | (random_() & kRandomBits);
  if (last_) {
    const auto ahead = ntp_distance(timestamp, *last_);
    if (ahead == 0 || (ahead < 0 && !may_step_back_)) timestamp = *last_ + 1;
  }
  may_step_back_ = false;
  last_ = timestamp;
  return timestamp;
}

bool TimestampIdentification::learn(std::uint64_t reply, Time now) {
  if (!last_ || low_order(reply) != low_order(*last_)) return false;
  // Our own word come back: the timestamp was valid, or the clocks show the same second.
  if (high_order(reply) == high_order(*last_)) return true;
  const auto home_agents = identification_of(high_order(reply), 0) + kHalfSecond;
  const auto behind = ntp_distance(home_agents, ntp_timestamp(now) + offset_);
  if (behind > kOneSecond || behind < -kOneSecond) {
    offset_ += static_cast<std::uint64_t>(behind);
    may_step_back_ = true;
  }
  return true;
}

NonceIdentification::NonceIdentification(RandomSource random)
    : random_(std::move(random)), nonce_(random_()), low_(random_()) {}

std::uint64_t NonceIdentification::next(Time) {
  low_ = random_other_than(low_, random_);
  sent_ = true;
  return identification_of(nonce_, low_);
}

bool NonceIdentification::learn(std::uint64_t reply, Time) {
  if (!sent_ || low_order(reply) != low_) return false;
  nonce_ = high_order(reply);
  return true;
}

IdentificationSource::IdentificationSource(const SecurityAssociation& association,
                                           RandomSource random)
    : style_(association.replay == Replay::nonces
                 ? decltype(style_)(NonceIdentification(std::move(random)))
                 : decltype(style_)(TimestampIdentification(std::move(random)))) {}

std::uint64_t IdentificationSource::next(Time now) {
  return std::visit([&](auto& style) { return style.next(now); }, style_);
}

bool IdentificationSource::learn(std::uint64_t reply, Time now) {
  return std::visit([&](auto& style) { return style.learn(reply, now); }, style_);
}

}  // namespace mipvet::crypto

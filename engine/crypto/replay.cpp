#include "engine/crypto/replay.h"

#include <array>
#include <cstddef>
#include <utility>

namespace mipvet::crypto {

std::uint32_t random_other_than(std::uint32_t previous, const RandomSource& random) {
  const auto word = random();
  return word == previous ? word + 1 : word;
}

std::string_view to_string(Freshness freshness) {
  constexpr std::array<std::string_view, 4> names{"fresh", "outside the window", "not increasing",
                                                  "wrong nonce"};
  return names[static_cast<std::size_t>(freshness)];
}

Freshness TimestampReplay::check(std::uint64_t identification, Time now) const {
  // No absolute value: that of the smallest number does not exist.
  const auto ahead = ntp_distance(identification, ntp_timestamp(now));
  if (ahead > tolerance_ || ahead < -tolerance_) return Freshness::outside_window;
  if (last_accepted_ && ntp_distance(identification, *last_accepted_) <= 0)
    return Freshness::not_increasing;
  return Freshness::fresh;
}

void TimestampReplay::accept(std::uint64_t identification) {
  // "Greater than all previously accepted": the greatest stays, in whatever order they come.
  if (!last_accepted_ || ntp_distance(identification, *last_accepted_) > 0)
    last_accepted_ = identification;
}

std::uint64_t TimestampReplay::reply_identification(std::uint64_t request, Time now,
                                                    Freshness freshness) const {
  if (freshness == Freshness::fresh) return request;
  return identification_of(high_order(ntp_timestamp(now)), low_order(request));
}

NonceReplay::NonceReplay(RandomSource random) : random_(std::move(random)), nonce_(random_()) {}

Freshness NonceReplay::check(std::uint64_t identification, Time) const {
  return usable_ && high_order(identification) == nonce_ ? Freshness::fresh
                                                         : Freshness::wrong_nonce;
}

void NonceReplay::accept(std::uint64_t) {
  usable_ = false;
}

std::uint64_t NonceReplay::reply_identification(std::uint64_t request, Time, Freshness) {
  nonce_ = random_other_than(nonce_, random_);
  usable_ = true;
  return identification_of(nonce_, low_order(request));
}

ReplayGuard::ReplayGuard(const SecurityAssociation& association, RandomSource random) {
  switch (association.replay) {
    case Replay::timestamps:
      style_.emplace<TimestampReplay>(association.tolerance);
      break;
    case Replay::nonces:
      style_.emplace<NonceReplay>(std::move(random));
      break;
    case Replay::none:
      break;
  }
}

Freshness ReplayGuard::check(std::uint64_t identification, Time now) const {
  return std::visit([&](const auto& style) { return style.check(identification, now); }, style_);
}

void ReplayGuard::accept(std::uint64_t identification) {
  std::visit([&](auto& style) { style.accept(identification); }, style_);
}

std::uint64_t ReplayGuard::reply_identification(std::uint64_t request, Time now,
                                                Freshness freshness) {
  return std::visit(
      [&](auto& style) { return style.reply_identification(request, now, freshness); }, style_);
}

}  // namespace mipvet::crypto

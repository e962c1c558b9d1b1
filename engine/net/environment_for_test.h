#pragma once

#include <utility>
#include <vector>

#include "engine/net/environment.h"
#include "engine/net/event_queue.h"
#include "engine/net/sim.h"

namespace mipvet::net::testing {

/// A frame that was put on a link.
struct SentFrame {
  Time time;
  PortId port = 0;
  wire::Buffer octets;
};

/// What a host or a role under test stands on: time passes when the test says so, what is sent is
/// kept.
class TestEnvironment final : public Environment {
 public:
  Time now() const override { return now_; }
  TimerId schedule(Duration after, std::function<void()> action) override {
    return events_.add(now_ + after, 0, std::move(action));
  }
  void cancel(TimerId timer) override { events_.cancel(timer); }
  void transmit(PortId port, wire::Bytes frame) override {
    sent_.push_back({now_, port, {frame.begin(), frame.end()}});
  }
  std::uint64_t random() override { return random_ = random_ * 6364136223846793005U + 1442695; }

  /// Fires the next timer if it is due by `until`. False where there is none.
  bool fire_next(Time until) {
    if (events_.empty() || events_.next_due() > until) return false;
    now_ = std::max(now_, events_.next_due());
    events_.take()();
    return true;
  }
  void advance_to(Time time) { now_ = std::max(now_, time); }
  /// Lets time pass; timers fire when they are due.
  void pass(Duration duration) {
    const Time until = now_ + duration;
    while (fire_next(until)) {
    }
    advance_to(until);
  }

  /// What was sent since it was last asked for.
  std::vector<SentFrame> take() { return std::exchange(sent_, {}); }

 private:
  Time now_ = kSimulationBegins;
  EventQueue events_;
  std::vector<SentFrame> sent_;
  std::uint64_t random_ = 42;
};

}  // namespace mipvet::net::testing

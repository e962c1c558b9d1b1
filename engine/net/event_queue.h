#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <unordered_map>
#include <utility>

#include "engine/net/environment.h"

namespace mipvet::net {

/// What is to happen, in order of time; of two things due at the same time, the one asked for first
/// comes first. That makes a simulated run the same every time.
class EventQueue {
 public:
  /// Whose event it is: all of an owner's events can be called off together.
  using Owner = std::uint32_t;

  TimerId add(Time due, Owner owner, std::function<void()> action);
  /// Does nothing for an event that has happened or was cancelled before.
  void cancel(TimerId timer);
  void cancel_all(Owner owner);

  bool empty() const { return events_.empty(); }
  /// When the first event is due. There must be one.
  Time next_due() const { return events_.begin()->first.first; }
  /// Takes the first event out of the queue. There must be one.
  std::function<void()> take();

 private:
  struct Event {
    Owner owner;
    std::function<void()> action;
  };

  TimerId last_ = 0;
  std::map<std::pair<Time, TimerId>, Event> events_;
  std::unordered_map<TimerId, Time> due_;
};

}  // namespace mipvet::net

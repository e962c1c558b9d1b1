#include "engine/net/event_queue.h"

namespace mipvet::net {

TimerId EventQueue::add(Time due, Owner owner, std::function<void()> action) {
  const TimerId timer = ++last_;
  events_.emplace(std::pair{due, timer}, Event{owner, std::move(action)});
  due_.emplace(timer, due);
  return timer;
}

void EventQueue::cancel(TimerId timer) {
  const auto found = due_.find(timer);
  if (found == due_.end()) return;
  // Erased last: the action may own what asked for the cancelling.
  const auto event = events_.extract(std::pair{found->second, timer});
  due_.erase(found);
}

void EventQueue::cancel_all(Owner owner) {
  for (auto event = events_.begin(); event != events_.end();) {
    if (event->second.owner == owner) {
      due_.erase(event->first.second);
      event = events_.erase(event);
    } else {
      ++event;
    }
  }
}

std::function<void()> EventQueue::take() {
  auto first = events_.extract(events_.begin());
  due_.erase(first.key().second);
  return std::move(first.mapped().action);
}

}  // namespace mipvet::net

#include "roles/ike_context.h"

#include <utility>

namespace mipvet::roles {

void Timer::start(net::Duration after, std::function<void()> action) {
  stop();
  running_ = true;
  timer_ =
      context_.environment.schedule(after, [this, &context = context_, action = std::move(action)] {
        running_ = false;
        action();  // may end this timer's life
        deliver_news(context);
      });
}

void Timer::stop() {
  if (std::exchange(running_, false)) context_.environment.cancel(timer_);
}

void deliver_news(IkeContext& context) {
  while (!context.news.empty()) {
    const auto one = std::move(context.news.front());
    context.news.pop_front();
    one(context.owner);
  }
}

}  // namespace mipvet::roles

#include "roles/ike_context.h"

#include <algorithm>
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

std::optional<IkeAlteration> IkeContext::alteration_of(std::uint8_t exchange, bool response) {
  const auto found = std::ranges::find_if(alterations, [&](const IkeAlteration& one) {
    return one.exchange == exchange && one.response == response;
  });
  if (found == alterations.end()) return std::nullopt;
  IkeAlteration result = std::move(*found);
  alterations.erase(found);
  return result;
}

wire::Buffer new_nonce(IkeContext& context) {
  constexpr std::size_t kSize = 32;
  if (context.deviates("RFC7296-2.10-01")) return wire::Buffer(kSize, 0x4E);
  return context.random.take(context.deviates("RFC7296-3.9-01") ? 12 : kSize);
}

void deliver_news(IkeContext& context) {
  while (!context.news.empty()) {
    const auto one = std::move(context.news.front());
    context.news.pop_front();
    one(context.owner);
  }
}

}  // namespace mipvet::roles

#include "roles/ike_retransmitter.h"

namespace mipvet::roles {

IkeRetransmitter::IkeRetransmitter(IkeContext& context, std::function<void(wire::Bytes)> send,
                                   std::function<void()> given_up)
    : context_(context), send_(std::move(send)), given_up_(std::move(given_up)), timer_(context) {}

void IkeRetransmitter::start(std::function<wire::Buffer()> make) {
  make_ = std::move(make);
  octets_ = make_();
  active_ = true;
  again();
}

void IkeRetransmitter::stop() {
  timer_.stop();
  active_ = false;
}

void IkeRetransmitter::again() {
  sent_ = 0;
  gap_ = context_.settings.retransmission.first;
  transmit();
}

void IkeRetransmitter::transmit() {
  ++sent_;
  timer_.start(gap_, [this] { expire(); });
  // Whoever repeats nothing waits all the same.
  if (sent_ > 1 && context_.deviates("RFC7296-2.1-04")) return;
  send_(octets_);
}

void IkeRetransmitter::expire() {
  const Retransmission& timing = context_.settings.retransmission;
  const unsigned tries = context_.deviates("RFC7296-2.4-03") ? 1 : timing.tries;
  if (sent_ >= tries) return given_up_();
  if (!context_.deviates("RFC7296-2.4-05"))
    gap_ = std::chrono::duration_cast<net::Duration>(
        std::chrono::duration<double, net::Duration::period>(gap_) * timing.factor);
  if (context_.deviates("RFC7296-2.1-05") || context_.deviates("RFC7296-2.2-01")) octets_ = make_();
  transmit();
}

}  // namespace mipvet::roles

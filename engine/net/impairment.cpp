#include "engine/net/impairment.h"

#include <algorithm>
#include <utility>

#include "engine/wire/ethernet.h"

namespace mipvet::net {

Impairments::Impairments(const model::Network& network, Schedule schedule)
    : network_(network), schedule_(std::move(schedule)) {}

void Impairments::add(Impairment impairment) {
  if (impairment.count > 0) active_.push_back(std::move(impairment));
}

void Impairments::clear() {
  active_.clear();
  while (!held_.empty()) release(held_.front());
}

void Impairments::pass(LinkId link, model::NodeId sender, wire::Bytes frame,
                       const Forward& forward) {
  const auto concerns = [&](const Impairment& one) {
    return one.link == link && (one.sender == model::kNobody || one.sender == sender);
  };
  if (std::none_of(active_.begin(), active_.end(), concerns)) {
    forward_now(link, frame, forward);
    return;
  }
  packet_.decode(frame, network_.decode);
  const auto hit = std::find_if(active_.begin(), active_.end(), [&](const Impairment& one) {
    return concerns(one) && (!one.matches || one.matches(packet_));
  });
  if (hit == active_.end()) {
    forward_now(link, frame, forward);
    return;
  }
  const auto effect = hit->effect;
  if (--hit->count == 0) active_.erase(hit);
  std::visit([&](const auto& one) { apply(one, link, frame, forward); }, effect);
}

void Impairments::apply(const Drop&, LinkId, wire::Bytes, const Forward&) {}

void Impairments::apply(const Delay& delay, LinkId link, wire::Bytes frame,
                        const Forward& forward) {
  forward_later(delay.by, link, wire::Buffer(frame.begin(), frame.end()), forward);
}

void Impairments::apply(const Duplicate& duplicate, LinkId link, wire::Bytes frame,
                        const Forward& forward) {
  wire::Buffer copy(frame.begin(), frame.end());
  mark_as_testers(copy);
  forward_now(link, frame, forward);
  for (std::uint32_t n = 1; n <= duplicate.copies; ++n)
    forward_later(duplicate.after * n, link, copy, forward);
}

void Impairments::apply(const Reorder& reorder, LinkId link, wire::Bytes frame,
                        const Forward& forward) {
  const auto held = std::make_shared<Held>(
      Held{link, reorder.frames, wire::Buffer(frame.begin(), frame.end()), forward});
  held_.push_back(held);
  schedule_(reorder.frames == 0 ? Duration::zero() : reorder.at_most,
            [this, waiting = std::weak_ptr(held)] {
              if (const auto still = waiting.lock()) release(still);
            });
}

void Impairments::apply(const Alter& alter, LinkId link, wire::Bytes frame,
                        const Forward& forward) {
  wire::Buffer altered(frame.begin(), frame.end());
  alter.edit(altered, packet_);
  mark_as_testers(altered);
  forward_now(link, altered, forward);
}

void Impairments::forward_now(LinkId link, wire::Bytes frame, const Forward& forward) {
  forward(frame);
  if (held_.empty()) return;
  std::vector<std::shared_ptr<Held>> due;
  for (const auto& held : held_)
    if (held->link == link && --held->frames == 0) due.push_back(held);
  for (const auto& held : due) release(held);
}

void Impairments::forward_later(Duration wait, LinkId link, wire::Buffer frame,
                                const Forward& forward) {
  schedule_(wait, [this, link, forward, octets = std::move(frame)] {
    forward_now(link, octets, forward);
  });
}

void Impairments::release(const std::shared_ptr<Held>& held) {
  const auto entry = std::find(held_.begin(), held_.end(), held);
  if (entry == held_.end()) return;
  const auto released = std::move(*entry);  // `held` may be the entry itself
  held_.erase(entry);
  released->forward(released->frame);
}

void Impairments::mark_as_testers(wire::Buffer& frame) const {
  const std::size_t at = wire::ethernet::source.first_octet();
  const auto& mac = network_.tester_mac.octets;
  if (frame.size() >= at + mac.size())
    std::copy(mac.begin(), mac.end(), frame.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace mipvet::net

#include "engine/observer/stays.h"

// The moments of a stay at which something has to have happened.

namespace mipvet::observer {

using Moment = StayReviewed::Moment;

Time Stays::due(const Visitor& known, Moment moment) const {
  const Stay& stay = known.stay;
  // While it waits for a lease it can do nothing else.
  const bool waits = stay.dhcp && !stay.lease && stay.probes == 0;
  const Time ready = waits ? Time::max() : stay.ready();
  const auto later = [](Time from, Duration by) { return from == Time::max() ? from : from + by; };
  const Time verdict = stay.verdict ? stay.verdict.time : Time::max();
  switch (moment) {
    case Moment::parallel:
      return later(ready, kParallel);
    case Moment::inside:
      return Time::max();  // told when it happens
    case Moment::converged:
      return later(ready, kConvergence);
    case Moment::inside_converged:
      return later(verdict, kConvergence);
    case Moment::never:
      return later(waits ? stay.began.time : ready, kNever);
    case Moment::inside_never:
      return later(verdict, kNever);
    case Moment::left:
      break;
  }
  return Time::max();
}

void Stays::review(Time now) {
  for (auto& [node, known] : visitors_) {
    if (!known.has_stay) continue;
    for (std::size_t i = 0; i < kMoments; ++i) {
      const auto moment = static_cast<Moment>(i);
      const Time when = due(known, moment);
      if (known.told[i] || when > now) continue;
      known.told[i] = true;
      tell(known, moment, when);
    }
  }
  reschedule();
}

void Stays::reschedule() {
  next_due_ = Time::max();
  for (const auto& [node, known] : visitors_)
    for (std::size_t i = 0; known.has_stay && i < kMoments; ++i)
      if (!known.told[i]) next_due_ = std::min(next_due_, due(known, static_cast<Moment>(i)));
}

void Stays::tell(Visitor& known, Moment moment, Time now) {
  const Stay& stay = known.stay;
  const IkeRecord* record = ike_.live(known.node);
  const bool of_verdict = moment == Moment::inside || moment == Moment::inside_converged ||
                          moment == Moment::inside_never;
  const Seen& stands = of_verdict ? stay.verdict : stay.lease ? stay.lease : stay.began;
  Place place;
  place.frame = stands.frame;
  place.time = now;
  place.link = stay.link;
  sink_.on(StayReviewed{{network_, known.node, circumstances_of(known), known.node},
                        moment,
                        stay,
                        known.previous ? &*known.previous : nullptr,
                        now,
                        record == nullptr ? nullptr : &record->sa,
                        registrations_.mobile_node(addresses_.identity(known.node, {})).registered,
                        place});
}

Circumstances Stays::circumstances_of(const Visitor& known) const {
  using enum Circumstance;
  Circumstances result;
  const IkeRecord* record = ike_.live(known.node);
  result.add(record != nullptr ? vpn_up : no_vpn);
  if (record != nullptr && record->sa.nat()) result.add(nat_vpn);
  if (record != nullptr && record->sa.mobike()) result.add(mobike);
  if (!known.has_stay) return result;
  const Stay& stay = known.stay;
  result.add(stay.is_trusted() ? internal : external);
  if (stay.is_home()) result.add(home_link);
  if (addresses_.has_nat(stay.link)) result.add(nat_registration);
  const Bindings& registered =
      registrations_.mobile_node(addresses_.identity(known.node, {})).registered;
  const Binding* binding = registered.latest();
  if (binding != nullptr && binding->in_udp()) result.add(mip_udp_tunnel);
  if (stay.deregistered) {
    result.add(mode_h);
  } else if (stay.reply_by_agent) {
    result.add(mode_f);
    result.add(fa_coa);
  } else if (stay.verdict) {
    result.add(mode_c);
    result.add(colocated);
  } else if (!stay.is_trusted()) {
    result.add(mode_mc);
  }
  return result;
}

}  // namespace mipvet::observer

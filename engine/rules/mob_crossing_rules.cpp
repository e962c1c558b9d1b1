#include "engine/rules/binding_words.h"
#include "engine/rules/mob_words.h"
#include "engine/rules/rule_files.h"

// draft-ietf-mip4-mobike-connectivity-02 §3.4.1 and §3.4.2: what follows a move from an untrusted
// network, and one from a trusted network.

namespace mipvet::rules {

namespace {

/// From one untrusted network to another, with the VPN up and the TIA registered.
bool stays_outside(const Stay& stay) {
  return !stay.is_trusted() && stay.number > 1 && stay.had_ike_sa && stay.had_tunnel_binding &&
         stay.update_answered && !stay.verdict;
}

/// The gateway was told or asked, and does not answer here.
bool is_gateway_silent(const Stay& stay) {
  const bool update_lost = stay.update && !stay.update_answered && !stay.update_refused;
  const bool set_up_lost = stay.ike_sa_init && !stay.tunnel_up;
  return stay.had_ike_sa ? update_lost : set_up_lost;
}

/// Data were on their way when it left its former link.
bool was_sending(const Stay& stay) {
  const observer::Time last = std::max(stay.last_clear_traffic.time, stay.last_esp_traffic.time);
  return stay.ended && stay.clear_packets + stay.esp_packets >= 3 &&
         stay.ended.time - last < observer::kSwitch;
}

/// Its IKE_SA_INIT came only as the home agent had not answered for good.
bool is_serial(const StayReviewed& s) {
  const Seen& init = s.stay.ike_sa_init;
  const auto detection = declared_detection(s.node());
  if (detection)
    return is_exhausted(s.stay, *detection, init.time) && last_probe(s.stay).time < init.time;
  // Nothing declared: two requests at least, none since, and as long a wait as between them.
  return s.stay.probes > 1 && s.stay.probes <= Stay::kMaxProbes &&
         init.time - last_probe(s.stay).time >= s.stay.probe[1].time - s.stay.probe[0].time;
}

bool has_to_build(const StayReviewed& s) {
  // An update that was answered shows that there was a tunnel all the same.
  return !s.stay.had_ike_sa && !s.stay.update_answered && !may_have_ike_sa(s.stay) &&
         !s.stay.is_home() && arrived(s.stay) && s.stay.probes > 0 && is_ready(s.stay, s.now) &&
         is_settled(s);
}

/// Where the TIA is usable and not registered, and nobody answers in clear: from when on.
observer::Time both_hold(const Stay& stay) {
  const Seen& tunnel = stay.tunnel_up ? stay.tunnel_up : stay.update_answered;
  return std::max(tunnel.time, last_probe(stay).time);
}
/// It came with an acceptance for its TIA that it may have taken, whatever is wrong with it, and
/// was at no place since that replaced the binding.
bool may_be_bound(const StayReviewed& s) {
  return s.previous != nullptr && s.previous->may_be_registered && !s.previous->is_trusted() &&
         !found_inside(*s.previous) && s.previous->inner_address == s.stay.inner_address;
}
bool has_to_register(const StayReviewed& s) {
  const bool usable = s.stay.tunnel_up || (s.stay.had_child_sa && s.stay.update_answered);
  const bool stands = s.stay.had_tunnel_binding && s.stay.old_inner_address == s.stay.inner_address;
  return !s.stay.is_trusted() && !s.stay.verdict && s.stay.probes > 0 && usable && !stands &&
         !may_be_bound(s) && !s.stay.inner_address.is_zero() && s.sa != nullptr &&
         s.sa->is_alive() && s.sa->keys_known && s.sa->gateway().auth != observer::Check::invalid &&
         is_settled(s);
}

std::string late(const TrafficSent& t) {
  return fmt::format("{}, {:.1f} s after the verdict inside", nesting(t),
                     seconds(t.place.time - t.stay->verdict.time));
}

}  // namespace

void add_mob_crossing_rules(RuleBook& book) {
  // §3.4.1
  book.add<StayReviewed>("MOB-3.4.1-04")
      .itself({"vpn-up", "mode-mc"})
      .when([](const StayReviewed& s) {
        return is_settled(s) && stays_outside(s.stay) && s.stay.esp_traffic;
      })
      .judge([](const StayReviewed& s) -> Outcome {
        if (s.stay.inner_address != s.stay.old_inner_address) return false;
        return !s.stay.tunnel_request || s.stay.esp_traffic.time <= s.stay.tunnel_request.time ||
               s.stay.tunnel_request.time - s.stay.ready() > observer::kNever;
      })
      .observed([](const StayReviewed& s) {
        return fmt::format("{}, {}, {}; TIA {}, before {}",
                           when_seen(s.stay, "update answered", s.stay.update_answered),
                           when_seen(s.stay, "request in ESP", s.stay.tunnel_request),
                           when_seen(s.stay, "data", s.stay.esp_traffic),
                           s.stay.inner_address.to_string(), s.stay.old_inner_address.to_string());
      });

  book.add<StayReviewed>("MOB-3.4.1-06")
      .itself({"gateway-unreachable-inside"})
      .when([](const StayReviewed& s) {
        const bool wanted =
            s.stay.echo_requests >= 3 || (s.previous != nullptr && was_sending(*s.previous));
        return is_settled_inside(s) && s.stay.is_trusted() && is_gateway_silent(s.stay) && wanted;
      })
      .judge([](const StayReviewed& s) -> Outcome {
        if (s.stay.clear_traffic) return true;
        return s.moment == Moment::inside_never ? Outcome(false) : Outcome(Outcome::Kind::skip);
      })
      .observed([](const StayReviewed& s) {
        return fmt::format(
            "no data in mode c for {:.0f} s after the verdict, while the gateway "
            "does not answer",
            seconds(s.now - s.stay.verdict.time));
      });

  book.add<DatagramSettled>("MOB-3.4.1-09")
      .when([](const DatagramSettled& d) {
        return is_bound(d) && d.story.ended.how == EndedBinding::How::replaced &&
               d.story.incident == Incident::none &&
               d.bindings.to(d.story.ended.endpoint) == nullptr;
      })
      .require([](const DatagramSettled& d) {
        return is_served(d) && !went_to(d, d.story.ended.endpoint);
      })
      .in_ip(wire::ip::destination)
      .observed(whereabouts);

  // §3.4.2
  book.add<TrafficSent>("MOB-3.4.2-01")
      .when([](const TrafficSent& t) {
        return t.stay != nullptr && t.stay->is_trusted() && t.stay->verdict &&
               t.place.time - t.stay->verdict.time > observer::kConvergence;
      })
      .require([](const TrafficSent& t) { return !t.in_esp; })
      .observed(late);

  book.add<StayReviewed>("MOB-3.4.2-07")
      .itself({"no-vpn"})
      .when(has_to_build)
      .judge([](const StayReviewed& s) -> Outcome {
        const Seen& init = s.stay.ike_sa_init;
        const observer::Time begun = s.stay.probe[0].time;
        if (init) {
          if (init.time - begun <= observer::kParallel) return true;
          return is_serial(s) || (s.stay.verdict && s.stay.verdict.time <= init.time)
                     ? Outcome(false)
                     : Outcome{Outcome::Kind::warn, "more than T_par later, but in parallel"};
        }
        // An answer at once ends the attempt before it begins.
        if (s.stay.verdict && s.stay.verdict.time - begun <= observer::kParallel)
          return Outcome::Kind::skip;
        return s.stay.verdict || s.moment == Moment::never ? Outcome(false)
                                                           : Outcome(Outcome::Kind::skip);
      })
      .observed([](const StayReviewed& s) {
        return fmt::format("{}, {}, {}", when_seen(s.stay, "first request", s.stay.probe[0]),
                           when_seen(s.stay, "last request", last_probe(s.stay)),
                           when_seen(s.stay, "IKE_SA_INIT", s.stay.ike_sa_init));
      });

  book.add<TrafficSent>("MOB-3.4.2-09")
      .when([](const TrafficSent& t) {
        return t.stay != nullptr && t.stay->is_trusted() && !t.stay->is_home() && t.stay->verdict &&
               t.from_home_address() && (t.in_esp || (t.in_mip_tunnel && !t.stay->reply_by_agent));
      })
      .judge([](const TrafficSent& t) -> Outcome {
        if (!t.in_esp && t.tunnel_source == t.stay->address) return true;
        const observer::Duration since = t.place.time - t.stay->verdict.time;
        if (since <= observer::kConvergence) return Outcome::Kind::skip;
        return {since > observer::kNever ? Outcome::Kind::fail : Outcome::Kind::warn};
      })
      .observed(late);

  book.add<StayReviewed>("MOB-3.4.2-10")
      .when(has_to_register)
      .judge([](const StayReviewed& s) -> Outcome {
        if (s.stay.tunnel_request) return true;
        // Two thirds of T_never, as the moment counts from the address and not from both.
        return s.now - both_hold(s.stay) >= observer::kNever * 2 / 3 ? Outcome(false)
                                                                     : Outcome(Outcome::Kind::skip);
      })
      .observed([](const StayReviewed& s) {
        return fmt::format("no request in ESP for {:.0f} s with the TIA {}",
                           seconds(s.now - both_hold(s.stay)), s.stay.inner_address.to_string());
      });

  book.add<TrafficSent>("MOB-3.4.2-11")
      .when([](const TrafficSent& t) {
        return t.stay != nullptr && !t.stay->is_trusted() && t.in_esp && t.from_home_address() &&
               arrived(*t.stay) && t.sa != nullptr && !t.sa->inner_address.is_zero();
      })
      .require([](const TrafficSent& t) {
        return t.registered.to(t.sa->inner_address) != nullptr || t.stay->may_be_registered;
      })
      .observed([](const TrafficSent& t) {
        return fmt::format("{}, and the TIA {} is not registered", nesting(t),
                           t.sa->inner_address.to_string());
      });

  book.add<RegistrationSent>("MOB-3.4.2-16")
      .when([](const RegistrationSent& r) {
        return r.way == Way::in_vpn && r.stay != nullptr && r.stay->probes > 0;
      })
      .require([](const RegistrationSent& r) {
        const auto& earlier = r.stay->probe_identification;
        const std::size_t count = std::min<std::size_t>(r.stay->probes, Stay::kMaxProbes);
        return std::find(earlier.begin(), earlier.begin() + static_cast<std::ptrdiff_t>(count),
                         r.request[request::identification]) ==
               earlier.begin() + static_cast<std::ptrdiff_t>(count);
      })
      .evidence(request::identification);
}

}  // namespace mipvet::rules

#include "engine/rules/mob_words.h"
#include "engine/rules/rule_files.h"

// draft-ietf-mip4-mobike-connectivity-02 §3.4: whether the mobile node is inside is decided by the
// answer to a registration request that was sent without any VPN.

namespace mipvet::rules {

namespace {

/// An address other than before: the detection begins anew.
bool has_to_detect(const StayReviewed& s) {
  return arrived(s.stay) && is_ready(s.stay, s.now) && is_active(s.stay);
}
/// The second request is no repetition of the first.
bool is_answered_between(const Stay& stay) {
  return stay.verdict && stay.verdict.time < stay.probe[1].time;
}
bool updates_are_seen(const StayReviewed& s) {
  return s.stay.update || s.stay.ike_sa_init || (s.sa != nullptr && s.sa->keys_known);
}

/// Its update, or what stands for it: the repetition of an IKE request that was under way as it
/// moved and that holds the update back (RFC 4555 §3.5).
const Seen& told_gateway(const Stay& stay) {
  const bool repeats = stay.ike_request && stay.ike_sa_inits == 0;
  return repeats ? stay.ike_request : stay.update;
}
/// Its request in clear, or the deregistration that takes its place at home.
const Seen& asked_home_agent(const Stay& stay) {
  return stay.probes > 0 ? stay.probe[0] : stay.clear_request;
}

Outcome tells_both(const StayReviewed& s) {
  const Seen& told = told_gateway(s.stay);
  const Seen& asked = asked_home_agent(s.stay);
  if (!told || !asked) return false;
  const observer::Duration apart = told.time - asked.time;
  if (apart <= observer::kParallel && apart >= -observer::kParallel) return true;
  const auto detection = declared_detection(s.node());
  const bool after_home_agent =
      apart.count() > 0 && ((s.stay.verdict && s.stay.verdict.time <= told.time) ||
                            (s.stay.denial && s.stay.denial.time <= told.time) ||
                            (detection && is_exhausted(s.stay, *detection, told.time) &&
                             last_probe(s.stay).time < told.time));
  const bool after_gateway =
      apart.count() < 0 && s.stay.update_answered && s.stay.update_answered.time <= asked.time;
  if (after_home_agent || after_gateway) return false;
  return {Outcome::Kind::warn, "more than T_par apart, neither waiting for the other's answer"};
}

/// Data in ESP while it cannot know yet that it is outside; in clear while it does not know that it
/// is inside.
bool is_undecided(const TrafficSent& t, const Detection& detection) {
  if (found_inside(*t.stay)) return false;
  if (!t.in_esp) return true;
  // Requests that are no probes cannot be counted.
  if (t.stay->probes == 0)
    return !t.stay->clear_request && t.place.time - t.stay->ready() < observer::kConvergence;
  return !is_exhausted(*t.stay, detection, t.place.time);
}

/// Nothing came of a reply that says nothing about the place.
bool stays_put(const StayReviewed& s) {
  return !s.stay.verdict && !found_inside(s.stay) && !s.stay.is_home() && is_settled(s) &&
         s.stay.clear_packets == 0;
}
bool is_fooled(const TrafficSent& t) {
  return is_clear(t) && is_known(t) && !found_inside(*t.stay);
}

std::string misled(const TrafficSent& t) {
  return fmt::format("{} outside ESP, without an authentic acceptance", nesting(t));
}

/// The rules about what is no proof of being inside: data in clear after it, or none.
template <bool (*seen)(const Stay&)>
void add_no_proof(RuleBook& book, std::string_view id) {
  book.add<TrafficSent>(id)
      .itself({"mode-mc", "untrusted-fa", "vpn-up"})
      .when([](const TrafficSent& t) { return is_fooled(t) && seen(*t.stay); })
      .require([](const TrafficSent&) { return false; })
      .observed(misled);
  book.add<StayReviewed>(id)
      .itself({"mode-mc", "untrusted-fa", "vpn-up"})
      .when([](const StayReviewed& s) { return stays_put(s) && seen(s.stay); })
      .require([](const StayReviewed&) { return true; });
}

bool had_forgery(const Stay& stay) {
  return static_cast<bool>(stay.forgery);
}
bool had_denial(const Stay& stay) {
  return static_cast<bool>(stay.denial);
}
bool had_agent_reply(const Stay& stay) {
  return stay.agent_replies > 0;
}
bool had_tunnel_reply(const Stay& stay) {
  return stay.tunnel_replies > 0;
}
bool had_gateway_only(const Stay& stay) {
  return stay.probes > 0 && gateway_answered(stay) && !stay.denial;
}
bool had_nothing(const Stay& stay) {
  return stay.probes > 0 && !gateway_answered(stay) && !stay.update_refused && !stay.denial &&
         !stay.forgery && stay.tunnel_replies == 0 && stay.agent_replies == 0;
}

/// It had concluded that it is outside when the home agent answered after all.
bool was_outside(const Stay& stay) {
  return (stay.tunnel_request && stay.tunnel_request.time < stay.verdict.time) ||
         (stay.esp_traffic && stay.esp_traffic.time < stay.verdict.time);
}
bool goes_on_in_esp(const Stay& stay, observer::Duration grace) {
  return stay.last_esp_traffic && stay.last_esp_traffic.time > stay.verdict.time + grace;
}

}  // namespace

void add_mob_detection_rules(RuleBook& book) {
  book.add<StayReviewed>("MOB-3.4-01")
      .when([](const StayReviewed& s) {
        return !s.stay.is_home() && has_to_detect(s) && (is_settled(s) || is_settled_inside(s)) &&
               (s.stay.clear_traffic || s.stay.esp_traffic);
      })
      .judge([](const StayReviewed& s) -> Outcome {
        if (!found_inside(s.stay)) return s.stay.clear_packets == 0;
        if (s.moment == Moment::inside_never)
          return s.stay.last_clear_traffic || !goes_on_in_esp(s.stay, observer::kConvergence);
        return true;
      })
      .observed([](const StayReviewed& s) {
        return fmt::format(
            "{}; {} packets in clear, {} in ESP",
            found_inside(s.stay) ? "the home agent answers" : "the home agent does not answer",
            s.stay.clear_packets, s.stay.esp_packets);
      });

  book.add<StayReviewed>("MOB-3.4-02")
      .when([](const StayReviewed& s) {
        return detects(s.node()) && has_to_detect(s) && is_settled(s);
      })
      .require([](const StayReviewed& s) { return static_cast<bool>(s.stay.clear_request); })
      .observed([](const StayReviewed& s) {
        return fmt::format("no request outside ESP from {}; {}, {}", s.stay.address.to_string(),
                           when_seen(s.stay, "request in ESP", s.stay.tunnel_request),
                           when_seen(s.stay, "update", s.stay.update));
      });

  book.add<StayReviewed>("MOB-3.4-03")
      .when([](const StayReviewed& s) { return is_settled_inside(s); })
      .judge([](const StayReviewed& s) -> Outcome {
        if (s.stay.tunnel_request && s.stay.tunnel_request.time > s.stay.verdict.time) return false;
        if (!goes_on_in_esp(s.stay, observer::kConvergence)) return true;
        return s.moment == Moment::inside_never ? Outcome(false) : Outcome(Outcome::Kind::warn);
      })
      .observed([](const StayReviewed& s) {
        return fmt::format(
            "after the verdict in frame {}: {}, {} packets in ESP", s.stay.verdict.frame,
            when_seen(s.stay, "request in ESP", s.stay.tunnel_request), s.stay.esp_packets);
      });

  book.add<StayReviewed>("MOB-3.4-04")
      .when([](const StayReviewed& s) {
        const auto detection = declared_detection(s.node());
        return detection && detection->requests > 1 && saw_first_probe(s.stay) && arrived(s.stay) &&
               !s.stay.verdict && !s.stay.denial && !s.stay.is_home() &&
               s.now > s.stay.probe[0].time + detection->timeout * 2 + observer::kParallel;
      })
      .require([](const StayReviewed& s) { return s.stay.probes > 1; })
      .observed([](const StayReviewed& s) {
        return fmt::format("one request, and no reply for {:.0f} s",
                           seconds(s.now - s.stay.probe[0].time));
      });

  book.add<StayReviewed>("MOB-3.4-05")
      .itself({"management-access"})
      .when([](const StayReviewed& s) {
        const auto detection = declared_detection(s.node());
        if (!detection || !saw_first_probe(s.stay) || s.stay.verdict || s.stay.denial ||
            s.stay.is_home() || !arrived(s.stay) || detection->requests > 10)
          return false;
        // Each wait at most double the one before (RFC 3344 §3.6.3).
        const observer::Time last = s.stay.probe[0].time +
                                    detection->timeout * ((1U << detection->requests) - 1U) +
                                    observer::kParallel;
        return s.now >= last && (s.moment == Moment::never || s.moment == Moment::left ||
                                 s.moment == Moment::converged);
      })
      .judge([](const StayReviewed& s) -> Outcome {
        const std::uint32_t wanted = declared_detection(s.node())->requests;
        if (s.stay.probes == wanted) return true;
        // Another round, later: none of this detection.
        const bool again =
            s.stay.probes > wanted && wanted < Stay::kMaxProbes &&
            s.stay.probe[wanted].time - s.stay.probe[wanted - 1U].time >
                observer::kConvergence + declared_detection(s.node())->timeout * (1U << wanted);
        return again ? Outcome(true) : Outcome(false);
      })
      .observed([](const StayReviewed& s) {
        return fmt::format("{} requests where {} are configured", s.stay.probes,
                           declared_detection(s.node())->requests);
      });

  book.add<StayReviewed>("MOB-3.4-06")
      .itself({"management-access"})
      .when([](const StayReviewed& s) {
        return declared_detection(s.node()) && s.stay.probes > 1 && arrived(s.stay) &&
               !s.stay.denial && !s.stay.is_home() && !is_answered_between(s.stay) &&
               (s.moment == Moment::converged || s.moment == Moment::never ||
                s.moment == Moment::left);
      })
      .require([](const StayReviewed& s) {
        const double wanted = seconds(declared_detection(s.node())->timeout);
        const double gap = seconds(s.stay.probe[1].time - s.stay.probe[0].time);
        const double tolerance = std::max(0.5, wanted / 5);
        return gap >= wanted - tolerance && gap <= wanted + tolerance;
      })
      .observed([](const StayReviewed& s) {
        return fmt::format("{:.3f} s between the first two requests, {:.3f} s are configured",
                           seconds(s.stay.probe[1].time - s.stay.probe[0].time),
                           seconds(declared_detection(s.node())->timeout));
      });

  book.add<StayReviewed>("MOB-3.4-08")
      .itself({"vpn-up"})
      .when([](const StayReviewed& s) {
        return detects(s.node()) && is_settled(s) && has_to_detect(s) && moved_with_vpn(s) &&
               updates_are_seen(s);
      })
      .judge(tells_both)
      .observed([](const StayReviewed& s) {
        return fmt::format("{}, {}",
                           when_seen(s.stay, "request in clear", asked_home_agent(s.stay)),
                           when_seen(s.stay, "update", s.stay.update));
      });

  add_no_proof<had_gateway_only>(book, "MOB-3.4-09");

  book.add<TrafficSent>("MOB-3.4-10")
      .itself({"vpn-up"})
      .when([](const TrafficSent& t) {
        return t.stay != nullptr && t.stay->verdict && t.stay->is_trusted() && t.in_esp &&
               t.place.time - t.stay->verdict.time > observer::kConvergence;
      })
      .judge([](const TrafficSent& t) -> Outcome {
        return {t.place.time - t.stay->verdict.time > observer::kNever ? Outcome::Kind::fail
                                                                       : Outcome::Kind::warn};
      })
      .observed(nesting);
  book.add<StayReviewed>("MOB-3.4-10")
      .itself({"vpn-up"})
      .when([](const StayReviewed& s) {
        return is_settled_inside(s) && (s.stay.had_ike_sa || s.stay.tunnel_up) &&
               s.registered.latest() != nullptr;
      })
      .judge([](const StayReviewed& s) -> Outcome {
        if (giver_of(s, s.registered.latest()->care_of_address) == model::kNobody) return true;
        return s.moment == Moment::inside_never ? Outcome(false) : Outcome(Outcome::Kind::warn);
      })
      .observed([](const StayReviewed& s) {
        return fmt::format("inside, and registered with the TIA {}",
                           s.registered.latest()->care_of_address.to_string());
      });

  book.add<TrafficSent>("MOB-3.4-12")
      .when([](const TrafficSent& t) {
        return t.stay != nullptr && !t.stay->is_home() && is_ready(*t.stay, t.place.time) &&
               arrived(*t.stay) && declared_detection(t.node()) &&
               (t.from_home_address() || t.from_inner_address());
      })
      .require([](const TrafficSent& t) { return !is_undecided(t, *declared_detection(t.node())); })
      .observed([](const TrafficSent& t) {
        return fmt::format("{}, after {} requests without a reply", nesting(t), t.stay->probes);
      });

  add_no_proof<had_forgery>(book, "MOB-3.4-13");
  add_no_proof<had_denial>(book, "MOB-3.4-14");
  add_no_proof<had_agent_reply>(book, "MOB-3.4-15");
  add_no_proof<had_tunnel_reply>(book, "MOB-3.4-16");
  add_no_proof<had_nothing>(book, "MOB-3.4-17");

  book.add<StayReviewed>("MOB-3.4-18")
      .when([](const StayReviewed& s) { return is_settled_inside(s) && was_outside(s.stay); })
      .judge([](const StayReviewed& s) -> Outcome {
        if (!goes_on_in_esp(s.stay, observer::kSwitch)) return true;
        // All in ESP is MOB-3.4-10.
        const bool in_clear =
            s.stay.last_clear_traffic && s.stay.last_clear_traffic.time > s.stay.verdict.time;
        return in_clear ? Outcome(false) : Outcome(Outcome::Kind::skip);
      })
      .observed([](const StayReviewed& s) {
        return fmt::format(
            "after the late verdict in frame {} data both in clear (frame {}) and "
            "in ESP (frame {})",
            s.stay.verdict.frame, s.stay.last_clear_traffic.frame, s.stay.last_esp_traffic.frame);
      });

  book.add<RegistrationSent>("MOB-3.4-21")
      .when([](const RegistrationSent& r) {
        return is_direct(r) && r.before_this_way && r.before_this_way.link == r.request.link &&
               r.before_this_way.destination == r.request.destination;
      })
      .require([](const RegistrationSent& r) {
        return r.request.time - r.before_this_way.time + kTolerance >= kShortest;
      })
      .observed([](const RegistrationSent& r) {
        return fmt::format("{:.3f} s after frame {}",
                           seconds(r.request.time - r.before_this_way.time),
                           r.before_this_way.frame);
      })
      .missed_by([](const RegistrationSent& r) {
        return kShortest - (r.request.time - r.before_this_way.time);
      });
}

}  // namespace mipvet::rules

#include "engine/rules/mob_words.h"
#include "engine/rules/rule_files.h"
#include "engine/rules/update_words.h"

// draft-ietf-mip4-mobike-connectivity-02 §3.2 and §3.3: mobility inside, and outside. Registrations
// that follow the care-of address, the update of the gateway, a new TIA.

namespace mipvet::rules {

using observer::AddressesUpdated;
using observer::Authentication;
using observer::PathUse;
using observer::ReplySent;

namespace {

constexpr std::uint16_t kUnacceptableAddresses = 40;
constexpr std::uint16_t kUnexpectedNatDetected = 41;

bool is_signed(const Sighting& message) {
  return message.count(mip4::authentication::mobile_home) == 1 &&
         message.authentication.mobile_home == Authentication::valid;
}

bool shares_key(const observer::Fact& fact, wire::Ipv4Address home_agent) {
  return fact.network.association(fact.judged, fact.network.owner(home_agent)) != nullptr;
}

/// A request that was under way as it moved holds the update back (RFC 4555 §3.5); its repetition
/// from here counts.
bool holds_back(const StayReviewed& s) {
  return s.sa != nullptr && s.sa->client().unanswered > 0 && !s.sa->client().request.is_update &&
         s.stay.ike_request && s.stay.ike_sa_inits == 0;
}

bool can_see_updates(const StayReviewed& s) {
  return s.stay.ike_sa_init || (s.sa != nullptr && s.sa->keys_known);
}

// The TIA that is registered, and the one there is.

model::NodeId gateway_of(const observer::IkeSa& sa) {
  return sa.gateway().node;
}
bool is_of_same_gateway(const observer::Fact& fact, wire::Ipv4Address old_address,
                        const observer::IkeSa& sa) {
  const model::NodeId giver = giver_of(fact, old_address);
  return giver == gateway_of(sa) || gateway_of(sa) == model::kNobody;
}
/// The registered address is an earlier TIA, of this gateway or of another.
template <bool same_gateway>
bool has_other_inner_address(const observer::Fact& fact, const observer::Bindings& registered,
                             const observer::IkeSa* sa) {
  const observer::Binding* latest = registered.latest();
  return sa != nullptr && sa->is_alive() && !sa->inner_address.is_zero() && latest != nullptr &&
         latest->care_of_address != sa->inner_address &&
         giver_of(fact, latest->care_of_address) != model::kNobody &&
         is_of_same_gateway(fact, latest->care_of_address, *sa) == same_gateway;
}

/// From when on it has to register a new TIA: it has it, and knows that it is outside.
observer::Time due(const Stay& stay, const observer::IkeSa& sa) {
  return std::max({sa.inner_assigned, last_probe(stay).time, stay.ready()});
}

template <bool same_gateway>
void add_new_inner_address(RuleBook& book, std::string_view id) {
  book.add<RegistrationSent>(id)
      .itself({"mode-mc", "several-gateways"})
      .when([](const RegistrationSent& r) {
        return r.way == Way::in_vpn && asks_binding(r) && r.stay != nullptr &&
               !r.stay->is_trusted() &&
               has_other_inner_address<same_gateway>(r, r.registered, r.sa) &&
               (r.child == nullptr || r.child->ike_sa == r.sa->number);
      })
      .require([](const RegistrationSent& r) {
        return care_of(r) == r.sa->inner_address &&
               r.request.time - due(*r.stay, *r.sa) <= observer::kConvergence;
      })
      .evidence(request::care_of_address);
  book.add<TrafficSent>(id)
      .itself({"mode-mc", "several-gateways"})
      .when([](const TrafficSent& t) {
        return t.in_esp && t.from_home_address() && t.stay != nullptr && !t.stay->is_trusted() &&
               !found_inside(*t.stay) &&
               has_other_inner_address<same_gateway>(t, t.registered, t.sa) &&
               t.place.time - due(*t.stay, *t.sa) > observer::kConvergence;
      })
      .require([](const TrafficSent&) { return false; })
      .observed([](const TrafficSent& t) {
        return fmt::format("the TIA is {}, registered is {}", t.sa->inner_address.to_string(),
                           t.registered.latest()->care_of_address.to_string());
      });
  book.add<StayReviewed>(id)
      .itself({"mode-mc", "several-gateways"})
      .when([](const StayReviewed& s) {
        return !s.stay.is_trusted() && !s.stay.verdict && is_ready(s.stay, s.now) &&
               has_other_inner_address<same_gateway>(s, s.registered, s.sa) &&
               s.now - due(s.stay, *s.sa) > observer::kConvergence;
      })
      .require([](const StayReviewed&) { return false; })
      .observed([](const StayReviewed& s) {
        return fmt::format("the TIA is {}, registered is {}", s.sa->inner_address.to_string(),
                           s.registered.latest()->care_of_address.to_string());
      });
}

bool is_on_gateways_link(const AddressesUpdated& u) {
  return u.node().attachment(u.request.link) != nullptr;
}

Outcome follows_update(const AddressesUpdated& u) {
  if (u.response == nullptr) return false;
  switch (u.response->error_type()) {
    case 0:
      break;
    case kUnexpectedNatDetected:
      return Outcome::Kind::skip;
    case kUnacceptableAddresses:
      // A policy that has a reason cannot be told from one that has none.
      return {Outcome::Kind::warn, "the update was refused by policy"};
    default:
      return false;
  }
  if (is_checking(u)) return true;
  return std::none_of(u.used.begin(), u.used.end(),
                      [](const PathUse& use) { return use.late_on_old > 0; });
}

}  // namespace

void add_mob_registration_rules(RuleBook& book) {
  // §3.2
  book.add<StayReviewed>("MOB-3.2-04")
      .itself({"foreign-agent-possible"})
      .when([](const StayReviewed& s) {
        return is_settled(s) && arrived(s.stay) && s.stay.dhcp && !s.stay.is_home();
      })
      .require([](const StayReviewed& s) {
        // Without solicitations it waits for advertisements; the lease must not wait with it.
        const observer::Time other =
            s.stay.solicitation ? s.stay.solicitation.time : s.stay.began.time;
        const observer::Duration apart = s.stay.dhcp.time - other;
        return apart <= observer::kParallel && apart >= -observer::kParallel;
      })
      .observed([](const StayReviewed& s) {
        return fmt::format(
            "first DHCP message {:.3f} s after the first {}",
            seconds(s.stay.dhcp.time -
                    (s.stay.solicitation ? s.stay.solicitation.time : s.stay.began.time)),
            s.stay.solicitation ? "solicitation" : "frame on the link");
      });

  book.add<RegistrationSent>("MOB-3.2-05")
      .itself({"mode-c-or-f"})
      .when([](const RegistrationSent& r) {
        const observer::Binding* latest = r.registered.latest();
        const bool answered =
            !r.before_this_way || (r.last_reply && r.last_reply.time >= r.before_this_way.time);
        return r.way != Way::in_vpn && asks_binding(r) && latest != nullptr && answered &&
               latest->expires != observer::Time::max() && latest->care_of_address == care_of(r) &&
               r.stay != nullptr && r.stay->is_trusted() && !r.stay->is_home() &&
               r.stay->ready() + observer::kConvergence <= latest->expires;
      })
      .require([](const RegistrationSent& r) { return past_expiry(r) <= kTolerance; })
      .observed([](const RegistrationSent& r) {
        return fmt::format("the binding had run out {:.1f} s before", seconds(past_expiry(r)));
      })
      .missed_by(past_expiry);

  book.add<StayReviewed>("MOB-3.2-06")
      .when([](const StayReviewed& s) {
        return detects(s.node()) && s.previous != nullptr && s.stay.is_trusted() &&
               is_ready(s.stay, s.now) && is_active(s.stay) &&
               s.stay.address != s.previous->address && is_settled(s);
      })
      .judge([](const StayReviewed& s) {
        if (s.stay.is_home() && s.stay.deregistration) return comes(s, s.stay.deregistration);
        return comes(s, s.stay.probes > 0 ? s.stay.probe[0] : s.stay.request_by_agent);
      })
      .observed([](const StayReviewed& s) {
        return fmt::format("moved to {}: {}", s.stay.address.to_string(),
                           when_seen(s.stay, "request with that address", s.stay.probe[0]));
      });
  book.add<RegistrationSent>("MOB-3.2-06")
      .when([](const RegistrationSent& r) {
        return is_direct(r) && asks_binding(r) && r.stay != nullptr && r.stay->is_trusted() &&
               !r.stay->is_home() && r.stay->number > 1 && is_ready(*r.stay, r.request.time) &&
               !is_inner(r, care_of(r));
      })
      .judge([](const RegistrationSent& r) -> Outcome {
        if (r.way == Way::probe) return true;
        const observer::Binding* latest = r.registered.latest();
        const bool former = (r.before && care_of(r) == r.before.care_of_address) ||
                            (latest != nullptr && care_of(r) == latest->care_of_address);
        return former ? Outcome(false) : Outcome(Outcome::Kind::skip);
      })
      .evidence(request::care_of_address);

  book.add<RegistrationSent>("MOB-3.2-07")
      .when([](const RegistrationSent& r) {
        return asks_internal_home_agent(r) && !r.request.clipped &&
               shares_key(r, internal_home_agent(r.node()));
      })
      .require([](const RegistrationSent& r) { return is_signed(r.request); })
      .evidence(mip4::authentication::mobile_home)
      .observed([](const RegistrationSent& r) {
        return fmt::format("{} Mobile-Home Authentication extensions{}",
                           r.request.count(mip4::authentication::mobile_home),
                           r.request.carries(mip4::authentication::mobile_home)
                               ? ", not under the key that is shared"
                               : "");
      });
  book.add<ReplySent>("MOB-3.2-07")
      .only(Role::home_agent)
      .when([](const ReplySent& r) {
        return is_acceptance(r.reply) && r.mobile_node != model::kNobody && !r.reply.clipped &&
               r.network.association(r.judged, r.mobile_node) != nullptr;
      })
      .require([](const ReplySent& r) {
        return is_signed(r.reply) && r.request.authentication.mobile_home == Authentication::valid;
      })
      .evidence(reply::code)
      .observed([](const ReplySent& r) -> std::string {
        return is_signed(r.reply) ? "accepts a request that does not authenticate"
                                  : "accepts without a valid Mobile-Home Authentication extension";
      });

  // §3.3
  book.add<StayReviewed>("MOB-3.3-01")
      .itself({"vpn-up"})
      .when([](const StayReviewed& s) {
        return is_settled(s) && !s.stay.is_trusted() && moved_with_vpn(s) &&
               is_ready(s.stay, s.now) && is_active(s.stay) && can_see_updates(s) &&
               !s.stay.verdict;
      })
      .judge([](const StayReviewed& s) -> Outcome {
        if (s.stay.update) return s.stay.update.time - s.stay.ready() <= observer::kConvergence;
        if (holds_back(s) && s.moment != Moment::never) return Outcome::Kind::skip;
        return false;
      })
      .observed([](const StayReviewed& s) {
        return fmt::format("moved to {}: {}, {}", s.stay.address.to_string(),
                           when_seen(s.stay, "update", s.stay.update),
                           when_seen(s.stay, "IKE_SA_INIT", s.stay.ike_sa_init));
      });

  book.add<AddressesUpdated>("MOB-3.3-02")
      .itself({"vpn-up"})
      .when([](const AddressesUpdated& u) {
        return !u.is_client() && is_on_gateways_link(u) && u.sa->mobike();
      })
      .judge(follows_update)
      .observed([](const AddressesUpdated& u) -> std::string {
        if (u.response == nullptr) return "the update was not answered";
        if (const auto error = u.response->error_type(); error != 0)
          return fmt::format("the update was answered with error {}", error);
        return fmt::format("{} s after the answer ESP still goes to {}", seconds(observer::kSwitch),
                           u.old_path.remote.to_string());
      });

  add_new_inner_address<true>(book, "MOB-3.3-03");
  add_new_inner_address<false>(book, "MOB-3.3-04");
}

}  // namespace mipvet::rules

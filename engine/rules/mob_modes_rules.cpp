#include "engine/rules/binding_words.h"
#include "engine/rules/esp_words.h"
#include "engine/rules/mob_words.h"
#include "engine/rules/rule_files.h"

// draft-ietf-mip4-mobike-connectivity-02 §3.1: the access modes h, c, f and mc.

namespace mipvet::rules {

using observer::EspSettled;
using observer::ReplySent;
using observer::RequestRelayed;

namespace {

/// A registration that keeps up mode c: the network was found to be trusted here before.
bool is_mode_c(const RegistrationSent& r) {
  return is_direct(r) && asks_binding(r) && r.stay != nullptr && r.stay->is_trusted() &&
         !r.stay->is_home() && r.stay->verdict && !r.stay->address.is_zero() &&
         asks_internal_home_agent(r);
}

bool is_mode_f(const RegistrationSent& r) {
  return r.way == Way::by_agent && asks_binding(r) && r.stay != nullptr && r.stay->is_trusted() &&
         !r.stay->is_home();
}

/// That it left its home may be noticed late (RFC 5265 §3).
bool has_stayed(const Stay& stay, observer::Time now) {
  return (!stay.is_trusted() || arrived(stay)) && now - stay.began.time > observer::kSwitch;
}

bool is_native(const TrafficSent& t) {
  return t.stay != nullptr && t.from_home_address() && !t.in_esp && !t.in_mip_tunnel;
}

constexpr std::uint8_t kUdp = 17;

bool is_signalling(const EspSettled& e) {
  return e.inner_protocol == kUdp && e.inner_destination_port == mip4::kPort;
}

}  // namespace

void add_mob_modes_rules(RuleBook& book) {
  // §3.1.1, mode h
  book.add<StayReviewed>("MOB-3.1.1-01")
      .itself({"mode-h"})
      .when([](const StayReviewed& s) {
        const observer::Binding* latest = s.registered.latest();
        // Agents that advertise there without saying that one is its own show no home.
        return s.stay.is_home() && arrived(s.stay) &&
               (s.stay.home_agent_heard || !s.stay.advertisement || s.stay.deregistration) &&
               (s.stay.deregistration || (latest != nullptr && latest->expires > s.now &&
                                          latest->since < s.stay.began.time));
      })
      .judge([](const StayReviewed& s) { return comes(s, s.stay.deregistration); })
      .observed([](const StayReviewed& s) {
        return s.stay.deregistration
                   ? when_seen(s.stay, "deregistration", s.stay.deregistration)
                   : fmt::format("at home, and registered with {}",
                                 s.registered.latest()->care_of_address.to_string());
      });
  book.add<TrafficSent>("MOB-3.1.1-01")
      .itself({"mode-h"})
      .when([](const TrafficSent& t) {
        return t.stay != nullptr && t.stay->is_home() && t.from_home_address() &&
               t.stay->deregistered;
      })
      .require([](const TrafficSent& t) { return !t.in_mip_tunnel && !t.in_esp; })
      .observed(nesting);
  book.add<ReplySent>("MOB-3.1.1-01")
      .itself({"mode-h"})
      .when([](const ReplySent& r) {
        return asks_deregistration(r.request) && is_acceptance(r.reply) &&
               r.request.address(request::care_of_address) ==
                   r.request.address(request::home_address);
      })
      .require([](const ReplySent& r) { return r.reply[reply::lifetime] == 0; })
      .evidence(reply::lifetime);

  book.add<TrafficSent>("MOB-3.1.1-02")
      .itself({"mode-h"})
      .when([](const TrafficSent& t) {
        // Inside without reverse tunnelling it is native, too.
        return is_native(t) &&
               (t.stay->is_home() || (!found_inside(*t.stay) && has_stayed(*t.stay, t.place.time)));
      })
      .judge([](const TrafficSent& t) -> Outcome {
        if (t.stay->is_home()) return true;
        // By way of a foreign agent it is no mode h: MOB-3-19.
        const model::NodeId next = t.network.owner(t.place.destination_mac);
        if (next != model::kNobody && t.network.node(next).role == Role::foreign_agent)
          return Outcome::Kind::skip;
        return false;
      })
      .in_ip(wire::ip::source)
      .observed([](const TrafficSent& t) {
        return fmt::format("{} in native form, on a link that is not home", nesting(t));
      });

  // §3.1.2, mode c
  book.add<TrafficSent>("MOB-3.1.2-01")
      .when([](const TrafficSent& t) { return is_clear(t) && is_known(t); })
      .require([](const TrafficSent& t) { return found_inside(*t.stay); })
      .in_ip(wire::ip::source)
      .observed([](const TrafficSent& t) {
        return fmt::format("{} outside ESP, {:.3f} s after the address, no authentic reply so far",
                           nesting(t), seconds(t.place.time - t.stay->ready()));
      });

  book.add<RegistrationSent>("MOB-3.1.2-02")
      .itself({"mode-c"})
      .when([](const RegistrationSent& r) { return is_mode_c(r) && care_of(r) == r.stay->address; })
      .judge([](const RegistrationSent& r) -> Outcome {
        if (r.request.source != r.stay->address ||
            !r.request.carries(mip4::authentication::mobile_home))
          return false;
        if (r.request[request::decapsulation_by_mobile_node] == 0)
          return {Outcome::Kind::warn, "D is clear, which RFC 3344 §3.6.1.2 only advises against"};
        return true;
      })
      .in_ip(wire::ip::source);

  book.add<RegistrationSent>("MOB-3.1.2-03")
      .itself({"mode-c"})
      .when(is_mode_c)
      .require([](const RegistrationSent& r) { return care_of(r) == r.stay->address; })
      .evidence(request::care_of_address);

  // §3.1.3, mode f
  book.add<RegistrationSent>("MOB-3.1.3-01")
      .itself({"mode-f"})
      .when([](const RegistrationSent& r) {
        return is_mode_f(r) && arrived(*r.stay) &&
               r.request[request::decapsulation_by_mobile_node] == 0;
      })
      .require(
          [](const RegistrationSent& r) { return found_inside(*r.stay) && r.stay->advertisement; })
      .observed([](const RegistrationSent& r) {
        return fmt::format("registers by way of a foreign agent; {}, {}",
                           when_seen(*r.stay, "verdict", r.stay->verdict),
                           when_seen(*r.stay, "advertisement", r.stay->advertisement));
      });

  book.add<RegistrationSent>("MOB-3.1.3-02")
      .itself({"mode-f"})
      .when([](const RegistrationSent& r) { return is_mode_f(r); })
      .judge([](const RegistrationSent& r) -> Outcome {
        const bool own = care_of(r) == r.stay->address;
        const bool decapsulates = r.request[request::decapsulation_by_mobile_node] != 0;
        if (own && decapsulates)
          return {Outcome::Kind::warn, "a co-located registration by way of the agent"};
        const wire::Ipv4Address home = r.request.address(request::home_address);
        return !decapsulates && !own && r.request.source == home &&
               (belongs_to(r, care_of(r), Role::foreign_agent) ||
                r.stay->advertiser == model::kNobody);
      })
      .evidence(request::care_of_address)
      .observed([](const RegistrationSent& r) {
        return fmt::format("D {}, care-of address {}, from {}",
                           r.request[request::decapsulation_by_mobile_node], care_of(r).to_string(),
                           r.request.source.to_string());
      });
  book.add<RequestRelayed>("MOB-3.1.3-02")
      .only(Role::foreign_agent)
      .itself({"mode-f"})
      .require([](const RequestRelayed& r) {
        return r.to_ha.destination == r.from_mn.address(request::home_agent) &&
               r.to_ha.destination_port == mip4::kPort &&
               r.to_ha[request::care_of_address] == r.from_mn[request::care_of_address];
      })
      .in_ip(wire::ip::destination);
  book.add<ReplySent>("MOB-3.1.3-02")
      .only(Role::home_agent)
      .itself({"mode-f"})
      .when([](const ReplySent& r) { return belongs_to(r, r.request.source, Role::foreign_agent); })
      .require([](const ReplySent& r) {
        return r.reply.destination == r.request.source &&
               r.reply.destination_port == r.request.source_port;
      })
      .in_ip(wire::ip::destination);

  // §3.1.4, mode mc
  book.add<RegistrationSent>("MOB-3.1.4-01")
      .itself({"mode-mc"})
      .when([](const RegistrationSent& r) {
        return asks_binding(r) && is_inner(r, care_of(r)) && r.stay != nullptr &&
               !r.stay->is_trusted();
      })
      .require([](const RegistrationSent& r) { return r.way == Way::in_vpn; })
      .evidence(request::care_of_address)
      .observed([](const RegistrationSent& r) {
        return fmt::format("the TIA {} is registered outside the VPN", care_of(r).to_string());
      });

  book.add<RegistrationSent>("MOB-3.1.4-02")
      .itself({"gateway-reachable-inside"})
      .when([](const RegistrationSent& r) {
        return asks_binding(r) && r.stay != nullptr && r.stay->is_trusted() && r.stay->verdict &&
               (r.way == Way::in_vpn || is_mode_c(r));
      })
      .require([](const RegistrationSent& r) { return r.way != Way::in_vpn; })
      .evidence(request::care_of_address)
      .observed([](const RegistrationSent& r) {
        return fmt::format("{} is registered through the VPN {:.1f} s after the verdict inside",
                           care_of(r).to_string(), seconds(r.request.time - r.stay->verdict.time));
      });
  book.add<StayReviewed>("MOB-3.1.4-02")
      .itself({"gateway-reachable-inside"})
      .when([](const StayReviewed& s) {
        return is_settled_inside(s) && s.stay.is_trusted() && s.registered.latest() != nullptr &&
               (s.stay.had_tunnel_binding || !s.stay.inner_address.is_zero());
      })
      .judge([](const StayReviewed& s) -> Outcome {
        const bool inner = giver_of(s, s.registered.latest()->care_of_address) != model::kNobody;
        if (!inner) return true;
        return s.moment == Moment::inside_never ? Outcome(false) : Outcome(Outcome::Kind::skip);
      })
      .observed([](const StayReviewed& s) {
        return fmt::format("inside, and registered with the TIA {}",
                           s.registered.latest()->care_of_address.to_string());
      });

  book.add<EspSettled>("MOB-3.1.4-03")
      .itself({"mode-mc"})
      .when([](const EspSettled& e) {
        return e.protection == observer::Protection::opened && has_to_take(e) && e.is_well_formed &&
               !e.is_repeated && !e.is_late && !e.sa->inner_address.is_zero() &&
               e.inner_source == e.sa->inner_address && is_home_agent(e, e.inner_destination) &&
               !translates(e.node()) && (is_signalling(e) || e.inner_protocol == wire::ip::kIpv4);
      })
      .judge([](const EspSettled& e) -> Outcome {
        if (e.delivered > 0) return true;
        return is_signalling(e) ? Outcome(false) : Outcome(Outcome::Kind::warn);
      })
      .observed([](const EspSettled& e) {
        return fmt::format("{} from the TIA {} to the home agent {} was not let through",
                           is_signalling(e) ? "UDP to port 434" : "IP-in-IP",
                           e.inner_source.to_string(), e.inner_destination.to_string());
      });
}

}  // namespace mipvet::rules

#include "engine/rules/binding_words.h"
#include "engine/rules/mob_words.h"
#include "engine/rules/rule_files.h"

// draft-ietf-mip4-mobike-connectivity-02 §3: the solution as a whole. One home address, two nested
// tunnels outside, no foreign agent there, an address by DHCP and the probe that uses it.

namespace mipvet::rules {

using observer::ReplySent;
using observer::ReverseTunnelled;

namespace {

/// A node of a pair of tunnels as the draft has them: such a registration is for the TIA.
bool asks_for_inner_address(const ReplySent& r) {
  return giver_of(r, r.request.address(request::care_of_address)) != model::kNobody ||
         r.circumstances.has(Circumstance::mode_mc);
}

/// The mobile node came from one untrusted network to another, and its TIA, which is registered,
/// has stayed.
bool keeps_binding(const Stay& stay, wire::Ipv4Address inner_address) {
  return !stay.is_trusted() && stay.number > 1 && stay.had_tunnel_binding &&
         !inner_address.is_zero() && stay.old_inner_address == inner_address;
}

/// Its home agent knows where it is, and it knows that.
bool is_registered(const Stay& stay) {
  const bool stands = stay.had_tunnel_binding && stay.update_answered &&
                      stay.old_inner_address == stay.inner_address;
  return stay.verdict || (stay.is_trusted() && stay.reply_by_agent) || stay.tunnel_reply ||
         stay.deregistered || stands;
}

/// More than half of the lifetime is left: it is no regular refresh.
bool is_fresh(const observer::Binding& binding, observer::Time now) {
  if (binding.expires == observer::Time::max()) return true;
  return (binding.expires - now) * 2 > std::chrono::seconds(binding.granted);
}

bool through_own_gateway(const RegistrationSent& r) {
  return r.way == Way::in_vpn && r.sa != nullptr && !r.sa->inner_address.is_zero();
}

/// Nothing of it was heard before: its first request was answered, or none was sent.
bool is_answered(const RegistrationSent& r) {
  return !r.before_this_way || (r.last_reply && r.last_reply.time >= r.before_this_way.time);
}

std::string addresses(const RegistrationSent& r) {
  return fmt::format("from {} with care-of address {}", r.request.source.to_string(),
                     care_of(r).to_string());
}

}  // namespace

void add_mob_overview_rules(RuleBook& book) {
  book.add<RegistrationSent>("MOB-3-01")
      .when([](const RegistrationSent& r) { return r.node().home_address.has_value(); })
      .require([](const RegistrationSent& r) {
        const wire::Ipv4Address home = r.request.address(request::home_address);
        return home.is_zero() || r.node().home_address->contains(home);
      })
      .evidence(request::home_address);

  // The mobile node's part: whoever asks it at its home address is answered.
  book.add<StayReviewed>("MOB-3-02")
      .when([](const StayReviewed& s) {
        return s.stay.echo_requests >= 3 && is_registered(s.stay) &&
               (found_inside(s.stay) || !s.stay.is_tunnel_narrow) &&
               s.now - s.stay.echo_request.time >= observer::kSwitch;
      })
      .judge([](const StayReviewed& s) -> Outcome {
        if (s.stay.echo_replies > 0) return true;
        return s.now - s.stay.ready() >= observer::kNever ? Outcome(false)
                                                          : Outcome(Outcome::Kind::skip);
      })
      .observed([](const StayReviewed& s) {
        return fmt::format("{} echo requests at the home address, {} answered",
                           s.stay.echo_requests, s.stay.echo_replies);
      });
  book.add<DatagramSettled>("MOB-3-02")
      .when([](const DatagramSettled& d) {
        return is_bound(d) && d.story.incident == Incident::none && is_reachable(d);
      })
      .require(is_served)
      .in_ip(wire::ip::destination)
      .observed(whereabouts);

  book.add<StayReviewed>("MOB-3-04")
      .when([](const StayReviewed& s) {
        // An update that was answered shows that there was a tunnel all the same.
        return !s.stay.is_trusted() && !s.stay.had_ike_sa && !s.stay.update_answered &&
               !may_have_ike_sa(s.stay) && !s.stay.verdict && arrived(s.stay) &&
               is_ready(s.stay, s.now) && is_active(s.stay);
      })
      .judge([](const StayReviewed& s) -> Outcome {
        if (s.stay.ike_sa_init) return true;
        return s.moment == Moment::never ? Outcome(false) : Outcome(Outcome::Kind::skip);
      })
      .observed([](const StayReviewed& s) {
        return fmt::format("{} requests in clear, no IKE_SA_INIT", s.stay.probes);
      });

  book.add<RegistrationSent>("MOB-3-05")
      .itself({"mode-mc"})
      .when([](const RegistrationSent& r) {
        const observer::Binding* latest = r.registered.latest();
        return through_own_gateway(r) && asks_binding(r) && latest != nullptr &&
               latest->expires != observer::Time::max() &&
               latest->care_of_address == r.sa->inner_address && is_answered(r) &&
               r.stay != nullptr && !r.stay->is_trusted() &&
               r.stay->ready() + observer::kConvergence <= latest->expires;
      })
      .require([](const RegistrationSent& r) { return past_expiry(r) <= kTolerance; })
      .observed([](const RegistrationSent& r) {
        return fmt::format("the binding had run out {:.1f} s before", seconds(past_expiry(r)));
      })
      .missed_by(past_expiry);

  book.add<RegistrationSent>("MOB-3-09")
      .itself({"mode-mc", "vpn-up"})
      .when([](const RegistrationSent& r) {
        const observer::Binding* latest = r.registered.latest();
        return through_own_gateway(r) && asks_binding(r) && r.stay != nullptr &&
               keeps_binding(*r.stay, r.sa->inner_address) && latest != nullptr &&
               latest->care_of_address == r.sa->inner_address &&
               r.request.time - r.stay->ready() < observer::kNever &&
               is_fresh(*latest, r.request.time);
      })
      .require([](const RegistrationSent&) { return false; })
      .evidence(request::care_of_address)
      .observed([](const RegistrationSent& r) {
        return fmt::format("{:.1f} s after a move, {} is registered again",
                           seconds(r.request.time - r.stay->ready()), care_of(r).to_string());
      });
  book.add<StayReviewed>("MOB-3-09")
      .itself({"mode-mc", "vpn-up"})
      .when([](const StayReviewed& s) {
        return is_settled(s) && keeps_binding(s.stay, s.stay.inner_address) &&
               s.stay.update_answered && !s.stay.tunnel_request;
      })
      .require([](const StayReviewed&) { return true; });

  book.add<TrafficSent>("MOB-3-10")
      .itself({"mode-mc"})
      .when([](const TrafficSent& t) {
        return is_outside(t) && t.from_home_address() && (t.in_esp || t.esp_in_mip);
      })
      .require([](const TrafficSent& t) { return t.in_mip_tunnel && !t.esp_in_mip; })
      .observed(nesting);

  book.add<RegistrationSent>("MOB-3-11")
      .itself({"mode-mc"})
      .when([](const RegistrationSent& r) { return r.way == Way::in_vpn && asks_binding(r); })
      .require([](const RegistrationSent& r) { return r.request[request::reverse_tunneling] != 0; })
      .evidence(request::flags);
  book.add<TrafficSent>("MOB-3-11")
      .itself({"mode-mc"})
      .when([](const TrafficSent& t) {
        return is_outside(t) && t.from_home_address() && t.in_esp && t.in_mip_tunnel &&
               !t.esp_in_mip;
      })
      .require([](const TrafficSent& t) {
        const bool from_inner = t.sa == nullptr || t.sa->inner_address.is_zero() ||
                                t.tunnel_source == t.sa->inner_address ||
                                t.registered.to(t.tunnel_source) != nullptr;
        return from_inner && is_home_agent(t, t.tunnel_destination);
      })
      .observed(nesting);

  book.add<ReplySent>("MOB-3-12")
      .itself({"mode-mc"})
      .when([](const ReplySent& r) {
        return r.request[request::reverse_tunneling] != 0 &&
               r.request[request::decapsulation_by_mobile_node] != 0 && asks_for_inner_address(r);
      })
      .require([](const ReplySent& r) { return r.reply[reply::code] != 137; })
      .evidence(reply::code);

  book.add<ReverseTunnelled>("MOB-3-13")
      .itself({"mode-mc"})
      .when([](const ReverseTunnelled& r) {
        // The tunnel from a TIA, or for a home address that is registered with one.
        const observer::Binding* latest = r.bindings.latest();
        return giver_of(r, r.tunnel.source) != model::kNobody ||
               (latest != nullptr && giver_of(r, latest->care_of_address) != model::kNobody);
      })
      .require([](const ReverseTunnelled& r) {
        const auto fits = [&](const observer::Binding& binding) {
          return binding.expires > r.tunnel.time &&
                 (r.tunnel.source == binding.care_of_address ||
                  (binding.in_udp() && r.tunnel.source == binding.udp_address));
        };
        return std::ranges::any_of(r.bindings.all(), fits) ||
               std::ranges::any_of(r.bindings_then.all(), fits);
      })
      .in_ip(wire::ip::source)
      .observed([](const ReverseTunnelled& r) {
        const observer::Binding* latest = r.bindings.latest();
        return fmt::format("{} -> {} was let out, which came in a tunnel from {}; registered is {}",
                           r.datagram.source.to_string(), r.datagram.destination.to_string(),
                           r.tunnel.source.to_string(),
                           latest == nullptr ? "nothing" : latest->care_of_address.to_string());
      });

  book.add<RegistrationSent>("MOB-3-15")
      .itself({"untrusted-fa"})
      .when([](const RegistrationSent& r) {
        return r.stay != nullptr && !r.stay->is_trusted() && r.way == Way::by_agent &&
               asks_binding(r) && asks_internal_home_agent(r);
      })
      .judge([](const RegistrationSent& r) -> Outcome {
        const bool own =
            care_of(r) == r.stay->address && r.request[request::decapsulation_by_mobile_node] != 0;
        return own ? Outcome{Outcome::Kind::warn, "a co-located registration by way of the agent"}
                   : Outcome(false);
      })
      .evidence(request::care_of_address);
  book.add<StayReviewed>("MOB-3-15")
      .itself({"untrusted-fa"})
      .when([](const StayReviewed& s) {
        return is_settled(s) && !s.stay.is_trusted() && s.stay.advertisement && is_active(s.stay) &&
               !s.stay.request_by_agent;
      })
      .require([](const StayReviewed&) { return true; });

  book.add<StayReviewed>("MOB-3-16")
      .when([](const StayReviewed& s) {
        const model::Attachment* attachment = s.node().attachment(s.stay.link);
        const bool is_static = attachment != nullptr && attachment->address.has_value();
        return is_settled(s) && arrived(s.stay) && !s.stay.is_home() && !is_static &&
               is_active(s.stay);
      })
      .require([](const StayReviewed& s) { return static_cast<bool>(s.stay.dhcp); })
      .observed([](const StayReviewed& s) {
        return fmt::format("no DHCP message on this link{}",
                           s.stay.advertisement ? ", where an agent advertises" : "");
      });

  book.add<RegistrationSent>("MOB-3-17")
      .when([](const RegistrationSent& r) {
        return is_direct(r) && r.stay != nullptr && !r.stay->verdict && !r.stay->is_home() &&
               !r.stay->address.is_zero() && asks_internal_home_agent(r) &&
               !is_inner(r, care_of(r));
      })
      .judge([](const RegistrationSent& r) -> Outcome {
        if (care_of(r) != r.stay->address || r.request.source != r.stay->address) return false;
        if (!asks_binding(r)) return {Outcome::Kind::warn, "a probe with lifetime 0"};
        if (r.request[request::decapsulation_by_mobile_node] == 0)
          return {Outcome::Kind::warn, "D is clear, which RFC 3344 §3.6.1.2 only advises against"};
        return true;
      })
      .evidence(request::care_of_address)
      .observed(addresses);

  book.add<TrafficSent>("MOB-3-19")
      .itself({"mode-f"})
      .when([](const TrafficSent& t) {
        const model::NodeId next = t.network.owner(t.place.destination_mac);
        return is_clear(t) && t.stay->is_trusted() && arrived(*t.stay) && !t.in_mip_tunnel &&
               next != model::kNobody && t.network.node(next).role == Role::foreign_agent;
      })
      .require([](const TrafficSent& t) { return static_cast<bool>(t.stay->reply_by_agent); })
      .observed([](const TrafficSent& t) {
        return fmt::format("{} by way of the foreign agent, which has not registered it",
                           nesting(t));
      });

  book.add<TrafficSent>("MOB-3-22")
      .itself({"mode-mc"})
      .when([](const TrafficSent& t) {
        return is_outside(t) && t.in_mip_tunnel && is_home_agent(t, t.tunnel_destination) &&
               !found_inside(*t.stay) && t.sa != nullptr && t.sa->is_alive();
      })
      .require([](const TrafficSent& t) { return t.in_esp; })
      .observed(nesting);
}

}  // namespace mipvet::rules

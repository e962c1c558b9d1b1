#pragma once

#include <optional>
#include <string>

#include <fmt/format.h>

#include "engine/observer/ipsec_facts.h"
#include "engine/rules/time_words.h"
#include "engine/rules/vocabulary.h"

/// Words about the mobile node of mip4-mobike: where it is, what it knows about that, which of its
/// addresses stands in a registration.
namespace mipvet::rules {

using observer::RegistrationSent;
using observer::Seen;
using observer::Stay;
using observer::StayReviewed;
using observer::TrafficSent;
using observer::Way;
using Moment = StayReviewed::Moment;

/// How long the latest binding had run out when the request was sent; negative: it had not.
inline observer::Duration past_expiry(const RegistrationSent& r) {
  return r.request.time - r.registered.latest()->expires;
}

/// A NAT stands on the link of a mobile node.
inline bool has_nat(const observer::Fact& fact, observer::LinkId link) {
  return std::any_of(fact.network.nodes.begin(), fact.network.nodes.end(),
                     [&](const model::Node& node) {
                       return node.role == Role::nat && node.attachment(link) != nullptr;
                     });
}

/// The home agent inside, as the network declares it for the mobile node; zero: it does not.
inline wire::Ipv4Address internal_home_agent(const model::Node& node) {
  const auto declared = node.parameters.find("home_agent");
  if (declared == node.parameters.end() || !declared->is_string()) return {};
  return wire::Ipv4Address::parse(declared->get_ref<const std::string&>())
      .value_or(wire::Ipv4Address{});
}

/// A Home Agent field names the one inside, or asks for one to be assigned (RFC 3344 §3.6.1.2).
inline bool names_internal_home_agent(const observer::Fact& fact, wire::Ipv4Address home_agent) {
  if (home_agent.is_zero() || home_agent.is_limited_broadcast()) return true;
  const wire::Ipv4Address declared = internal_home_agent(fact.node());
  if (!declared.is_zero() && home_agent == declared) return true;
  const model::NodeId owner = fact.network.owner(home_agent);
  if (owner == model::kNobody || fact.network.node(owner).role != Role::home_agent) return false;
  return declared.is_zero() || owner == fact.network.owner(declared);
}

/// The VPN gateway whose pool has an address; kNobody: it is no tunnel inner address.
inline model::NodeId giver_of(const observer::Fact& fact, wire::Ipv4Address address) {
  for (model::NodeId id = 0; id < fact.network.node_count(); ++id) {
    const model::Node& node = fact.network.node(id);
    const auto pool = node.parameters.find("pool");
    if (node.role != Role::vpn_gateway || pool == node.parameters.end() || !pool->is_string())
      continue;
    const auto prefix = wire::Ipv4Prefix::parse(pool->get_ref<const std::string&>());
    if (prefix && prefix->contains(address)) return id;
  }
  return model::kNobody;
}

/// The gateway translates TIAs on their way inside (§4), as the network declares it.
inline bool translates(const model::Node& gateway) {
  const auto declared = gateway.parameters.find("translate");
  return gateway.declares("tia-natted") ||
         (declared != gateway.parameters.end() && declared->is_boolean() && declared->get<bool>());
}

/// The tunnel inner address of a mobile node, now or when it came; zero addresses are none.
inline bool is_inner(const RegistrationSent& r, wire::Ipv4Address address) {
  if (address.is_zero()) return false;
  if (r.sa != nullptr && r.sa->inner_address == address) return true;
  if (r.stay != nullptr &&
      (r.stay->inner_address == address || r.stay->old_inner_address == address))
    return true;
  return giver_of(r, address) != model::kNobody;
}

inline wire::Ipv4Address care_of(const RegistrationSent& r) {
  return r.request.address(request::care_of_address);
}
inline bool asks_binding(const RegistrationSent& r) {
  return r.request[request::lifetime] != 0;
}
inline bool asks_internal_home_agent(const RegistrationSent& r) {
  return names_internal_home_agent(r, r.request.address(request::home_agent));
}
/// Outside ESP and straight to a home agent.
inline bool is_direct(const RegistrationSent& r) {
  return r.way == Way::probe || r.way == Way::other;
}

/// It was seen to come: what did not happen since has not happened before the capture either.
inline bool arrived(const Stay& stay) {
  return stay.number > 1 || stay.lease ||
         (stay.solicitation && stay.solicitation.time - stay.began.time < observer::kParallel);
}
/// It has an address here and could talk.
inline bool is_ready(const Stay& stay, observer::Time now) {
  // At home it has its address whether anybody leases one or not.
  const bool has_address = stay.lease || !stay.dhcp || stay.is_home();
  return !stay.address.is_zero() && has_address && now >= stay.ready();
}
/// It does something here beyond asking for an address: it is neither switched off nor idle.
inline bool is_active(const Stay& stay) {
  return stay.clear_request || stay.request_by_agent || stay.ike_request || stay.tunnel_request ||
         stay.clear_traffic || stay.esp_traffic;
}
/// It has a right to take the network for trusted: an authentic acceptance outside any VPN.
inline bool found_inside(const Stay& stay) {
  return stay.verdict || stay.doubtful || (stay.is_trusted() && stay.reply_by_agent);
}
inline bool gateway_answered(const Stay& stay) {
  return stay.update_answered || stay.tunnel_up;
}

/// It gave the IKE SA up: its gateway did not answer the update on the former link.
inline bool gave_up_gateway(const StayReviewed& s) {
  return s.previous != nullptr && s.previous->update && !s.previous->update_answered &&
         !s.previous->update_refused && s.stay.ike_sa_init;
}

/// It has another address than before, and its VPN is up.
inline bool moved_with_vpn(const StayReviewed& s) {
  return s.previous != nullptr && s.stay.had_ike_sa && s.stay.had_mobike &&
         s.stay.address != s.previous->address && !gave_up_gateway(s);
}

/// It goes on with an IKE SA here that it began elsewhere. Without the keys nobody can tell whether
/// that was established, and that this is an update.
inline bool may_have_ike_sa(const Stay& stay) {
  return stay.ike_request && (!stay.ike_sa_init || stay.ike_request.time < stay.ike_sa_init.time);
}

inline const Seen& last_probe(const Stay& stay) {
  const std::size_t count = std::min<std::size_t>(stay.probes, Stay::kMaxProbes);
  return stay.probe[count == 0 ? 0 : count - 1];
}

/// It declares that it finds out where it is (§3.4): a mere VPN client does not.
inline bool detects(const model::Node& node) {
  return node.parameters.contains("detection");
}

/// The first of its requests in clear was seen, and not only repetitions: they came at once.
inline bool saw_first_probe(const Stay& stay) {
  return stay.probes > 0 && stay.probe[0].time - stay.ready() <= observer::kParallel;
}

/// How the mobile node declares to detect (§3.4); none: it does not say.
struct Detection {
  std::uint32_t requests = 0;  ///< the first and its repetitions
  observer::Duration timeout{};
};
inline std::optional<Detection> declared_detection(const model::Node& node) {
  const auto found = node.parameters.find("detection");
  if (found == node.parameters.end() || !found->is_object()) return std::nullopt;
  const auto retries = found->find("retries");
  const auto timeout = found->find("timeout");
  if (retries == found->end() || !retries->is_number_integer() || timeout == found->end() ||
      !timeout->is_number())
    return std::nullopt;
  // RFC 3344 §3.6.3: never more often than once a second.
  const double wait = std::max(timeout->get<double>(), 1.0);
  return Detection{
      retries->get<std::uint32_t>() + 1,
      std::chrono::duration_cast<observer::Duration>(std::chrono::duration<double>(wait))};
}
/// The configured requests are used up at that time, as far as can be known.
inline bool is_exhausted(const Stay& stay, const Detection& detection, observer::Time now) {
  return stay.probes >= detection.requests &&
         now >= last_probe(stay).time + detection.timeout * 4 / 5;
}

/// Looked at when things have to have settled: at the set moments, or as the mobile node leaves
/// after at least as long.
inline bool is_settled(const StayReviewed& s) {
  return s.moment == Moment::converged || s.moment == Moment::never ||
         (s.moment == Moment::left && s.now - s.stay.ready() >= observer::kConvergence);
}
/// The same for what has to follow the verdict.
inline bool is_settled_inside(const StayReviewed& s) {
  return s.moment == Moment::inside_converged || s.moment == Moment::inside_never ||
         (s.moment == Moment::left && s.stay.verdict &&
          s.now - s.stay.verdict.time >= observer::kConvergence);
}

/// Something that has to come: in time, late (a warning), or not within T_never.
inline Outcome comes(const StayReviewed& s, const Seen& what) {
  if (what)
    return what.time - s.stay.ready() <= observer::kConvergence ? Outcome(true)
                                                                : Outcome(Outcome::Kind::warn);
  return s.moment == Moment::never ? Outcome(false) : Outcome(Outcome::Kind::skip);
}

/// Data of the home address outside any ESP, away from home.
inline bool is_clear(const TrafficSent& t) {
  return t.stay != nullptr && !t.stay->is_home() && !t.in_esp && t.from_home_address();
}
inline bool is_outside(const TrafficSent& t) {
  return t.stay != nullptr && !t.stay->is_trusted();
}
/// Clear data here can be judged: nothing of the stay is missing, or no stay outside allows them.
inline bool is_known(const TrafficSent& t) {
  return is_ready(*t.stay, t.place.time) && (!t.stay->is_trusted() || arrived(*t.stay));
}

inline std::string nesting(const TrafficSent& t) {
  std::string result =
      fmt::format("{} -> {}", t.place.source.to_string(), t.place.destination.to_string());
  if (t.in_mip_tunnel)
    result += fmt::format(" in a Mobile IP tunnel {} -> {}", t.tunnel_source.to_string(),
                          t.tunnel_destination.to_string());
  if (t.in_esp)
    result += fmt::format("{} ESP {} -> {}", t.esp_in_mip ? " around" : " in",
                          t.outer_source.to_string(), t.outer_destination.to_string());
  return result;
}

/// "first clear request 0.002 s after the address, update 7.000 s after it".
inline std::string when_seen(const Stay& stay, std::string_view name, const Seen& seen) {
  return seen
             ? fmt::format("{} {:.3f} s after the address", name, seconds(seen.time - stay.ready()))
             : fmt::format("no {}", name);
}

}  // namespace mipvet::rules

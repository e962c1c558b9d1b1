#pragma once

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "engine/rules/vocabulary.h"

/// Words about datagrams and the bindings that they have to follow, for the proxy as for the home
/// agent.
namespace mipvet::rules {

using observer::Binding;
using observer::DatagramSettled;
using observer::EndedBinding;
using observer::Incident;
using observer::TunnelCopy;

inline bool is_live(const DatagramSettled& d, const Binding& binding) {
  return binding.expires > d.datagram.time;
}

inline bool is_bound(const DatagramSettled& d) {
  return d.bindings.live(d.datagram.time);
}

/// The node has a way to where the latest binding says; without one others are to blame.
inline bool is_reachable(const DatagramSettled& d) {
  const Binding* latest = d.bindings.latest();
  if (latest == nullptr) return false;
  const wire::Ipv4Address endpoint =
      latest->in_udp() ? latest->udp_address : latest->care_of_address;
  return !endpoint.is_loopback() && !endpoint.is_multicast() && can_reach(d.node(), endpoint);
}

/// Through the tunnel of this binding: to its care-of address, or in UDP to where the request came
/// from (RFC 3519 §4.6).
inline bool follows(const TunnelCopy& copy, const Binding& binding) {
  if (!binding.in_udp()) return !copy.in_udp && copy.destination == binding.care_of_address;
  return copy.in_udp && copy.destination == binding.udp_address &&
         copy.destination_port == binding.udp_port;
}

inline std::ptrdiff_t copies_to(const DatagramSettled& d, const Binding& binding) {
  return std::count_if(d.copies.begin(), d.copies.end(),
                       [&](const TunnelCopy& copy) { return follows(copy, binding); });
}

/// The binding that was granted last got the datagram, and no address without a binding did.
inline bool is_served(const DatagramSettled& d) {
  const Binding* latest = d.bindings.latest();
  return latest != nullptr && copies_to(d, *latest) > 0 &&
         std::all_of(d.copies.begin(), d.copies.end(), [&](const TunnelCopy& copy) {
           return std::any_of(d.bindings.all().begin(), d.bindings.all().end(),
                              [&](const Binding& binding) {
                                return is_live(d, binding) && follows(copy, binding);
                              });
         });
}

/// Every live binding got the datagram.
inline bool is_served_everywhere(const DatagramSettled& d) {
  return std::all_of(d.bindings.all().begin(), d.bindings.all().end(), [&](const Binding& binding) {
    return !is_live(d, binding) || copies_to(d, binding) > 0;
  });
}

inline bool went_to(const DatagramSettled& d, wire::Ipv4Address endpoint) {
  return std::any_of(d.copies.begin(), d.copies.end(),
                     [&](const TunnelCopy& copy) { return copy.destination == endpoint; });
}

/// That a tunnel was not used says something only of a node that was seen to use one before.
inline Outcome unused(bool used, bool control) {
  if (used) return false;
  return control ? Outcome(true) : Outcome(Outcome::Kind::skip);
}

/// The binding that went is not used any more.
inline Outcome ended_is_unused(const DatagramSettled& d) {
  return unused(went_to(d, d.story.ended.endpoint), d.story.tunnelled_before);
}

/// Of the bindings whose lifetime is over none is used.
inline Outcome expired_is_unused(const DatagramSettled& d) {
  bool used = false;
  for (const Binding& binding : d.bindings.all())
    used = used || (!is_live(d, binding) && copies_to(d, binding) > 0);
  return unused(used, d.story.tunnelled_before);
}

inline bool has_expired(const DatagramSettled& d) {
  return std::any_of(d.bindings.all().begin(), d.bindings.all().end(),
                     [&](const Binding& binding) { return !is_live(d, binding); });
}

inline bool never_bound(const DatagramSettled& d) {
  return d.bindings.count == 0 && d.story.ended.how == EndedBinding::How::none &&
         d.story.incident != Incident::asked && !d.story.tunnelled_before;
}

/// A new care-of address, granted less than a second ago in place of another.
inline bool just_moved(const DatagramSettled& d) {
  const Binding* latest = d.bindings.latest();
  return latest != nullptr && is_live(d, *latest) &&
         d.story.ended.how == EndedBinding::How::replaced &&
         d.datagram.time - latest->since < std::chrono::seconds(1);
}

inline std::string whereabouts(const DatagramSettled& d) {
  if (d.copies.empty())
    return fmt::format("the datagram for {} is not tunnelled", d.datagram.destination.to_string());
  std::string result =
      fmt::format("the datagram for {} is tunnelled", d.datagram.destination.to_string());
  for (const TunnelCopy& copy : d.copies)
    result += fmt::format(
        "{} {} -> {}{}", &copy == d.copies.data() ? "" : " and", copy.source.to_string(),
        copy.destination.to_string(),
        copy.in_udp ? fmt::format(" in UDP to port {}", copy.destination_port) : std::string());
  return result;
}

}  // namespace mipvet::rules

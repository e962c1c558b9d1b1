#include "engine/net/tunnel.h"
#include "roles/mobike_node_actor.h"

namespace mipvet::roles {

// What the mobile node registers when, and what goes through the registration that it has.

using wire::Ipv4Address;

RegistrationPlan MobikeNode::plan(Path path) const {
  RegistrationPlan result;
  result.path = path;
  result.lifetime = lifetime_;
  result.wait = deviates_("MOB-3.4-06") ? timeout_ * 3 : timeout_;
  result.tries = 1 + (deviates_("MOB-3.4-05") ? retries_ + 2 : retries_);
  if (deviates_("MOB-3.4-04")) result.tries = 1;
  switch (path) {
    case Path::direct:
      result.care_of = local_address();
      if (deviates_("MOB-3-17")) result.care_of.value ^= 0x1U;
      if (deviates_("MOB-3.2-06") && !last_address_.is_zero()) result.care_of = last_address_;
      if (deviates_("MOB-3.1.2-03") && detection_.place() == Place::inside)
        result.care_of = last_address_;
      break;
    case Path::foreign_agent:
      result.care_of = access_.agent()->care_of_address;
      result.lifetime = std::min(lifetime_, access_.agent()->registration_lifetime);
      result.agent = access_.agent();
      break;
    case Path::tunnel:
      result.care_of = *vpn_.tunnel_inner_address();
      if (deviates_("MOB-1-03")) result.care_of = local_address();
      break;
    case Path::home:
      result.care_of = home_address_;
      result.lifetime = 0;
      break;
  }
  return result;
}

void MobikeNode::deregister() {
  const auto binding = registration_.binding();
  if (!binding || !in_use_) return;
  RegistrationPlan last = plan(binding->path);
  last.lifetime = 0;
  registration_.begin(last);
}

void MobikeNode::send_request(const RegistrationPlan& plan, wire::Bytes message) {
  const bool elsewhere = detection_.place() == Place::inside && deviates_("MOB-3.1.2-02");
  data_.send_request(plan, elsewhere ? home_address_ : local_address(), message);
}

Ipv4Address MobikeNode::local_address() const {
  return access_.address() ? access_.address()->address.address : Ipv4Address{};
}

void MobikeNode::message_arrived(wire::Bytes payload, bool through_tunnel) {
  const auto inner = net::udp_tunnel_datagram(payload);
  if (!inner) return registration_.receive(payload, through_tunnel);
  data_.answered();
  deliver(*inner);
}

void MobikeNode::deliver(wire::Bytes datagram) {
  if (!deviates_("MOB-3-02")) user_.receive(datagram);
}

void MobikeNode::registered(const Registration& registration) {
  renewal_waits_ = false;
  switch (registration.path) {
    case Path::direct:
    case Path::home:
      return trusted(registration);
    case Path::foreign_agent:
      return use(registration);
    case Path::tunnel:
      if (deviates_("MOB-1-02")) ask_external_home_agent();
      return use(registration);
  }
}

void MobikeNode::trusted(const Registration& registration) {
  if (deviates_("MOB-3.4-03") || (registration.udp_keepalive && deviates_("MOB-4-09"))) {
    detection_.requests_exhausted();
    return decide();
  }
  detection_.request_accepted();
  registration_.abandon(Path::tunnel);
  vpn_.rest();
  use(registration);
  const auto tia = vpn_.tunnel_inner_address();
  if (was_late_ && tia && deviates_("MOB-3.4-18"))
    user_.open(data_.mixed(registration.care_of, *tia));
  if (deviates_("MOB-3.1.4-02"))
    host_.environment().schedule(std::chrono::seconds(2), [this] {
      if (vpn_.is_up()) registration_.begin(plan(Path::tunnel));
    });
  register_with_agent();
}

void MobikeNode::use(const Registration& registration) {
  if (registration.lifetime == 0 && registration.path != Path::home) return hold_traffic();
  in_use_ = true;
  user_.open(way(registration));
  data_.keep_alive(registration, [this] { renew(); });
}

UserTraffic::Way MobikeNode::way(const Registration& registration) {
  const bool in_clear = deviates_("MOB-3-22") || deviates_("MOB-3.4-09") || deviates_("MOB-3.4-16");
  const bool through_vpn = deviates_("MOB-3.4-10") || deviates_("MOB-3.4.2-01");
  const auto tia = vpn_.tunnel_inner_address();
  if (registration.path == Path::tunnel && in_clear) return data_.in_clear(local_address());
  if (registration.path == Path::direct && tia && through_vpn) return data_.through_vpn(*tia);
  if (registration.path == Path::direct && deviates_("MOB-3.4.2-09"))
    return data_.in_clear(last_address_);
  if (registration.path == Path::direct && !vpn_.is_up() && deviates_("MOB-3.4.1-06")) return {};
  return data_.way(registration, access_.agent());
}

void MobikeNode::ask_external_home_agent() {
  const Ipv4Address local = local_address();
  host_.send_udp(local, kRegistrationPort, {home_agent().value + 77}, mip4::kPort,
                 wire::make(request::layout, {{request::decapsulation_by_mobile_node, true},
                                              {request::lifetime, lifetime_},
                                              {request::home_address, home_address_},
                                              {request::home_agent, home_agent().value + 77},
                                              {request::care_of_address, local}}));
}

void MobikeNode::unanswered(Path path) {
  switch (path) {
    case Path::direct:
      // A renewal: it is no longer known where we are.
      if (detection_.place() == Place::inside) return address_changed();
      detection_.requests_exhausted();
      if (waits_with_the_vpn()) vpn_.arrive(local_address());
      if (detection_.place() == Place::undecided) {
        ask_later();
        if (deviates_("MOB-3.4-17")) user_.open(data_.in_clear(local_address()));
      }
      return decide();
    case Path::tunnel:
      vpn_.check_liveness();
      return registration_.go_on(path);
    case Path::home:
      return registration_.go_on(path);
    case Path::foreign_agent:
      return leave_agent();
  }
}

void MobikeNode::leave_agent() {
  avoids_agent_ = true;
  registration_.begin(plan(Path::direct));
}

void MobikeNode::answered_late(Path) {
  was_late_ = true;
  if (access_.address()) detect();
}

void MobikeNode::renewal_due(const Registration& registration) {
  // Until it is known again where we are, there is no way for it.
  renewal_waits_ = !in_use_;
  if (!renewal_waits_) registration_.begin(plan(registration.path));
}

void MobikeNode::renew() {
  const auto binding = registration_.binding();
  if (binding && in_use_) registration_.begin(plan(binding->path));
}

}  // namespace mipvet::roles

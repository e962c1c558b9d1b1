#include "engine/net/tunnel.h"
#include "engine/wire/frame.h"
#include "engine/wire/udp.h"
#include "roles/mobike_node_actor.h"

namespace mipvet::roles {

// How the mobile node finds out where it is (MOB §3.4): by what the home agent and the gateway
// answer.

using wire::Ipv4Address;

void MobikeNode::address_changed() {
  hold_traffic();
  detection_.begin();
  if (!access_.address()) {
    registration_.new_link();
    return vpn_.leave();
  }
  const Ipv4Address local = local_address();
  detect();
  if (!waits_with_the_vpn()) vpn_.arrive(local);
  const bool looks_trusted = (local.value >> 16) == 0xC0A8;
  if (deviates_("MOB-3.1.2-01") || (looks_trusted && deviates_("MOB-3.4-01")))
    user_.open(data_.in_clear(local));
}

void MobikeNode::hold_traffic() {
  in_use_ = false;
  user_.close();
  data_.stop();
}

void MobikeNode::detect() {
  host_.environment().cancel(again_);
  detection_.ask_again();
  hold_traffic();
  if (at_home_ && deviates_("MOB-3.1.1-01")) return user_.open(data_.at_home());
  if (!at_home_ && deviates_("MOB-3.1.3-01")) return;
  registration_.begin(plan(at_home_ ? Path::home : Path::direct));
}

bool MobikeNode::waits_with_the_vpn() const {
  return deviates_(vpn_.tunnel_inner_address() ? "MOB-3.4-08" : "MOB-3.4.2-07");
}

void MobikeNode::home_agent_heard(net::PortId port, Ipv4Address from) {
  if (!at_home_ && network_.owner(from) == network_.owner(home_agent())) come_home(port, from);
}

void MobikeNode::register_with_agent() {
  const bool too_early = deviates_("MOB-3.1.3-01") || deviates_("MOB-3-15");
  if (!access_.agent() || !uses_foreign_agents_ || avoids_agent_ || at_home_) return;
  if (detection_.place() != Place::inside && !too_early) return;
  if (deviates_("MOB-3-19")) return user_.open(data_.through(*access_.agent()));
  host_.add_address(*access_.port(), {home_address_, 32});
  registration_.begin(plan(Path::foreign_agent));
}

void MobikeNode::come_home(net::PortId port, Ipv4Address gateway) {
  const auto& declared = node_.attachments[port].address;
  at_home_ = true;
  registration_.abandon(Path::direct);
  host_.gratuitous_arp(port, home_address_, host_.mac(port));
  access_.come_home({{home_address_, declared ? declared->length : std::uint8_t{24}}, gateway});
}

void MobikeNode::vpn_answered() {
  detection_.gateway_answered();
  if (detection_.place() == Place::undecided && deviates_("MOB-3.4-12"))
    user_.open(data_.through_vpn(*vpn_.tunnel_inner_address()));
  decide();
}

void MobikeNode::vpn_lost() {
  const bool was_outside = detection_.place() == Place::outside;
  detection_.gateway_lost();
  registration_.abandon(Path::tunnel);
  if (was_outside) hold_traffic();
}

void MobikeNode::vpn_datagram(wire::Bytes datagram) {
  const wire::Buffer frame = wire::ip_frame({}, datagram);
  wire::Packet packet;
  packet.decode(frame, network_.decode);
  const auto inner = net::decapsulate(datagram);
  if (inner) return deliver(*inner);
  const wire::Layer* udp = packet.find(wire::udp::layout);
  if (udp == nullptr || packet.defects() != 0) return;
  const wire::View view = packet.view(*udp);
  if (view[wire::udp::destination_port] == kRegistrationPort)
    message_arrived(view.bytes().subspan(wire::udp::layout.minimum), true);
}

void MobikeNode::decide() {
  if (detection_.place() != Place::outside || in_use_) return;
  const auto binding = registration_.binding();
  const auto tia = vpn_.tunnel_inner_address();
  const bool stands = binding && binding->path == Path::tunnel && binding->care_of == tia;
  if (binding && (deviates_("MOB-3.3-03") || deviates_("MOB-3.3-04"))) return;
  if (stands && !deviates_("MOB-3.4.1-04")) use(*binding);
  if (!stands && deviates_("MOB-3.4.2-10")) return;
  if (!stands && deviates_("MOB-3.4.2-11")) user_.open(data_.through_vpn(*tia));
  const bool due = !stands || renewal_waits_ || deviates_("MOB-3-09") || deviates_("MOB-3.4.1-04");
  if (due && !registration_.under_way(Path::tunnel)) registration_.begin(plan(Path::tunnel));
}

void MobikeNode::ask_later() {
  constexpr net::Duration kRest = std::chrono::seconds(60);
  host_.environment().cancel(again_);
  again_ = host_.environment().schedule(kRest, [this] {
    if (access_.address() && detection_.place() == Place::undecided) detect();
  });
}

}  // namespace mipvet::roles

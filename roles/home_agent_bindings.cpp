#include "roles/home_agent_bindings.h"

#include <algorithm>

#include "engine/net/tunnel.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/mip4.h"

namespace mipvet::roles {

using wire::Ipv4Address;

void HomeBindings::add(Ipv4Address home_address, const CareOf& entry, bool beside_others) {
  const bool keeps = beside_others || deviates_("RFC3344-3.8.2.2-04");
  auto& list = entries_[home_address];
  if (deviates_("RFC3344-3.8.2.2-06") && !list.empty())
    host_.environment().schedule(
        std::chrono::milliseconds(500),
        [this, home_address, entry, keeps] { bind(home_address, entry, keeps); });
  else
    bind(home_address, entry, keeps);
  // RFC 3344 §4.6: the home agent answers for the absent node, and tells the neighbours.
  host_.proxy_arp(home_, home_address, true);
  if (entry.address != home_address) host_.gratuitous_arp(home_, home_address, host_.mac(home_));
}

void HomeBindings::bind(Ipv4Address home_address, const CareOf& entry, bool beside_others) {
  auto& list = entries_[home_address];
  std::erase_if(list, [&](const CareOf& one) {
    return !beside_others || (one.address == entry.address && !deviates_("RFC3344-3.8.2.2-05"));
  });
  list.push_back(entry);
  last_ = entry;
}

void HomeBindings::remove(Ipv4Address home_address, Ipv4Address care_of_address) {
  auto& list = entries_[home_address];
  const bool all = care_of_address == home_address;
  if (deviates_(all ? "RFC3344-3.8.2.2-02" : "RFC3344-3.8.2.2-05")) return;
  if (all || deviates_("RFC3344-3.8.2.2-03"))
    list.clear();
  else
    std::erase_if(list, [&](const CareOf& one) { return one.address == care_of_address; });
  if (!list.empty()) return;
  host_.proxy_arp(home_, home_address, false);
  host_.forget_neighbour(home_, home_address);
}

bool HomeBindings::admits(Ipv4Address outer_source, wire::Bytes inner) const {
  const auto found = entries_.find(wire::View(wire::ip::layout, inner).address(wire::ip::source));
  if (found == entries_.end()) return false;
  const net::Time now = host_.environment().now();
  return std::any_of(found->second.begin(), found->second.end(), [&](const CareOf& care_of) {
    return care_of.expires > now && (care_of.address == outer_source ||
                                     (care_of.in_udp && care_of.udp_address == outer_source));
  });
}

bool HomeBindings::tunnel(wire::Bytes datagram) {
  const wire::View header(wire::ip::layout, datagram);
  const Ipv4Address home = header.address(wire::ip::destination);
  // It has been through a tunnel and has come back: a loop (RFC 2003 §3.2).
  if (host_.owns(header.address(wire::ip::source))) return true;
  const auto found = entries_.find(home);
  if (found == entries_.end()) {
    if (!deviates_("RFC3344-4.2.3-03") || last_.address.is_zero()) return false;
    send(last_, datagram);
    return true;
  }
  if (deviates_("RFC3344-4.2.3-01")) return true;
  const net::Time now = host_.environment().now();
  if (!deviates_("RFC3344-3.8.2.2-11"))
    std::erase_if(found->second, [&](const CareOf& one) { return one.expires <= now; });
  if (found->second.empty()) {
    host_.proxy_arp(home_, found->first, false);
    return false;
  }
  if (deviates_("RFC3344-4.2.3-02"))
    send(found->second.back(), datagram);
  else
    for (const CareOf& care_of : found->second) send(care_of, datagram);
  return true;
}

void HomeBindings::send(const CareOf& to, wire::Bytes datagram) {
  Ipv4Address source = to.registered_with;
  if (deviates_("RFC3344-4.2.3-04")) source = host_.address(home_ == 0 ? 1 : 0)->address;
  if (to.in_udp && !deviates_("RFC3519-4.6-04"))
    host_.send_udp(source, wire::mip4::kPort, to.udp_address, to.udp_port,
                   net::udp_tunnel_payload(datagram));
  else
    host_.send_ip(net::encapsulate(datagram, source, to.address));
}

}  // namespace mipvet::roles

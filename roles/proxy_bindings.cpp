#include "roles/proxy_bindings.h"

#include <algorithm>

#include "engine/net/tunnel.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/mip4.h"

namespace mipvet::roles {

using wire::Ipv4Address;

void ProxyBindings::add(Ipv4Address home, const Entry& entry, bool beside_others) {
  auto& list = entries_[home];
  std::erase_if(list, [&](const Entry& one) {
    return !beside_others || one.care_of_address == entry.care_of_address;
  });
  list.push_back(entry);
  last_ = entry;
}

void ProxyBindings::remove(Ipv4Address home, Ipv4Address care_of_address) {
  std::erase_if(entries_[home],
                [&](const Entry& one) { return one.care_of_address == care_of_address; });
}

void ProxyBindings::extend(Ipv4Address home, net::Time expires) {
  const auto found = entries_.find(home);
  if (found == entries_.end()) return;
  for (Entry& entry : found->second) entry.expires = expires;
}

std::uint16_t ProxyBindings::longest_remaining(Ipv4Address home) const {
  const auto found = entries_.find(home);
  if (found == entries_.end()) return 0;
  const net::Time now = host_.environment().now();
  std::int64_t longest = 0;
  for (const Entry& entry : found->second) {
    if (entry.expires <= now) continue;
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(entry.expires - now);
    longest = std::max<std::int64_t>(longest, left.count() + 1);
  }
  return static_cast<std::uint16_t>(std::min<std::int64_t>(longest, 0xFFFE));
}

bool ProxyBindings::admits(Ipv4Address outer_source, wire::Bytes inner) const {
  const auto found = entries_.find(wire::View(wire::ip::layout, inner).address(wire::ip::source));
  if (found == entries_.end()) return false;
  const net::Time now = host_.environment().now();
  return std::any_of(found->second.begin(), found->second.end(), [&](const Entry& entry) {
    const Ipv4Address end = entry.udp_port == 0 ? entry.care_of_address : entry.udp_address;
    return entry.expires > now && end == outer_source;
  });
}

bool ProxyBindings::tunnel(wire::Bytes datagram) {
  const Ipv4Address home = wire::View(wire::ip::layout, datagram).address(wire::ip::destination);
  const auto found = entries_.find(home);
  if (found == entries_.end()) {
    if (!deviates_("MIPP-2.6.6-06") || last_.care_of_address.is_zero()) return false;
    send(last_, datagram);
    return true;
  }
  if (deviates_("MIPP-2.6.6-01")) return true;
  const net::Time now = host_.environment().now();
  bool sent = false;
  for (const Entry& entry : found->second) {
    if (entry.expires <= now && !deviates_("MIPP-2.6.6-04")) continue;
    send(entry, datagram);
    sent = true;
  }
  return sent;
}

void ProxyBindings::send(const Entry& entry, wire::Bytes datagram) {
  if (entry.udp_port != 0)
    host_.send_udp(address_, wire::mip4::kPort, entry.udp_address, entry.udp_port,
                   net::udp_tunnel_payload(datagram));
  else
    host_.send_ip(net::encapsulate(datagram, address_, entry.care_of_address));
}

}  // namespace mipvet::roles

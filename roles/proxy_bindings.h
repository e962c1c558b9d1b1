#pragma once

#include <map>
#include <vector>

#include "engine/net/host.h"
#include "roles/deviations.h"

namespace mipvet::roles {

/// The mobility binding list of the MIP Proxy (MIPP §2.6.6) and the tunnels that go by it.
class ProxyBindings {
 public:
  struct Entry {
    wire::Ipv4Address care_of_address;
    net::Time expires{};
    wire::Ipv4Address udp_address;  ///< with a UDP tunnel (RFC 3519 §4.6): its other end
    std::uint16_t udp_port = 0;     ///< 0: IP-in-IP
  };

  /// `address` is where the tunnels begin: MIPP-Pub.
  ProxyBindings(net::Host& host, const ActiveDeviations& deviates, wire::Ipv4Address address)
      : host_(host), deviates_(deviates), address_(address) {}

  /// A binding in place of all others, or beside those to other care-of addresses.
  void add(wire::Ipv4Address home, const Entry& entry, bool beside_others);
  void remove(wire::Ipv4Address home, wire::Ipv4Address care_of_address);
  void clear(wire::Ipv4Address home) { entries_.erase(home); }
  /// For the deviation that lets a refused request renew a binding.
  void extend(wire::Ipv4Address home, net::Time expires);

  /// Seconds left of the binding that lasts longest, rounded up; 0 where there is none.
  std::uint16_t longest_remaining(wire::Ipv4Address home) const;
  /// A tunnelled datagram comes from a care-of address of its inner source (RFC 3024 §4.3.2).
  bool admits(wire::Ipv4Address outer_source, wire::Bytes inner) const;
  /// Sends a datagram to every care-of address of its destination; false: there is none.
  bool tunnel(wire::Bytes datagram);

 private:
  void send(const Entry& entry, wire::Bytes datagram);

  net::Host& host_;
  const ActiveDeviations& deviates_;
  wire::Ipv4Address address_;
  Entry last_;
  std::map<wire::Ipv4Address, std::vector<Entry>> entries_;
};

}  // namespace mipvet::roles

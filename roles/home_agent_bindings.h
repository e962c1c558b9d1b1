#pragma once

#include <map>
#include <vector>

#include "engine/net/host.h"
#include "roles/deviations.h"

namespace mipvet::roles {

/// The mobility binding list of a home agent (RFC 3344 §3.8.1), the tunnels that go by it (§4.2.3,
/// RFC 3024 §4.3), and what the home link is told of it (§4.6).
class HomeBindings {
 public:
  struct CareOf {
    wire::Ipv4Address address;
    net::Time expires{};
    bool in_udp = false;  ///< tunnelled in UDP to `udp_address`, `udp_port` (RFC 3519 §4.6)
    wire::Ipv4Address udp_address;
    std::uint16_t udp_port = 0;
    wire::Ipv4Address registered_with;
  };

  /// `home` is the port on the home link.
  HomeBindings(net::Host& host, net::PortId home, const ActiveDeviations& deviates)
      : host_(host), home_(home), deviates_(deviates) {}

  /// A binding in place of all others, or beside those to other care-of addresses.
  void add(wire::Ipv4Address home_address, const CareOf& entry, bool beside_others);
  /// Deregistration (§3.8.2.2): of one care-of address, or of all by the home address itself.
  void remove(wire::Ipv4Address home_address, wire::Ipv4Address care_of_address);

  /// A tunnelled datagram comes from a care-of address of its inner source (RFC 3024 §4.3.2).
  bool admits(wire::Ipv4Address outer_source, wire::Bytes inner) const;
  /// Sends a datagram to every care-of address of its destination; false: there is none.
  bool tunnel(wire::Bytes datagram);

 private:
  void bind(wire::Ipv4Address home_address, const CareOf& entry, bool beside_others);
  void send(const CareOf& to, wire::Bytes datagram);

  net::Host& host_;
  net::PortId home_;
  const ActiveDeviations& deviates_;
  std::map<wire::Ipv4Address, std::vector<CareOf>> entries_;
  CareOf last_;  // the last that was granted
};

}  // namespace mipvet::roles

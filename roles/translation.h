#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "engine/net/environment.h"
#include "engine/wire/address.h"
#include "engine/wire/bytes.h"

namespace mipvet::roles {

/// The translation of addresses, UDP ports and ICMP identifiers to those of one address outside
/// (RFC 3022 §2.2). Datagrams of other protocols keep their ports; those that come back go to
/// whoever sent the last one out.
class Translation {
 public:
  struct Settings {
    net::Duration timeout = std::chrono::seconds(300);  ///< of a mapping that is not used
    bool random_ports = true;                           ///< else: the same one where it is free
  };
  Translation(net::Environment& environment, Settings settings)
      : environment_(environment), settings_(settings) {}

  /// A datagram as it leaves, from `outside`.
  wire::Buffer outwards(wire::Bytes datagram, wire::Ipv4Address outside);
  /// A datagram that came to the outside address, as it goes on; nothing where no mapping is. The
  /// quotes of ICMP errors are translated, too (RFC 3022 §4.3).
  std::optional<wire::Buffer> inwards(wire::Bytes datagram);
  /// Drops all mappings.
  void forget() { mappings_.clear(); }

 private:
  /// Who is inside behind an outside port (UDP), identifier (ICMP echo) or protocol.
  struct Mapping {
    wire::Ipv4Address address;
    std::uint16_t port = 0;
    net::Time used{};
  };
  using Key = std::pair<std::uint8_t, std::uint16_t>;  // protocol, outside port or identifier

  std::uint16_t port_for(std::uint8_t protocol, wire::Ipv4Address address, std::uint16_t port);
  void forget_idle_mappings();
  std::optional<wire::Buffer> error_inwards(wire::Buffer datagram, std::size_t header);

  net::Environment& environment_;
  Settings settings_;
  std::map<Key, Mapping> mappings_;
};

/// A datagram one hop further: time to live less by one, checksums anew. Nothing where it was its
/// last.
std::optional<wire::Buffer> one_hop_further(wire::Bytes datagram);

}  // namespace mipvet::roles

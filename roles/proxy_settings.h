#pragma once

#include <vector>

#include "engine/net/host.h"

namespace mipvet::roles {

/// What the network declares of a MIP Proxy.
struct ProxySettings {
  ProxySettings(const model::Network& network, const model::Node& node, const net::Host& host);

  net::PortId public_port;
  net::PortId private_port;
  wire::Ipv4Address public_address;   ///< MIPP-Pub
  wire::Ipv4Address private_address;  ///< MIPP-Priv
  bool by_interface;  ///< the port of a request tells whether its sender is inside (MIPP §2.6.1)
  std::vector<wire::Ipv4Prefix> internal_prefixes;  ///< what tells it otherwise
  std::vector<wire::Ipv4Address> home_agents;       ///< those that requests may be relayed to
  std::uint16_t max_lifetime;                       ///< seconds
};

}  // namespace mipvet::roles

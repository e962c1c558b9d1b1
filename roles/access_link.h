#pragma once

#include <functional>
#include <optional>

#include "roles/agent_discovery.h"
#include "roles/dhcp_client.h"

namespace mipvet::roles {

/// An address of an access link, and its way out.
struct AccessAddress {
  wire::Ipv4Prefix address;
  std::optional<wire::Ipv4Address> gateway;
};

/// The mobile node's attachment to one link at a time: DHCP and agent discovery at once, so that a
/// missing agent costs no time (MOB §3.2).
class AccessLink {
 public:
  struct Events {
    std::function<void()> address_changed;
    std::function<void()> agent_found;  ///< a foreign agent: `agent`
    AgentDiscovery::HeardHomeAgent home_agent_heard;
  };
  AccessLink(net::Host& host, const ActiveDeviations& deviates, Events events);

  /// `fixed`: instead of DHCP.
  void attach(net::PortId port, std::optional<AccessAddress> fixed);
  void detach();

  std::optional<net::PortId> port() const { return port_; }
  std::optional<AccessAddress> address() const { return address_; }
  const std::optional<AgentDiscovery::Agent>& agent() const { return discovery_.agent(); }
  /// On the home link the home address takes the place of any other, and nothing more is looked
  /// for.
  void come_home(const AccessAddress& home);

 private:
  void use(const AccessAddress& address);
  void drop_address();
  void found_agent();

  net::Host& host_;
  const ActiveDeviations& deviates_;
  Events events_;
  AgentDiscovery discovery_;
  DhcpClient dhcp_;
  std::optional<net::PortId> port_;
  std::optional<AccessAddress> address_;
  net::TimerId timer_ = 0;
};

}  // namespace mipvet::roles

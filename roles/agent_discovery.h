#pragma once

#include <functional>
#include <optional>

#include "engine/net/host.h"
#include "roles/deviations.h"

namespace mipvet::roles {

/// How a mobile node finds a foreign agent: it hears advertisements and asks for them (RFC 3344
/// §2.4). The first that offers a care-of address is taken.
class AgentDiscovery {
 public:
  struct Agent {
    net::PortId port = 0;
    wire::Ipv4Address address;
    wire::MacAddress mac;
    wire::Ipv4Address care_of_address;
    std::uint16_t registration_lifetime = 1800;  ///< seconds
    bool reverse_tunneling = false;
  };
  /// An agent that was heard, as a home agent: (port, address).
  using HeardHomeAgent = std::function<void(net::PortId, wire::Ipv4Address)>;

  AgentDiscovery(net::Host& host, const ActiveDeviations& deviates, std::function<void()> found,
                 HeardHomeAgent heard_home_agent = {})
      : host_(host),
        deviates_(deviates),
        found_(std::move(found)),
        heard_home_agent_(std::move(heard_home_agent)) {}

  /// Takes the advertisements that the host receives.
  void listen();
  /// From here on an agent is looked for on a link; `source` is that of the solicitations.
  void look(net::PortId port, wire::Ipv4Address source, bool solicits);
  /// The link is left: its agent is forgotten.
  void leave();

  /// That of the present link, once there is one.
  const std::optional<Agent>& agent() const { return agent_; }
  /// Where it is, for who has no other way out of the link (RFC 3344 §3.1).
  void lead_through_agent();

 private:
  void solicit();
  void hear(net::PortId port, const wire::Packet& packet);

  net::Host& host_;
  const ActiveDeviations& deviates_;
  std::function<void()> found_;
  HeardHomeAgent heard_home_agent_;
  std::optional<net::PortId> port_;
  wire::Ipv4Address source_;
  std::optional<Agent> agent_;
  unsigned solicitations_ = 0;
  net::TimerId timer_ = 0;
};

}  // namespace mipvet::roles

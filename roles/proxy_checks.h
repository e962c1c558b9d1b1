#pragma once

#include "roles/deviations.h"
#include "roles/proxy_settings.h"
#include "roles/registration.h"

namespace mipvet::roles {

/// What the MIP Proxy refuses a request for by itself (MIPP §2.2.4), and where it takes its sender
/// to be (MIPP §2.6.1).
class ProxyChecks {
 public:
  ProxyChecks(const model::Network& network, const model::Node& node, const ProxySettings& settings,
              const Keyring& keys, const ActiveDeviations& deviates)
      : network_(network), node_(node), settings_(settings), keys_(keys), deviates_(deviates) {}

  struct Result {
    std::optional<Code> refusal;  ///< nothing: the request is to be relayed to `home_agent`
    std::optional<wire::Ipv4Address> home_agent;  ///< the actual one, where it is known
  };
  Result check(const net::Datagram& datagram, const Received& asked) const;

  /// Whose request it is; kNobody: unknown.
  model::NodeId peer(const Received& asked) const {
    return mobile_node_of(network_, asked.address(request::home_address), asked.nai());
  }

 private:
  std::optional<Code> authentication_fault(const net::Datagram& datagram,
                                           const Received& asked) const;
  std::optional<Code> mode_fault(const Received& asked) const;
  std::optional<Code> home_agent_fault(wire::View extension, bool valid_extension,
                                       wire::Ipv4Address named, Result& result) const;
  bool is_inside(const net::Datagram& datagram, const Received& asked) const;
  wire::View ha_parameter(const Received& message) const;

  const model::Network& network_;
  const model::Node& node_;
  const ProxySettings& settings_;
  const Keyring& keys_;
  const ActiveDeviations& deviates_;
};

}  // namespace mipvet::roles

#pragma once

#include "engine/net/host.h"
#include "roles/deviations.h"

namespace mipvet::roles {

/// Advertises an agent on one link, at intervals and when solicited (RFC 3344 §2.3).
class AgentAdvertiser {
 public:
  struct Service {
    bool home_agent = false;
    bool foreign_agent = false;
    bool reverse_tunneling = false;
    bool udp_tunneling = false;
    std::uint16_t registration_lifetime = 1800;
    std::vector<wire::Ipv4Address> care_of_addresses;
  };

  /// `settings`: {"interval", "lifetime", "registration_lifetime", "prefix_lengths", "sequence"};
  /// times in seconds, `sequence` the number of the first advertisement, 0 after a start.
  AgentAdvertiser(net::Host& host, net::PortId port, const nlohmann::json& settings,
                  const Service& service, const ActiveDeviations& deviates);
  void start();

 private:
  void periodic();
  void advertise(wire::Ipv4Address destination);

  net::Host& host_;
  net::PortId port_;
  net::Duration interval_;
  std::uint16_t lifetime_;
  bool prefix_lengths_;
  Service service_;
  const ActiveDeviations& deviates_;
  std::uint16_t sequence_ = 0;
  net::Time last_{};
};

}  // namespace mipvet::roles

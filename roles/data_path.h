#pragma once

#include <functional>

#include "roles/mobike_registration.h"
#include "roles/user_traffic.h"
#include "roles/vpn_client.h"

namespace mipvet::roles {

/// The UDP port of the mobile node's registration messages, and with RFC 3519 of its data.
inline constexpr std::uint16_t kRegistrationPort = 40434;

/// How requests and, under a registration, user data travel (MOB §3.1): IP-in-IP from the care-of
/// address, in UDP where a NAT is in between (RFC 3519), both in ESP outside, as they are in modes
/// f and h.
class DataPath {
 public:
  DataPath(net::Host& host, VpnClient& vpn, const ActiveDeviations& deviates,
           wire::Ipv4Address home_address, wire::Ipv4Address home_agent);
  ~DataPath();
  DataPath(const DataPath&) = delete;
  DataPath& operator=(const DataPath&) = delete;

  UserTraffic::Way way(const Registration& registration,
                       const std::optional<AgentDiscovery::Agent>& agent);
  UserTraffic::Way at_home();
  UserTraffic::Way through(const AgentDiscovery::Agent& agent);
  /// In clear from an address of the access link, whether registered or not.
  UserTraffic::Way in_clear(wire::Ipv4Address care_of);
  /// From the TIA through the gateway.
  UserTraffic::Way through_vpn(wire::Ipv4Address inner_address);
  /// By turns; for deviations.
  UserTraffic::Way mixed(wire::Ipv4Address care_of, wire::Ipv4Address inner_address);

  /// A request on its path; `local`: the address of the access link, where it needs one.
  void send_request(const RegistrationPlan& plan, wire::Ipv4Address local, wire::Bytes message);

  /// Keeps the mapping of a NAT alive for as long as the registration is used: an echo request to
  /// the home agent, in the UDP tunnel, whenever nothing else went there in that time (RFC 3519
  /// §4.9). `lost`: none of three was answered (§4.10).
  void keep_alive(const Registration& registration, std::function<void()> lost);
  void stop();
  /// Something came through the UDP tunnel.
  void answered() { unanswered_ = 0; }

 private:
  void send_keepalive();
  void arm(net::Duration after);

  net::Host& host_;
  VpnClient& vpn_;
  const ActiveDeviations& deviates_;
  wire::Ipv4Address home_address_;
  wire::Ipv4Address home_agent_;
  UserTraffic::Way keepalive_way_;
  net::Duration interval_{};
  std::function<void()> lost_;
  unsigned unanswered_ = 0;
  net::TimerId timer_ = 0;
};

}  // namespace mipvet::roles

#pragma once

#include "roles/access_detection.h"
#include "roles/access_link.h"
#include "roles/data_path.h"
#include "roles/mobike_node.h"
#include "roles/mobike_registration.h"
#include "roles/user_traffic.h"
#include "roles/vpn_client.h"

namespace mipvet::roles {

/// See make_mobike_node. Its functions stand by subject: the commands with its attachments
/// (mobike_node.cpp), how it finds out where it is (mobike_node_detection.cpp), and its
/// registrations (mobike_node_registration.cpp).
class MobikeNode final : public Actor, private RegistrationOwner, private VpnOwner {
 public:
  explicit MobikeNode(const Part& part);
  void start() override;
  void receive(net::PortId port, wire::Bytes frame) override { host_.receive(port, frame); }
  void command(const Command& command) override;

 private:
  // Attachment.
  void attach(const nlohmann::json& arguments);
  /// By DHCP unless the step or the network gives an address; the home address is no care-of
  /// address.
  std::optional<AccessAddress> fixed_address(const model::Attachment& attachment,
                                             const nlohmann::json& arguments) const;
  static std::optional<wire::Ipv4Address> additional_address(const nlohmann::json& arguments);
  void detach();
  /// A new address: whether it is one of the trusted network is found out by asking the home agent
  /// without any VPN; at the same time the gateway is told, or a tunnel built (MOB §3.4.1 step 1,
  /// §3.4.2 steps 1 and 2).
  void address_changed();
  void hold_traffic();
  void detect();
  bool waits_with_the_vpn() const;
  void home_agent_heard(net::PortId port, wire::Ipv4Address from);
  /// Mode f: open once the network is known to be trusted (MOB §3.1.3).
  void register_with_agent();
  /// Mode h, RFC 3344 §4.6: the neighbours learn the address first, then the binding goes.
  void come_home(net::PortId port, wire::Ipv4Address gateway);

  // Registration.
  wire::Ipv4Address home_agent() const { return registration_.home_agent(); }
  RegistrationPlan plan(Path path) const;
  void deregister();
  void send_request(const RegistrationPlan& plan, wire::Bytes message) override;
  wire::Ipv4Address local_address() const;
  void message_arrived(wire::Bytes payload, bool through_tunnel);
  void deliver(wire::Bytes datagram);
  void registered(const Registration& registration) override;
  /// The home agent answered without any VPN (MOB §3.4.1 step 2, §3.4.2 step 3).
  void trusted(const Registration& registration);
  void use(const Registration& registration);
  UserTraffic::Way way(const Registration& registration);
  void ask_external_home_agent();
  void unanswered(Path path) override;
  /// Back to mode c, as the home agent may or may not have heard of the foreign agent.
  void leave_agent();
  /// The home agent accepted an older request than the last, so that its binding is not known: it
  /// can be reached, and is asked again.
  void answered_late(Path) override;
  void renewal_due(const Registration& registration) override;
  /// As it is known where we are; else that comes first, and registers anew.
  void renew();

  // The VPN.
  void vpn_answered() override;
  void vpn_lost() override;
  void vpn_datagram(wire::Bytes datagram) override;
  /// Outside, as the gateway answers and the home agent does not: with the TIA registered already
  /// (MOB §3.4.1 step 1a) data go on, else it is registered now (§3.4.2 step 4).
  void decide();
  /// Neither answers: the home agent is asked again from time to time.
  void ask_later();
  void ping(const nlohmann::json& arguments);

  const model::Network& network_;
  const model::Node& node_;
  ActiveDeviations deviates_;
  net::Host host_;
  wire::Ipv4Address home_address_;
  MobikeRegistration registration_;
  ActiveDeviations ike_deviates_;
  VpnClient vpn_;
  DataPath data_;
  UserTraffic user_;
  AccessLink access_;
  AccessDetection detection_;
  std::uint16_t lifetime_;
  bool uses_foreign_agents_;
  unsigned retries_ = 2;
  net::Duration timeout_ = std::chrono::seconds(1);
  bool at_home_ = false;
  bool avoids_agent_ = false;   ///< it did not bring a registration about
  bool was_late_ = false;       ///< the home agent answered after it was given up
  bool in_use_ = false;         ///< a registration, for user traffic
  bool renewal_waits_ = false;  ///< for it to be known where we are
  wire::Ipv4Address last_address_;
  net::TimerId again_ = 0;
};

}  // namespace mipvet::roles

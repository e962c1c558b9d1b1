#pragma once

#include <optional>
#include <vector>

#include "roles/ike_endpoint.h"

namespace mipvet::roles {

class VpnOwner {
 public:
  virtual ~VpnOwner() = default;
  /// The gateway answered from the address of now, and the tunnel is usable: IKE_AUTH, or the
  /// address update. The TIA may be another one than before.
  virtual void vpn_answered() = 0;
  /// There is no usable tunnel any more.
  virtual void vpn_lost() = 0;
  /// A datagram came out of the tunnel.
  virtual void vpn_datagram(wire::Bytes datagram) = 0;
};

/// The mobile node's side of the VPN (MOB §3.3): one IKE SA with one of its gateways, which follows
/// it from address to address.
class VpnClient final : private IkeOwner {
 public:
  /// Parameters of the node: `vpn`, see scenarios/schema/network.schema.json. Credentials come from
  /// the network. `ike_deviates` are those of the IKE initiator.
  VpnClient(const model::Network& network, model::NodeId self, net::Host& host,
            const ActiveDeviations& deviates, const ActiveDeviations& ike_deviates,
            VpnOwner& owner);

  /// At a new address: tells the gateway (UPDATE_SA_ADDRESSES), or builds a tunnel where there is
  /// none (MOB §3.4.2 step 1).
  void arrive(wire::Ipv4Address local);
  /// No network: nothing is sent until the next arrival.
  void leave();
  /// Inside, where data use no tunnel: it is kept in reserve, or taken down (parameter `reserve`),
  /// and one that fails is not built again before the next arrival.
  void rest();
  void disconnect();
  /// Takes the tunnel down and builds another, also with another gateway.
  void reconnect(std::optional<wire::Ipv4Address> gateway);

  /// Usable at the address of now.
  bool is_up() const { return answered_; }
  std::optional<wire::Ipv4Address> tunnel_inner_address() const;
  bool send(wire::Bytes datagram);
  void check_liveness();
  /// What a script asks of the IKE SA: check, check-path, rekey-child, rekey-ike, create-child,
  /// delete-child, dummy, shut-down, announce (an additional address, or that there is none),
  /// encapsulate (ESP in UDP without a NAT), forge (an inner datagram of a foreign source).
  /// False: no such verb.
  bool command(std::string_view verb, std::optional<wire::Ipv4Address> address);
  /// One of its next messages is another.
  void alter(IkeAlteration alteration) { ike_.alter(std::move(alteration)); }

 private:
  /// Where a tunnel is of no use, one that cannot be reached may be again from the next address.
  bool gives_up(IkeSaId id) override { return id_ != id || wanted_; }
  void ike_closed(IkeSaId id, const IkeEnd& end) override;
  void child_up(IkeSaId id, const ChildSa& child) override;
  void child_down(IkeSaId id, const ChildSa& child) override;
  void child_failed(IkeSaId id, const IkeEnd& end) override;
  void move_confirmed(IkeSaId id, const AddressPair& addresses) override;
  void move_refused(IkeSaId id, std::uint16_t notification) override;
  void inner_datagram(IkeSaId id, const ChildSa& child, wire::Bytes datagram) override;

  void connect();
  void connect_later();
  /// The tunnel stood for long enough: whoever takes it down has a reason other than it.
  bool has_stood() const;
  void ask_by_ikev1(wire::Ipv4Address gateway);
  wire::Buffer inner_datagram_from(wire::Ipv4Address source) const;
  void close();
  void lose();
  void answered();

  const model::Network& network_;
  model::NodeId self_;
  net::Host& host_;
  const ActiveDeviations& deviates_;
  VpnOwner& owner_;
  std::vector<wire::Ipv4Address> gateways_;  ///< the one in use first
  bool reserve_;
  IkeEndpoint ike_;
  std::optional<wire::Ipv4Address> local_;
  std::optional<IkeSaId> id_;
  bool wanted_ = false;  ///< built again if it fails
  bool answered_ = false;
  bool mends_ = false;  ///< asks for another CHILD_SA in the place of the last one
  net::Time up_{};      ///< since when there is a tunnel
  net::Duration pause_{};
  net::TimerId timer_ = 0;
};

}  // namespace mipvet::roles

#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "engine/model/network.h"
#include "engine/observer/sighting.h"

namespace mipvet::observer {

/// Who has which address: the declared network, and the MAC addresses of nodes whose own are not
/// declared (real implementations), learned from their ARP. One look-up each.
class AddressBook {
 public:
  explicit AddressBook(const model::Network& network);

  NodeId owner(wire::Ipv4Address address) const { return network_.owner(address); }
  NodeId owner(const wire::MacAddress& mac) const { return macs_.find(key(mac)); }
  /// The mobile node with a home address or, where that is zero or unknown, with a NAI.
  NodeId mobile_node(wire::Ipv4Address home_address, wire::Bytes nai) const;
  /// What tells this mobile node from the others, see Identity.
  Identity identity(NodeId mobile_node, wire::Ipv4Address home_address) const;
  bool attached(NodeId node, LinkId link) const;
  /// The only mobile node that may be on a link; kNobody where there are none or several.
  NodeId mobile_node_on(LinkId link) const;
  /// A NAT has an attachment on the link.
  bool has_nat(LinkId link) const;
  void learn(const wire::MacAddress& mac, NodeId node);

  /// An address that a node was given while the network ran: on a link by DHCP, or for the inside
  /// of a tunnel (RFC 7296 §2.19), then on no link.
  struct Assignment {
    NodeId node = model::kNobody;
    std::optional<LinkId> link;
  };
  void assign(wire::Ipv4Address address, NodeId node, std::optional<LinkId> link = std::nullopt);
  /// Null where none was.
  const Assignment* assigned(wire::Ipv4Address address) const {
    if (assigned_.empty()) return nullptr;
    const auto found = assigned_.find(address.value);
    return found == assigned_.end() ? nullptr : &found->second;
  }

 private:
  static std::uint64_t key(const wire::MacAddress& mac) {
    std::uint64_t result = 0;
    for (const std::uint8_t octet : mac.octets) result = (result << 8) | octet;
    return result;
  }

  const model::Network& network_;
  model::NodeIndex macs_;
  std::vector<std::vector<bool>> attached_;  // [node][link]
  std::vector<NodeId> mobile_nodes_;         // [link]
  std::vector<bool> nats_;                   // [link]
  std::unordered_map<std::uint32_t, Assignment> assigned_;
};

}  // namespace mipvet::observer

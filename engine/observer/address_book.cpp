#include "engine/observer/address_book.h"

#include <algorithm>

namespace mipvet::observer {

AddressBook::AddressBook(const model::Network& network)
    : network_(network),
      attached_(network.nodes.size(), std::vector<bool>(network.links.size())),
      mobile_nodes_(network.links.size(), model::kNobody),
      nats_(network.links.size()) {
  std::vector<int> mobile_nodes_seen(network.links.size());
  for (NodeId id = 0; id < network.node_count(); ++id) {
    const model::Node& node = network.nodes[id];
    for (const model::Attachment& attachment : node.attachments) {
      attached_[id][attachment.link] = true;
      macs_.add(key(attachment.mac), id);
      if (node.role == Role::mobile_node) {
        mobile_nodes_[attachment.link] =
            mobile_nodes_seen[attachment.link]++ == 0 ? id : model::kNobody;
      }
      if (node.role == Role::nat) nats_[attachment.link] = true;
    }
  }
}

NodeId AddressBook::mobile_node(wire::Ipv4Address home_address, wire::Bytes nai) const {
  if (!home_address.is_zero()) {
    const NodeId node = owner(home_address);
    if (node != model::kNobody && network_.node(node).role == Role::mobile_node) return node;
  }
  if (nai.empty()) return model::kNobody;
  for (NodeId id = 0; id < network_.node_count(); ++id) {
    const std::string& declared = network_.nodes[id].nai;
    if (std::equal(nai.begin(), nai.end(), declared.begin(), declared.end())) return id;
  }
  return model::kNobody;
}

Identity AddressBook::identity(NodeId mobile_node, wire::Ipv4Address home_address) const {
  if (mobile_node != model::kNobody && !network_.node(mobile_node).is_population())
    return (Identity{1} << 32) | mobile_node;
  return home_address.value;
}

bool AddressBook::attached(NodeId node, LinkId link) const {
  return node < attached_.size() && link < attached_[node].size() && attached_[node][link];
}

NodeId AddressBook::mobile_node_on(LinkId link) const {
  return link < mobile_nodes_.size() ? mobile_nodes_[link] : model::kNobody;
}

bool AddressBook::has_nat(LinkId link) const {
  return link < nats_.size() && nats_[link];
}

void AddressBook::learn(const wire::MacAddress& mac, NodeId node) {
  macs_.add(key(mac), node);
}

void AddressBook::assign(wire::Ipv4Address address, NodeId node, std::optional<LinkId> link) {
  constexpr std::size_t kMax = 65536;  // a forger may hand out as many as there are
  if (node == model::kNobody || owner(address) != model::kNobody) return;
  if (assigned_.size() == kMax) assigned_.clear();
  assigned_.insert_or_assign(address.value, Assignment{node, link});
}

}  // namespace mipvet::observer

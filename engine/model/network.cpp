#include "engine/model/network.h"

#include <algorithm>
#include <array>

namespace mipvet::model {
namespace {

template <typename Items>
auto named(const Items& items, std::string_view name) {
  return std::ranges::find(items, name,
                           [](const auto& item) { return std::string_view(item.name); });
}

}  // namespace

std::string_view to_string(Side side) {
  constexpr std::array<std::string_view, 4> names = {"external", "dmz", "internal", "home"};
  return names[static_cast<std::size_t>(side)];
}

std::string_view to_string(Edition edition) {
  constexpr std::array<std::string_view, 4> names = {"RFC 2002", "RFC 3220", "RFC 3344",
                                                     "RFC 5944"};
  return names[static_cast<std::size_t>(edition)];
}

std::optional<Edition> edition_from_name(std::string_view name) {
  for (const Edition edition :
       {Edition::rfc2002, Edition::rfc3220, Edition::rfc3344, Edition::rfc5944})
    if (to_string(edition) == name) return edition;
  return std::nullopt;
}

bool Node::declares(std::string_view feature) const {
  return std::ranges::find(supports, feature) != supports.end();
}

const Attachment* Node::attachment(LinkId link) const {
  const auto found = std::ranges::find(attachments, link, &Attachment::link);
  return found == attachments.end() ? nullptr : &*found;
}

std::optional<LinkId> Network::find_link(std::string_view link_name) const {
  const auto found = named(links, link_name);
  if (found == links.end()) return std::nullopt;
  return static_cast<LinkId>(found - links.begin());
}

NodeId Network::find_node(std::string_view node_name) const {
  const auto found = named(nodes, node_name);
  return found == nodes.end() ? kNobody : static_cast<NodeId>(found - nodes.begin());
}

NodeId Network::owner(wire::Ipv4Address address) const {
  if (!indexed_) return search(address);
  const NodeId owner = owners_.find(address.value);
  if (owner != kNobody) return owner;
  for (const Range& population : populations_)
    if (population.prefix.contains(address)) return population.node;
  return kNobody;
}

NodeId Network::search(wire::Ipv4Address address) const {
  NodeId by_prefix = kNobody;
  const NodeId count = node_count();
  for (NodeId id = 0; id < count; ++id) {
    const Node& one = nodes[id];
    const auto has = [&](const wire::Ipv4Prefix& own) {
      if (one.is_population() && by_prefix == kNobody && own.contains(address)) by_prefix = id;
      return !one.is_population() && own.address == address;
    };
    if (one.home_address && has(*one.home_address)) return id;
    for (const Attachment& attachment : one.attachments)
      if (attachment.address && has(*attachment.address)) return id;
  }
  return by_prefix;
}

void Network::index() {
  owners_ = {};
  populations_.clear();
  const NodeId count = node_count();
  for (NodeId id = 0; id < count; ++id) {
    const auto add = [&](const wire::Ipv4Prefix& own) {
      if (nodes[id].is_population())
        populations_.push_back({own, id});
      else
        owners_.add(own.address.value, id);
    };
    if (nodes[id].home_address) add(*nodes[id].home_address);
    for (const Attachment& attachment : nodes[id].attachments)
      if (attachment.address) add(*attachment.address);
  }
  indexed_ = true;
}

NodeId Network::owner(const wire::MacAddress& mac) const {
  const NodeId count = node_count();
  for (NodeId id = 0; id < count; ++id)
    for (const Attachment& attachment : nodes[id].attachments)
      if (attachment.mac == mac) return id;
  return kNobody;
}

std::optional<wire::Ipv4Address> Network::resolve(std::string_view address) const {
  if (const auto dotted = wire::Ipv4Address::parse(address)) return dotted;
  const auto dot = address.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const NodeId id = find_node(address.substr(0, dot));
  if (id == kNobody) return std::nullopt;
  const std::string_view place = address.substr(dot + 1);
  if (place == "home_address") {
    if (!nodes[id].home_address) return std::nullopt;
    return nodes[id].home_address->address;
  }
  const auto there = find_link(place);
  const Attachment* attachment = there ? nodes[id].attachment(*there) : nullptr;
  if (attachment == nullptr || !attachment->address) return std::nullopt;
  return attachment->address->address;
}

const SharedAssociation* Network::association(NodeId a, NodeId b) const {
  for (const SharedAssociation& shared : associations)
    if (shared.joins(a, b)) return &shared;
  return nullptr;
}

const SharedAssociation* Network::association(NodeId a, NodeId b, std::uint32_t spi) const {
  for (const SharedAssociation& shared : associations)
    if (shared.joins(a, b) && shared.association.spi == spi) return &shared;
  return nullptr;
}

const IkeCredentials* Network::ike_credentials(NodeId a, NodeId b) const {
  for (const IkeCredentials& credentials : ike)
    if (credentials.joins(a, b)) return &credentials;
  return nullptr;
}

}  // namespace mipvet::model

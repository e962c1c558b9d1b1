#include "engine/model/names.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/wire/nearest.h"
#include "engine/wire/value.h"

namespace mipvet::model {
namespace {

/// What an implementation may have and a scenario need, though no requirement depends on it.
constexpr std::array<std::string_view, 6> kFeatures = {"aes-gcm",    "aes-256",   "ecp-256",
                                                       "curve25519", "hmac-sha1", "dhcp"};

template <typename Items>
std::vector<std::string_view> names_of(const Items& items) {
  std::vector<std::string_view> result;
  result.reserve(items.size());
  for (const auto& item : items) result.push_back(item.name);
  return result;
}

/// The addresses of a node as they may be written.
std::vector<std::string> address_names(const Network& network, const Node& node) {
  std::vector<std::string> result;
  for (const Attachment& attachment : node.attachments)
    if (attachment.address) result.push_back(node.name + "." + network.link(attachment.link).name);
  if (node.home_address) result.push_back(node.name + ".home_address");
  return result;
}

}  // namespace

NodeId node_named(const Value& where, std::string_view name, const Network& network) {
  const NodeId id = network.find_node(name);
  if (id == kNobody) where.fail(wire::unknown_name("node", escaped(name), names_of(network.nodes)));
  return id;
}

NodeId node_named(const Value& name, const Network& network) {
  return node_named(name, name.text(), network);
}

LinkId link_named(const Value& where, std::string_view name, const Network& network) {
  if (const auto id = network.find_link(name)) return *id;
  where.fail(wire::unknown_name("link", escaped(name), names_of(network.links)));
}

LinkId link_named(const Value& name, const Network& network) {
  return link_named(name, name.text(), network);
}

LinkId link_of(const Value& name, const Network& network, NodeId node) {
  const LinkId link = link_named(name, network);
  const Node& of = network.node(node);
  if (of.attachment(link) != nullptr) return link;
  std::vector<std::string_view> own;
  for (const Attachment& attachment : of.attachments)
    own.push_back(network.link(attachment.link).name);
  name.fail(fmt::format("is `{}`, where {} is not attached; must be one of {}", name.text(),
                        of.name, fmt::join(own, ", ")));
}

wire::Ipv4Address address_named(const Value& name, const Network& network) {
  const std::string& text = name.text();
  if (const auto address = network.resolve(text)) return *address;
  const auto dot = text.find('.');
  const bool numeric = !text.empty() && text[0] >= '0' && text[0] <= '9';
  if (numeric || dot == std::string::npos)
    name.fail(fmt::format("is {}; must be an address such as 192.0.2.1 or mipp.private",
                          shown(name.json())));
  const NodeId id = network.find_node(text.substr(0, dot));
  if (id == kNobody)
    name.fail(wire::unknown_name("node", escaped(text.substr(0, dot)), names_of(network.nodes)));
  const auto known = address_names(network, network.node(id));
  if (known.empty())
    name.fail(fmt::format("is {}, but {} has no address; must be an address such as 192.0.2.1",
                          shown(name.json()), network.node(id).name));
  const std::vector<std::string_view> views(known.begin(), known.end());
  name.fail(wire::unknown_name("address", escaped(text), views));
}

wire::Ipv4Prefix prefix_named(const Value& name, const Network& network) {
  if (const auto prefix = wire::Ipv4Prefix::parse(name.text())) return *prefix;
  if (name.text().find('/') != std::string::npos)
    name.fail(fmt::format("is {}; must be a prefix such as 192.0.2.0/24", shown(name.json())));
  return {address_named(name, network), 32};
}

wire::MacAddress mac_address(const Value& text) {
  const auto mac = wire::MacAddress::parse(text.text());
  if (!mac || mac->is_group())
    text.fail(fmt::format("is {}; must be the MAC address of one station such as 02:00:00:00:00:01",
                          shown(text.json())));
  return *mac;
}

wire::Buffer hex_octets(const Value& text) {
  const auto value = wire::parse_value(wire::octets("octets", 0), text.text());
  if (!value || value->octets() == nullptr)
    text.fail(fmt::format("is {}; must be octets as hex digits", shown(text.json())));
  return *value->octets();
}

std::string condition_named(const Value& name) {
  if (rules::condition(name.text()) || std::ranges::find(kFeatures, name.text()) != kFeatures.end())
    return name.text();
  std::vector<std::string_view> known(rules::condition_names().begin(),
                                      rules::condition_names().end());
  known.insert(known.end(), kFeatures.begin(), kFeatures.end());
  name.fail(wire::unknown_name("condition", escaped(name.text()), known));
}

const rules::Requirement& requirement_named(const Value& id) {
  if (const auto* requirement = rules::find(id.text())) return *requirement;
  std::vector<std::string_view> ids;
  for (const auto& requirement : rules::requirements()) ids.push_back(requirement.id);
  id.fail(wire::unknown_name("requirement", escaped(id.text()), ids));
}

void check_name(const Value& named) {
  const std::string_view name = named.key();
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const bool good = !name.empty() && name.size() <= 32 && is_letter(name[0]) &&
                    std::ranges::all_of(name, [&](char c) {
                      return is_letter(c) || (c >= '0' && c <= '9') || c == '-';
                    });
  if (!good)
    named.fail("is no name; must be at most 32 lower-case letters, digits and -, a letter first");
}

}  // namespace mipvet::model

#include "engine/model/network_file.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "engine/model/names.h"
#include "engine/model/schema.h"

namespace mipvet::model {
namespace {

constexpr wire::MacAddress kTesterMac{{0x02, 0, 0, 0, 0xFF, 0xFF}};

Side side_named(const Value& name) {
  for (const Side side : {Side::external, Side::dmz, Side::internal, Side::home})
    if (to_string(side) == name.text()) return side;
  name.fail("is no side");
}

/// Fills a Network in two passes: whoever is there first, so that names may point forward.
class Loader {
 public:
  explicit Loader(const Document& document) : document_(document) {}

  Network load() {
    add_header();
    for (const Value& link : document_["links"].members()) add_link(link);
    for (const Value& node : document_["nodes"].members()) add_node(node);
    check_addresses();
    NodeId id = 0;
    for (const Value& node : document_["nodes"].members()) resolve_node(node, id++);
    if (const auto shared = document_.find("security_associations"))
      for (const Value& association : shared->elements()) add_association(association);
    if (const auto ike = document_.find("ike"))
      for (const Value& credentials : ike->elements()) add_credentials(credentials);
    network_.index();
    return std::move(network_);
  }

 private:
  void add_header() {
    network_.name = document_["network"].text();
    if (const auto title = document_.find("title")) network_.title = title->text();
    if (const auto numbers = document_.find("ha_parameter")) {
      const auto octet = [&](std::string_view key, std::uint8_t otherwise) {
        const auto value = numbers->find(key);
        return value ? static_cast<std::uint8_t>(value->number(0xFF)) : otherwise;
      };
      network_.decode.ha_parameter_type = octet("type", network_.decode.ha_parameter_type);
      network_.decode.ha_parameter_sub_type =
          octet("sub_type", network_.decode.ha_parameter_sub_type);
    }
    if (const auto windows = document_.find("windows")) {
      if (const auto reply = windows->find("reply")) network_.windows.reply = reply->seconds();
      if (const auto jitter = windows->find("jitter")) network_.windows.jitter = jitter->seconds();
    }
    network_.tester_mac = kTesterMac;
    if (const auto tester = document_.find("tester"))
      if (const auto mac = tester->find("mac")) network_.tester_mac = mac_address(*mac);
    if (const auto edition = document_.find("edition"))
      default_edition_ = edition_from_name(edition->text()).value();
  }

  void add_link(const Value& link) {
    check_name(link);
    network_.links.push_back({std::string(link.key()), side_named(link["side"])});
  }

  void add_node(const Value& value) {
    check_name(value);
    Node node;
    node.name = value.key();
    node.role = role_from_name(value["role"].text()).value();
    node.edition = default_edition_;
    if (const auto edition = value.find("edition"))
      node.edition = edition_from_name(edition->text()).value();
    if (const auto judged = value.find("judged")) node.judged = judged->flag();
    if (const auto deviates = value.find("deviates")) {
      if (node.judged)
        deviates->fail("stands at a node that is judged; must stand beside \"judged\": false");
      for (const Value& id : deviates->elements()) node.deviates.push_back(id.text());
    }
    if (const auto nai = value.find("nai")) node.nai = nai->text();
    if (const auto home = value.find("home_address")) node.home_address = home_address(*home);
    if (node.role != Role::mobile_node)
      for (const std::string_view key : {"home_address", "nai"})
        if (const auto member = value.find(key))
          member->fail(fmt::format("stands at a {}; must stand at a mobile-node alone",
                                   to_string(node.role)));
    if (const auto supports = value.find("supports"))
      for (const Value& tag : supports->elements()) node.supports.push_back(condition_named(tag));
    for (const Value& attachment : value["attachments"].members())
      node.attachments.push_back(make_attachment(attachment));
    network_.nodes.push_back(std::move(node));
  }

  /// A dotted address or a prefix; names are not known yet.
  static wire::Ipv4Prefix home_address(const Value& value) {
    if (const auto prefix = wire::Ipv4Prefix::parse(value.text())) return *prefix;
    if (const auto address = wire::Ipv4Address::parse(value.text())) return {*address, 32};
    value.fail(fmt::format("is {}; must be an address such as 10.1.0.5 or a prefix of them",
                           shown(value.json())));
  }

  Attachment make_attachment(const Value& value) {
    Attachment attachment;
    attachment.link = link_named(value, value.key(), network_);
    attachment.mac = {{0x02, 0, 0, static_cast<std::uint8_t>(attachment.link), 0,
                       static_cast<std::uint8_t>(network_.nodes.size())}};
    if (const auto mac = value.find("mac")) attachment.mac = mac_address(*mac);
    if (attachment.mac == network_.tester_mac)
      value.fail(fmt::format("has the tester's MAC address {}; must have one of its own",
                             attachment.mac.to_string()));
    if (network_.owner(attachment.mac) != kNobody)
      value.fail(fmt::format("has the MAC address {} of {}; must have one of its own",
                             attachment.mac.to_string(),
                             network_.node(network_.owner(attachment.mac)).name));
    if (const auto address = value.find("address")) {
      attachment.address = wire::Ipv4Prefix::parse(address->text());
      if (!attachment.address)
        address->fail(fmt::format(
            "is {}; must be an address with the length of the link's prefix such as 192.0.2.1/24",
            shown(address->json())));
    }
    return attachment;
  }

  /// No two nodes have one address.
  void check_addresses() const {
    const auto nodes = network_.node_count();
    for (NodeId id = 0; id < nodes; ++id) {
      const Node& node = network_.node(id);
      const Value value = document_["nodes"][node.name];
      for (const Attachment& attachment : node.attachments)
        if (attachment.address)
          check_owner(value["attachments"][network_.link(attachment.link).name]["address"], id,
                      attachment.address->address);
      if (node.home_address && !node.is_population())
        check_owner(value["home_address"], id, node.home_address->address);
    }
  }

  void check_owner(const Value& where, NodeId id, wire::Ipv4Address address) const {
    const NodeId owner = network_.owner(address);
    if (owner == id) return;
    where.fail(fmt::format("is {}, which {} has; must be an address of its own",
                           address.to_string(), network_.node(owner).name));
  }

  void resolve_node(const Value& value, NodeId id) {
    Node& node = network_.nodes[id];
    std::size_t port = 0;
    for (const Value& member : value["attachments"].members()) {
      Attachment& attachment = node.attachments[port++];
      const auto gateway = member.find("gateway");
      if (!gateway) continue;
      attachment.gateway = address_named(*gateway, network_);
      if (!attachment.address || !attachment.address->contains(*attachment.gateway))
        gateway->fail(fmt::format(
            "is {}, which is not on the link; must be in the prefix of the attachment's address",
            attachment.gateway->to_string()));
    }
    if (const auto routes = value.find("routes"))
      for (const Value& route : routes->elements()) node.routes.push_back(make_route(route, node));
    if (const auto parameters = value.find("parameters")) {
      node.parameters = parameters->json();
      for (const Value& parameter : parameters->members()) resolve_parameter(parameter, id);
    }
  }

  Route make_route(const Value& value, const Node& node) const {
    const Route route{prefix_named(value["to"], network_), address_named(value["via"], network_)};
    const bool reachable = std::ranges::any_of(node.attachments, [&](const Attachment& attachment) {
      return attachment.address && attachment.address->contains(route.next_hop);
    });
    if (!reachable)
      value["via"].fail(fmt::format("is {}, which is on no link of {}; must be a neighbour",
                                    route.next_hop.to_string(), node.name));
    return route;
  }

  /// What the schema takes for a name by its place only, resolved by what the parameter means.
  void resolve_parameter(const Value& value, NodeId id) {
    constexpr std::array<std::string_view, 4> addresses = {"home_agent", "registrar", "care_of",
                                                           "peer"};
    constexpr std::array<std::string_view, 6> links = {"serves",  "home",   "public",
                                                       "private", "inside", "outside"};
    const std::string key(value.key());
    nlohmann::json& parameter = network_.nodes[id].parameters[key];
    if (std::ranges::find(addresses, key) != addresses.end()) {
      parameter = address_named(value, network_).to_string();
    } else if (std::ranges::find(links, key) != links.end()) {
      link_of(value, network_, id);
    } else if (key == "home_agents") {
      for (const Value& element : value.elements())
        parameter[std::stoul(std::string(element.key()))] =
            address_named(element, network_).to_string();
    } else if (key == "internal_prefixes" || key == "networks") {
      for (const Value& element : value.elements())
        parameter[std::stoul(std::string(element.key()))] =
            prefix_named(element, network_).to_string();
    } else if (key == "pool") {
      parameter = pool(value).to_string();
    } else if (key == "dhcp") {
      for (const Value& element : value.elements()) check_dhcp(element, id);
    } else if (key == "vpn") {
      parameter["gateway"] = address_named(value["gateway"], network_).to_string();
      if (const auto alternatives = value.find("alternatives"))
        for (const Value& one : alternatives->elements())
          parameter["alternatives"][std::stoul(std::string(one.key()))] =
              address_named(one, network_).to_string();
    }
  }

  /// Addresses to give away.
  wire::Ipv4Prefix pool(const Value& value) const {
    const wire::Ipv4Prefix prefix = prefix_named(value, network_);
    if ((prefix.address.value & ~prefix.mask()) != 0)
      value.fail(fmt::format(
          "is {}, an address within a prefix; must be a prefix such as {}", shown(value.json()),
          wire::Ipv4Prefix{{prefix.address.value & prefix.mask()}, prefix.length}.to_string()));
    return prefix;
  }

  void check_dhcp(const Value& value, NodeId id) const {
    const LinkId link = link_of(value["link"], network_, id);
    const Attachment& attachment = *network_.node(id).attachment(link);
    const wire::Ipv4Prefix addresses = pool(value["pool"]);
    if (!attachment.address || addresses.length < attachment.address->length ||
        !attachment.address->contains(addresses.address))
      value["pool"].fail(
          fmt::format("is {}, which is not on the link {}; must be within the prefix there",
                      addresses.to_string(), network_.link(link).name));
  }

  void add_association(const Value& value) {
    const auto between = value["between"].elements();
    SharedAssociation shared;
    shared.one = node_named(between[0], network_);
    shared.other = node_named(between[1], network_);
    if (shared.one == shared.other) between[1].fail("is the same node again; must be another node");
    crypto::SecurityAssociation& association = shared.association;
    association.spi = static_cast<std::uint32_t>(value["spi"].number(0xFFFFFFFF));
    if (const auto algorithm = value.find("algorithm"))
      association.algorithm = crypto::algorithm_from_name(algorithm->text()).value();
    association.key = hex_octets(value["key"]);
    if (const auto replay = value.find("replay"))
      association.replay = crypto::replay_from_name(replay->text()).value();
    if (const auto tolerance = value.find("tolerance"))
      association.tolerance = std::chrono::seconds(tolerance->number(86400));
    if (const auto problem = crypto::problem(association)) value.fail(*problem);
    if (network_.association(shared.one, shared.other, association.spi) != nullptr)
      value["spi"].fail(
          fmt::format("is {}, which these nodes share already; must be another", association.spi));
    network_.associations.push_back(std::move(shared));
  }

  void add_credentials(const Value& value) {
    const auto between = value["between"].elements();
    IkeCredentials credentials;
    credentials.one = node_named(between[0], network_);
    credentials.other = node_named(between[1], network_);
    if (credentials.one == credentials.other)
      between[1].fail("is the same node again; must be another node");
    if (network_.ike_credentials(credentials.one, credentials.other) != nullptr)
      value.fail("is for two nodes that have credentials already; must be for others");
    credentials.psk = value["psk"].text();
    const Value ids = value["ids"];
    for (const Value& name : ids.members()) {
      const NodeId node = node_named(name, name.key(), network_);
      if (node != credentials.one && node != credentials.other)
        name.fail("is of none of the two nodes; must be of one that \"between\" names");
      (node == credentials.one ? credentials.one_id : credentials.other_id) = name.text();
    }
    for (const Value& name : between) check_id(ids[name.text()], credentials);
    network_.ike.push_back(std::move(credentials));
  }

  /// A peer is told apart by what it calls itself: each peer of a node has an ID of its own.
  void check_id(const Value& id, const IkeCredentials& credentials) const {
    const NodeId node = network_.find_node(id.key());
    const NodeId peer = credentials.peer_of(node);
    if (credentials.id_of(node) == credentials.id_of(peer))
      id.fail("is the ID of the other node, too; must be another");
    for (const IkeCredentials& other : network_.ike)
      if ((other.one == peer || other.other == peer) &&
          other.id_of(other.peer_of(peer)) == id.text())
        id.fail(fmt::format("is the ID of {} for {}, too; must be another",
                            network_.node(other.peer_of(peer)).name, network_.node(peer).name));
  }

  Value document_;
  Network network_;
  Edition default_edition_ = Edition::rfc3344;
};

}  // namespace

Network network_from_document(const Document& document) {
  network_schema().require(document);
  return Loader(document).load();
}

Network load_network(const std::filesystem::path& path) {
  return network_from_document(read_document(path));
}

}  // namespace mipvet::model

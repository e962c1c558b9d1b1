#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "engine/model/network.h"

/// Small declared networks for the tests of hosts, worlds and roles.
namespace mipvet::net::testing {

inline wire::Ipv4Address ip(std::string_view dotted) {
  return wire::Ipv4Address::parse(dotted).value();
}
inline wire::Ipv4Prefix prefix(std::string_view text) {
  return wire::Ipv4Prefix::parse(text).value();
}

/// Puts a network together; MAC addresses are those that a loaded network would have.
class NetworkBuilder {
 public:
  NetworkBuilder() { network.tester_mac = {{0x02, 0, 0, 0, 0xFF, 0xFF}}; }

  NetworkBuilder& link(std::string name, model::Side side = model::Side::external) {
    network.links.push_back({std::move(name), side});
    return *this;
  }
  NetworkBuilder& node(std::string name, Role role) {
    network.nodes.emplace_back();
    network.nodes.back().name = std::move(name);
    network.nodes.back().role = role;
    return *this;
  }
  /// Of the last node; an empty address is none.
  NetworkBuilder& attach(LinkId link, std::string_view address = {},
                         std::string_view gateway = {}) {
    model::Attachment attachment;
    attachment.link = link;
    attachment.mac = {{0x02, 0, 0, static_cast<std::uint8_t>(link), 0,
                       static_cast<std::uint8_t>(network.nodes.size() - 1)}};
    if (!address.empty()) attachment.address = prefix(address);
    if (!gateway.empty()) attachment.gateway = ip(gateway);
    network.nodes.back().attachments.push_back(attachment);
    return *this;
  }
  NetworkBuilder& route(std::string_view to, std::string_view via) {
    network.nodes.back().routes.push_back({prefix(to), ip(via)});
    return *this;
  }
  NetworkBuilder& parameters(nlohmann::json value) {
    network.nodes.back().parameters = std::move(value);
    return *this;
  }

  model::Network network;
};

}  // namespace mipvet::net::testing

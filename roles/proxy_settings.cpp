#include "roles/proxy_settings.h"

#include <string>

#include "roles/registration.h"

namespace mipvet::roles {

namespace {

/// A list of addresses or prefixes in their written form.
template <typename T>
std::vector<T> list_parameter(const model::Node& node, const char* name) {
  std::vector<T> result;
  for (const std::string& text : parameter<std::vector<std::string>>(node, name, {}))
    if (const auto value = T::parse(text)) result.push_back(*value);
  return result;
}

}  // namespace

ProxySettings::ProxySettings(const model::Network& network, const model::Node& node,
                             const net::Host& host)
    : public_port(link_parameter(network, node, "public").value_or(0)),
      private_port(link_parameter(network, node, "private").value_or(1)),
      public_address(host.address(public_port)->address),
      private_address(host.address(private_port)->address),
      by_interface(parameter<std::string>(node, "location", "by-address") == "by-interface"),
      internal_prefixes(list_parameter<wire::Ipv4Prefix>(node, "internal_prefixes")),
      home_agents(list_parameter<wire::Ipv4Address>(node, "home_agents")),
      max_lifetime(parameter<std::uint16_t>(node, "max_lifetime", 0xFFFE)) {}

}  // namespace mipvet::roles

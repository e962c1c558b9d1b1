#include "roles/actor.h"

#include <fmt/format.h>

#include "roles/correspondent_node.h"
#include "roles/foreign_agent.h"
#include "roles/home_agent.h"
#include "roles/mip_proxy.h"
#include "roles/mobike_node.h"
#include "roles/mobile_node.h"
#include "roles/nat.h"
#include "roles/router.h"
#include "roles/vpn_gateway.h"

namespace mipvet::roles {

namespace {

/// Of both kinds of mobile node.
std::span<const Deviation> all_mobile_node_deviations() {
  static const std::vector<Deviation> all = [] {
    std::vector<Deviation> list;
    for (const auto& part : {mobile_node_deviations(), mobike_node_deviations()})
      list.insert(list.end(), part.begin(), part.end());
    return list;
  }();
  return all;
}

bool has_vpn(const model::Node& mobile_node) {
  return mobile_node.parameters.contains("vpn");
}

}  // namespace

std::unique_ptr<Actor> make_actor(const Part& asked) {
  const model::Node& node = asked.network.node(asked.node);
  Part part = asked;
  part.deviations.insert(part.deviations.end(), node.deviates.begin(), node.deviates.end());
  switch (node.role) {
    case Role::mobile_node:
      return has_vpn(node) ? make_mobike_node(part) : make_mobile_node(part);
    case Role::foreign_agent:
      return make_foreign_agent(part);
    case Role::home_agent:
      return make_home_agent(part);
    case Role::mip_proxy:
      return make_mip_proxy(part);
    case Role::nat:
      return make_nat(part);
    case Role::router:
      return make_router(part);
    case Role::vpn_gateway:
      return make_vpn_gateway(part);
    case Role::correspondent_node:
      return make_correspondent_node(part);
    default:
      throw model::InputError(fmt::format(
          "node {}: mipvet cannot play a {} yet; right: mobile-node, foreign-agent, home-agent, "
          "mip-proxy, vpn-gateway, nat, router, correspondent-node, or an implementation by --iut",
          node.name, to_string(node.role)));
  }
}

std::span<const Deviation> deviations(Role role) {
  switch (role) {
    case Role::mobile_node:
      return all_mobile_node_deviations();
    case Role::foreign_agent:
      return foreign_agent_deviations();
    case Role::home_agent:
      return home_agent_deviations();
    case Role::mip_proxy:
      return mip_proxy_deviations();
    case Role::vpn_gateway:
      return vpn_gateway_deviations();
    default:
      return {};
  }
}

std::span<const Deviation> deviations(const model::Node& node) {
  if (node.role != Role::mobile_node) return deviations(node.role);
  return has_vpn(node) ? mobike_node_deviations() : mobile_node_deviations();
}

}  // namespace mipvet::roles

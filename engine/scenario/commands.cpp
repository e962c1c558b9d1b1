#include "engine/scenario/commands.h"

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include <fmt/format.h>

#include "engine/model/names.h"
#include "engine/wire/nearest.h"

namespace mipvet::scenario {
namespace {

using Names = std::vector<std::string_view>;

struct Verb {
  std::string_view name;
  Names needs;
  Names takes;
};

/// What is changed in one of the next IKE messages.
Verb alter_ike() {
  return {
      "alter-ike",
      {"exchange"},
      {"response", "payloads", "append", "reversed", "header", "extra", "transforms", "padding"}};
}

/// A mobile node with a VPN finds out by itself which mode it needs (MOB §3.4).
std::vector<Verb> verbs_with_vpn() {
  return {{"attach", {"link"}, {"via", "address", "gateway"}},
          {"move", {"link"}, {"via", "address", "gateway"}},
          {"detach", {}, {}},
          {"register", {}, {}},
          {"renew", {}, {}},
          {"deregister", {}, {}},
          {"send", {"to"}, {"octets"}},
          {"ping", {"to"}, {"interval", "count", "octets"}},
          {"disconnect", {}, {}},
          {"reconnect", {}, {"gateway"}},
          {"announce", {}, {"address"}},
          {"check", {}, {}},
          {"check-path", {}, {}},
          {"create-child", {}, {}},
          {"delete-child", {}, {}},
          {"rekey-child", {}, {}},
          {"rekey-ike", {}, {}},
          {"dummy", {}, {}},
          {"encapsulate", {}, {}},
          {"forge", {}, {}},
          {"shut-down", {}, {}},
          alter_ike()};
}

std::vector<Verb> verbs_of(const model::Node& node) {
  std::vector<Verb> verbs;
  switch (node.role) {
    case Role::mobile_node:
      if (node.parameters.contains("vpn")) {
        verbs = verbs_with_vpn();
        break;
      }
      verbs = {{"attach", {"link"}, {"mode"}},
               {"move", {"link"}, {"mode"}},
               {"detach", {}, {}},
               {"register", {}, {}},
               {"renew", {}, {}},
               {"deregister", {}, {}},
               {"send", {"to"}, {"octets"}}};
      break;
    case Role::foreign_agent:
      verbs = {{"silence", {}, {}}, {"answer", {}, {}}};
      break;
    case Role::home_agent:
      verbs = {{"deny", {"code"}, {}},
               {"accept", {}, {}},
               {"silence", {}, {}},
               {"answer", {}, {}},
               {"delay", {"seconds"}, {}}};
      break;
    case Role::vpn_gateway:
      for (const std::string_view name :
           {"create-child", "rekey-child", "delete-child", "rekey-ike", "terminate", "check",
            "drop", "silence", "answer", "refuse", "accept", "shut-down"})
        verbs.push_back({name, {}, {}});
      verbs.push_back({"announce", {}, {"address"}});
      verbs.push_back(alter_ike());
      break;
    case Role::nat:
      verbs = {{"forget", {}, {}}};
      break;
    case Role::correspondent_node:
      verbs = {{"send", {"to"}, {"count"}}};
      break;
    default:
      break;
  }
  verbs.push_back({"restart", {}, {}});
  return verbs;
}

bool holds(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

}  // namespace

nlohmann::json command_arguments(const model::Value& step, const model::Network& network,
                                 model::NodeId node) {
  const std::vector<Verb> verbs = verbs_of(network.node(node));
  const std::string_view role = to_string(network.node(node).role);
  const std::string& name = step["do"].text();
  const auto verb = std::ranges::find(verbs, name, &Verb::name);
  if (verb == verbs.end()) {
    Names names;
    for (const Verb& one : verbs) names.push_back(one.name);
    step["do"].fail(wire::unknown_name(fmt::format("command of a {}", role), name, names));
  }
  for (const std::string_view needed : verb->needs)
    if (!step.has(needed)) step.fail(fmt::format("lacks \"{}\", which {} needs", needed, name));

  nlohmann::json arguments = nlohmann::json::object();
  constexpr std::array<std::string_view, 4> common = {"at", "after", "node", "do"};
  for (const model::Value& member : step.members()) {
    if (std::ranges::find(common, member.key()) != common.end()) continue;
    if (!holds(verb->needs, member.key()) && !holds(verb->takes, member.key()))
      member.fail(fmt::format("is no argument of {} of a {}", name, role));
    nlohmann::json& argument = arguments[std::string(member.key())];
    argument = member.json();
    if (member.key() == "to" || member.key() == "gateway")
      argument = model::address_named(member, network).to_string();
    if (member.key() == "address") argument = model::prefix_named(member, network).to_string();
    if (member.key() == "link") model::link_of(member, network, node);
  }
  return arguments;
}

}  // namespace mipvet::scenario

#include "engine/scenario/iut_placeholders.h"

#include <algorithm>

#include <fmt/format.h>

namespace mipvet::scenario {
namespace {

std::string routes_of(const model::Node& node) {
  std::string text;
  for (const model::Route& route : node.routes)
    text += fmt::format("{}{}={}", text.empty() ? "" : ",", route.destination.to_string(),
                        route.next_hop.to_string());
  return text;
}

std::string word(const nlohmann::json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (!value.is_array()) return value.dump();
  std::string list;
  for (const nlohmann::json& element : value) list += (list.empty() ? "" : ",") + word(element);
  return list;
}

void add_parameters(Placeholders& result, const std::string& prefix,
                    const nlohmann::json& parameters) {
  for (const auto& [name, value] : parameters.items()) {
    if (value.is_object())
      add_parameters(result, prefix + name + ".", value);
    else
      result[prefix + name] = word(value);
  }
}

void add_credentials(Placeholders& result, const model::Network& network, model::NodeId node) {
  const auto own = std::ranges::find_if(network.ike, [node](const model::IkeCredentials& one) {
    return one.one == node || one.other == node;
  });
  const bool has_some = own != network.ike.end();
  result["ike.id"] = has_some ? own->id_of(node) : "";
  result["ike.peer"] = has_some ? own->id_of(own->peer_of(node)) : "";
  result["ike.psk"] = has_some ? own->psk : "";
  // A scenario may want it to have another one.
  for (const char* other : {"parameter.psk", "parameter.vpn.psk"})
    if (const auto found = result.find(other); found != result.end())
      result["ike.psk"] = found->second;
}

}  // namespace

Placeholders placeholders_of(const model::Network& network, model::NodeId node) {
  Placeholders result;
  result["routes"] = routes_of(network.node(node));
  for (const model::Node& peer : network.nodes)
    for (const model::Attachment& attachment : peer.attachments)
      if (attachment.address)
        result[fmt::format("peer.{}.{}", peer.name, network.link(attachment.link).name)] =
            attachment.address->address.to_string();
  add_parameters(result, "parameter.", network.node(node).parameters);
  add_credentials(result, network, node);
  return result;
}

std::string completed(const std::string& command, const Placeholders& placeholders) {
  std::string text = filled_in(command, placeholders);
  constexpr std::string_view parameter = "{parameter.";
  for (std::size_t at = 0; (at = text.find(parameter, at)) != std::string::npos;) {
    const std::size_t end =
        text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-", at + 1);
    const bool is_shells = at > 0 && text[at - 1] == '$';
    if (!is_shells && end != std::string::npos && text[end] == '}')
      text.erase(at, end - at + 1);
    else
      at += parameter.size();
  }
  return text;
}

}  // namespace mipvet::scenario

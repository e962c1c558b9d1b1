#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/cli/node_names.h"
#include "engine/cli/verbs.h"
#include "engine/model/network_file.h"
#include "engine/net/act.h"
#include "engine/net/packet_socket.h"
#include "engine/net/tap.h"
#include "roles/actor.h"

namespace mipvet::cli {

namespace {

struct Options {
  std::string role;
  std::string network;
  std::string node;
  std::vector<std::string> attachments;
  std::vector<std::string> deviations;
  std::uint64_t seed = 1;
  std::string key_log;
};

/// `LINK=tap:DEV` or `LINK=if:DEV`.
std::pair<net::PortId, std::unique_ptr<net::Device>> attach(const std::string& text,
                                                            const model::Network& network,
                                                            const model::Node& node) {
  const auto equals = text.find('=');
  const auto colon = text.find(':', equals == std::string::npos ? 0 : equals);
  if (equals == std::string::npos || colon == std::string::npos || colon + 1 == text.size())
    throw model::InputError(fmt::format(
        "--attach {}: is no LINK=tap:DEV or LINK=if:DEV; right: e.g. home=if:eth0", text));
  const std::string link = text.substr(0, equals);
  const std::string kind = text.substr(equals + 1, colon - equals - 1);
  const std::string device = text.substr(colon + 1);
  const auto id = network.find_link(link);
  for (net::PortId port = 0; id && port < static_cast<net::PortId>(node.attachments.size());
       ++port) {
    if (node.attachments[port].link != *id) continue;
    if (kind == "tap") return {port, std::make_unique<net::TapDevice>(device)};
    if (kind == "if") return {port, std::make_unique<net::PacketSocket>(device)};
    throw model::InputError(
        fmt::format("--attach {}: `{}` is no kind of device; right: tap or if", text, kind));
  }
  std::vector<std::string> links;
  for (const model::Attachment& attachment : node.attachments)
    links.push_back(network.link(attachment.link).name);
  throw model::InputError(
      fmt::format("--attach {}: node {} has no attachment to link `{}`; right: one of {}", text,
                  node.name, link, fmt::join(links, ", ")));
}

/// A command as a line: `attach visited fa`, or a JSON object {"do": "attach", ...}.
void tell(roles::Actor& actor, const std::string& line) {
  try {
    nlohmann::json arguments = nlohmann::json::object();
    std::string verb;
    if (line.front() == '{') {
      arguments = nlohmann::json::parse(line);
      verb = arguments.at("do").get<std::string>();
      arguments.erase("do");
    } else {
      std::istringstream words(line);
      std::string link;
      std::string mode;
      words >> verb >> link >> mode;
      if (!link.empty()) arguments["link"] = link;
      if (!mode.empty()) arguments["mode"] = mode;
    }
    actor.command({verb, &arguments});
  } catch (const std::exception& error) {
    fmt::print(stderr, "mipvet: command `{}`: {}\n", line, error.what());
  }
}

void act(const Options& options) {
  const model::Network network = model::load_network(options.network);
  const model::NodeId id = network.find_node(options.node);
  if (id == model::kNobody)
    throw model::InputError(
        fmt::format("--node {}: network `{}` has no such node; right: one of {}", options.node,
                    network.name, fmt::join(node_names(network), ", ")));
  const model::Node& node = network.node(id);
  const auto role = role_from_name(options.role);
  if (!role || *role != node.role)
    throw model::InputError(
        fmt::format("{0}: node {1} is no such one in network `{2}`; right: "
                    "mipvet act {3}",
                    options.role, options.node, network.name, to_string(node.role)));
  std::map<net::PortId, std::unique_ptr<net::Device>> devices;
  for (const std::string& text : options.attachments) {
    auto [port, device] = attach(text, network, node);
    if (!devices.emplace(port, std::move(device)).second)
      throw model::InputError(fmt::format(
          "--attach {}: the link has a device already; right: one for each link", text));
  }
  net::ActingEnvironment environment(id, options.seed, std::move(devices));
  std::ofstream keys;
  if (!options.key_log.empty()) {
    keys.open(options.key_log, std::ios::app);
    if (!keys)
      throw model::InputError(fmt::format(
          "--key-log {}: cannot be written; right: a file in a directory that may be written to",
          options.key_log));
    environment.observe_keys([&](std::string_view line) { keys << line << std::flush; });
  }
  const auto actor = roles::make_actor({network, id, environment, options.deviations});
  actor->start();
  fmt::print("ready\n");
  std::fflush(stdout);
  environment.run([&](net::PortId port, wire::Bytes frame) { actor->receive(port, frame); },
                  [&](const std::string& line) { tell(*actor, line); });
}

}  // namespace

void add_act(CLI::App& app, int&) {
  auto* verb = app.add_subcommand("act", "Play one node on real interfaces, until interrupted");
  const auto options = std::make_shared<Options>();
  verb->add_option("role", options->role, "e.g. home-agent, mip-proxy")->required();
  verb->add_option("--network", options->network, "Network that the node is declared in")
      ->required()
      ->type_name("FILE");
  verb->add_option("--node", options->node, "Which of its nodes")->required()->type_name("NAME");
  verb->add_option("--attach", options->attachments, "Device for each of the node's links")
      ->required()
      ->type_name("LINK=tap:DEV|if:DEV");
  verb->add_option("--deviate", options->deviations, "A misbehaviour to show")->type_name("ID");
  verb->add_option("--key-log", options->key_log, "Append the keys of IKE and ESP to this file")
      ->type_name("FILE");
  verb->add_option("--seed", options->seed, "Of everything random")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb->footer("Commands are lines on standard input, e.g. `attach visited fa` for a mobile-node.");
  verb->callback([options] { act(*options); });
}

}  // namespace mipvet::cli

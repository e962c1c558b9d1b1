#include "engine/scenario/scenario_file.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/format.h>

#include "engine/model/names.h"
#include "engine/model/network_file.h"
#include "engine/model/schema.h"
#include "engine/scenario/reader.h"

namespace mipvet::scenario {
namespace {

using model::Document;
using model::InputError;
using model::Json;
using model::Value;

/// What the implementation lacks is not supported, whatever the network and the scenario say.
void take_out_lacking(Json& node) {
  const auto lacks = node.find("lacks");
  if (lacks == node.end()) return;
  if (const auto supports = node.find("supports"); supports != node.end()) {
    Json left = Json::array();
    for (const Json& feature : *supports)
      if (std::ranges::find(*lacks, feature) == lacks->end()) left.push_back(feature);
    *supports = std::move(left);
  }
  node.erase("lacks");
}

/// The network's document with the patches of the scenario and of the implementations under test.
Document network_document(const Value& scenario, const std::filesystem::path& path,
                          const Json& ics) {
  const Value name = scenario["network"];
  const auto file = (path.parent_path() / name.text()).lexically_normal();
  Document network = [&] {
    if (!std::filesystem::is_regular_file(file))
      name.fail(
          fmt::format("is \"{}\", but there is no file {}; must be the path of a network "
                      "from this file",
                      name.text(), file.string()));
    return model::read_document(file);
  }();
  if (const auto patch = scenario.find("network_patch")) {
    network.json.merge_patch(patch->json());
    network.source += " patched by " + scenario.source();
  }
  for (const auto& [node, declared] : ics.items()) {
    const auto nodes = network.json.find("nodes");
    if (nodes == network.json.end() || !nodes->contains(node)) continue;
    Json& patched = (*nodes)[node];
    patched.merge_patch(declared);
    take_out_lacking(patched);
    network.source += fmt::format(" with the ICS of {}", node);
  }
  return network;
}

/// What the scenario asks of its nodes beyond what they are in the network.
void read_needs_of_patch(const Value& patch, Scenario& scenario) {
  const auto nodes = patch.find("nodes");
  if (!nodes) return;
  for (const Value& node : nodes->members()) {
    const model::NodeId id = scenario.network.find_node(node.key());
    if (id == model::kNobody) continue;
    Need need{.node = id};
    if (const auto parameters = node.find("parameters"))
      for (const Value& parameter : parameters->members())
        need.parameters.emplace_back(parameter.key());
    if (const auto deviates = node.find("deviates"))
      for (const Value& requirement : deviates->elements())
        need.deviations.push_back(requirement.text());
    if (!need.parameters.empty() || !need.deviations.empty())
      scenario.needs.push_back(std::move(need));
  }
}

void read_header(const Value& value, const std::filesystem::path& path, Scenario& scenario) {
  scenario.path = path;
  scenario.id = value["scenario"].text();
  const std::string id = id_by_path(path);
  if (!id.empty() && id != scenario.id)
    value["scenario"].fail(
        fmt::format("is \"{}\"; must be \"{}\", as the path says", scenario.id, id));
  scenario.title = value["title"].text();
  scenario.draft = value["draft"].text();
  scenario.section = value["section"].text();
  for (const Value& name : value["proves"].elements()) {
    const rules::Requirement& requirement = model::requirement_named(name);
    if (!requirement.withdrawn.empty())
      name.fail(
          fmt::format("is {}, which is withdrawn; must be one that is judged", requirement.id));
    if (std::ranges::find(scenario.proves, &requirement) != scenario.proves.end())
      name.fail(fmt::format("is {} again; must stand once", requirement.id));
    scenario.proves.push_back(&requirement);
  }
  if (const auto needs = value.find("needs")) {
    for (const Value& node : needs->members()) {
      Need need{.node = model::node_named(node, node.key(), scenario.network)};
      for (const Value& feature : node.elements())
        need.features.push_back(model::condition_named(feature));
      scenario.needs.push_back(std::move(need));
    }
  }
  if (const auto patch = value.find("network_patch")) read_needs_of_patch(*patch, scenario);
  scenario.settle = scenario.network.windows.reply + std::chrono::milliseconds(500);
  if (const auto settle = value.find("settle")) scenario.settle = settle->seconds();
}

}  // namespace

std::string id_by_path(const std::filesystem::path& path) {
  std::filesystem::path below;
  bool found = false;
  for (const auto& part : std::filesystem::absolute(path).lexically_normal()) {
    if (part == "scenarios") {
      below.clear();
      found = true;
    } else {
      below /= part;
    }
  }
  return found ? below.replace_extension().generic_string() : std::string();
}

Scenario scenario_from_document(const Document& document, const std::filesystem::path& path,
                                const Json& ics, std::vector<std::string>* problems) {
  model::scenario_schema().require(document);
  const Value value(document);
  Scenario scenario;
  Document network = network_document(value, path, ics);
  scenario.network = model::network_from_document(network);
  scenario.network_document = std::move(network.json);
  const auto attempt = [problems](const auto& action) {
    if (problems == nullptr) return action();
    try {
      action();
    } catch (const InputError& error) {
      problems->emplace_back(error.what());
    }
  };
  attempt([&] { read_header(value, path, scenario); });
  Reader reader(scenario.network);
  net::Duration earliest{};
  for (const Value& step : value["script"].elements()) {
    attempt([&] {
      scenario.script.push_back(reader.step(step));
      const auto at = scenario.script.back().at;
      if (at && *at < earliest)
        step["at"].fail(fmt::format("is before {} s, when an earlier step begins; must not be",
                                    std::chrono::duration<double>(earliest).count()));
      earliest = at.value_or(earliest);
    });
  }
  return scenario;
}

Scenario load_scenario(const std::filesystem::path& path, const Json& ics) {
  return scenario_from_document(model::read_document(path), path, ics);
}

std::vector<std::filesystem::path> scenario_files(const std::vector<std::filesystem::path>& paths) {
  namespace fs = std::filesystem;
  const std::set<fs::path> passed_over = {"networks", "schema", "iuts"};
  std::vector<fs::path> files;
  for (const fs::path& path : paths) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found)
      throw InputError(fmt::format("{}: does not exist; must be a scenario or a directory of them",
                                   path.string()));
    if (!fs::is_directory(status)) {
      files.push_back(path);
      continue;
    }
    std::vector<fs::path> found;
    fs::recursive_directory_iterator walk(path, error);
    for (; !error && walk != fs::recursive_directory_iterator(); walk.increment(error)) {
      if (walk->is_directory() && passed_over.contains(walk->path().filename()))
        walk.disable_recursion_pending();
      if (walk->is_regular_file() && walk->path().extension() == ".json")
        found.push_back(walk->path());
    }
    if (error)
      throw InputError(fmt::format("{}: {}; must be a directory that can be read", path.string(),
                                   error.message()));
    if (found.empty())
      throw InputError(fmt::format("{}: holds no scenario; must hold .json files", path.string()));
    std::ranges::sort(found);
    files.insert(files.end(), found.begin(), found.end());
  }
  std::set<fs::path> seen;
  std::erase_if(files, [&seen](const fs::path& file) {
    return !seen.insert(fs::absolute(file).lexically_normal()).second;
  });
  return files;
}

std::vector<Scenario> load_scenarios(const std::vector<std::filesystem::path>& paths,
                                     const Json& ics) {
  std::vector<Scenario> scenarios;
  std::map<std::string, std::string> by_id;
  for (const auto& file : scenario_files(paths)) {
    scenarios.push_back(load_scenario(file, ics));
    const auto [place, is_new] = by_id.emplace(scenarios.back().id, file.string());
    if (!is_new)
      throw InputError(fmt::format("{}: /scenario: is \"{}\", as in {}; must be an id of its own",
                                   file.string(), scenarios.back().id, place->second));
  }
  return scenarios;
}

}  // namespace mipvet::scenario

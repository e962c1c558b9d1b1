#include "engine/campaign/innocents.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include <fmt/format.h>

#include "engine/campaign/scenario_run.h"
#include "engine/campaign/workers.h"

namespace mipvet::campaign {

namespace {

/// Requirement and node.
using Charge = std::pair<const rules::Requirement*, std::string>;
using Charges = std::set<Charge>;

std::vector<model::Finding> charges(const scenario::Scenario& scenario, const rules::RuleBook& book,
                                    const RunOptions& options) {
  std::vector<model::Finding> result;
  for (model::Finding& finding : run_simulated(scenario, book, options).findings)
    if (model::is_broken(finding)) result.push_back(std::move(finding));
  return result;
}

/// What each scenario holds against nodes that do right.
std::map<const scenario::Scenario*, Charges> without_deviation(const std::vector<Trial>& trials,
                                                               const rules::RuleBook& book,
                                                               unsigned jobs) {
  std::map<const scenario::Scenario*, Charges> result;
  for (const Trial& trial : trials) result[trial.scenario];
  std::vector<std::pair<const scenario::Scenario* const, Charges>*> places;
  for (auto& place : result) places.push_back(&place);
  for_each_index(places.size(), jobs, [&](std::size_t i) {
    for (const model::Finding& finding : charges(*places[i]->first, book, {}))
      places[i]->second.emplace(finding.requirement, finding.node);
  });
  return result;
}

}  // namespace

std::vector<std::string> deviating_nodes(const scenario::Scenario& scenario, Role role,
                                         const roles::Deviation& deviation) {
  std::vector<std::string> result;
  for (const model::Node& node : scenario.network.nodes)
    if (node.role == role && node.judged &&
        std::ranges::find(roles::deviations(node), deviation.id, &roles::Deviation::id) !=
            roles::deviations(node).end())
      result.push_back(node.name);
  return result;
}

std::vector<Accusation> accusations(const std::vector<Trial>& trials, const rules::RuleBook& book,
                                    unsigned jobs) {
  const auto known = without_deviation(trials, book, jobs);
  std::vector<std::vector<Accusation>> found(trials.size());
  for_each_index(trials.size(), jobs, [&](std::size_t i) {
    const Trial& trial = trials[i];
    RunOptions options;
    for (const std::string& node : deviating_nodes(*trial.scenario, trial.role, *trial.deviation))
      options.deviations[node] = {std::string(trial.deviation->id)};
    std::vector<model::Finding> held;
    try {
      held = charges(*trial.scenario, book, options);
    } catch (const std::exception& error) {
      throw std::runtime_error(
          fmt::format("{} in {}: {}", trial.deviation->id, trial.scenario->id, error.what()));
    }
    const Charges& expected = known.at(trial.scenario);
    for (model::Finding& finding : held)
      if (!options.deviations.contains(finding.node) &&
          !expected.contains({finding.requirement, finding.node}))
        found[i].push_back({trial, std::move(finding)});
  });
  std::vector<Accusation> result;
  for (std::vector<Accusation>& of_trial : found)
    for (Accusation& accusation : of_trial) result.push_back(std::move(accusation));
  return result;
}

}  // namespace mipvet::campaign

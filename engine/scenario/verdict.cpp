#include "engine/scenario/verdict.h"

#include <algorithm>

#include <fmt/format.h>

namespace mipvet::scenario {
namespace {

using model::Finding;
using model::ScenarioVerdict;
using model::Verdict;

/// Why a requirement that the scenario proves is not proven; empty where it is.
std::string unproven(const rules::Requirement& requirement, const std::vector<Finding>& findings,
                     const Accused& accused) {
  bool excused = false;
  bool undecided = false;
  for (const Finding& finding : findings) {
    if (finding.requirement != &requirement) continue;
    switch (finding.verdict) {
      case Verdict::not_applicable:
        excused = excused || accused.implementations.contains(finding.node);
        break;
      case Verdict::inconclusive:
        undecided = true;
        break;
      default:
        if (finding.evaluated > 0) return {};
    }
  }
  if (undecided) return fmt::format("{} could not be decided", requirement.id);
  if (excused) return {};
  return fmt::format("{} was never evaluated", requirement.id);
}

}  // namespace

ScenarioJudgement judge(const Scenario& scenario, const RunResult& run,
                        const std::vector<Finding>& findings, const Accused& accused, bool strict) {
  const auto broken_by = [&](bool is_accused, std::string_view after) {
    const auto counts = [&](const Finding& finding) {
      return model::counts_as_failure(finding, strict) && accused.holds(finding.node) == is_accused;
    };
    return model::breaches(findings, counts, after);
  };
  if (std::string ours = broken_by(false, ", played by mipvet,"); !ours.empty())
    return {ScenarioVerdict::error, std::move(ours)};
  if (std::string theirs = broken_by(true, ""); !theirs.empty())
    return {ScenarioVerdict::fail, std::move(theirs)};
  if (!run.aborted.empty()) return {ScenarioVerdict::inconclusive, run.aborted};
  if (std::string known = model::known_breaches(findings); !known.empty())
    return {ScenarioVerdict::pass, std::move(known)};
  if (std::string shortfall = run.shortfall(); !shortfall.empty())
    return {ScenarioVerdict::inconclusive, std::move(shortfall)};
  for (const rules::Requirement* requirement : scenario.proves)
    if (std::string reason = unproven(*requirement, findings, accused); !reason.empty())
      return {ScenarioVerdict::inconclusive, std::move(reason)};
  return {};
}

std::string why_not_applicable(const Scenario& scenario,
                               std::span<const Implementation> implementations) {
  const auto implementation_of = [&](model::NodeId node) {
    return std::find_if(implementations.begin(), implementations.end(), [&](const auto& one) {
      return one.node == scenario.network.node(node).name;
    });
  };
  for (const Need& need : scenario.needs) {
    const model::Node& node = scenario.network.node(need.node);
    const auto of = implementation_of(need.node);
    if (of == implementations.end()) continue;
    for (const std::string& feature : need.features)
      if (!node.declares(feature)) return fmt::format("{} does not declare {}", node.name, feature);
    for (const std::string& parameter : need.parameters)
      if (!of->is_told(parameter))
        return fmt::format("{} is not told its parameter {}", node.name, parameter);
    if (!need.deviations.empty())
      return fmt::format("{} would have to break {}", node.name, need.deviations.front());
  }
  for (const Step& step : scenario.script) {
    const auto* tell = std::get_if<Tell>(&step.action);
    if (tell == nullptr) continue;
    const auto of = implementation_of(tell->node);
    if (of != implementations.end() && !of->triggers.contains(tell->verb))
      return fmt::format("{} has no trigger {}", of->node, tell->verb);
  }
  return {};
}

}  // namespace mipvet::scenario

#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "engine/model/finding.h"
#include "engine/model/result.h"
#include "engine/scenario/iut_file.h"
#include "engine/scenario/runner.h"
#include "engine/scenario/scenario.h"

namespace mipvet::scenario {

/// Who stands trial in a run: implementations under test, and nodes that we play and that were
/// asked to deviate. All others are ours: where they break a rule the tool is at fault.
struct Accused {
  std::set<std::string> implementations;
  std::set<std::string> deviating;

  bool holds(const std::string& node) const {
    return implementations.contains(node) || deviating.contains(node);
  }
};

struct ScenarioJudgement {
  model::ScenarioVerdict verdict = model::ScenarioVerdict::pass;
  std::string reason;  ///< one line; empty for pass
};

/// The worst counts: error (a node of ours broke a rule), fail (one of the accused did, and it is
/// not known), inconclusive (the script did not go as it says, the run was ended, or a requirement
/// that the scenario proves was never evaluated, for which an ICS that excludes it is an excuse;
/// known failures, too, are an excuse for all but the run's end). `strict`: a broken SHOULD counts.
ScenarioJudgement judge(const Scenario& scenario, const RunResult& run,
                        const std::vector<model::Finding>& findings, const Accused& accused,
                        bool strict);

/// What the implementations lack for the scenario to be applicable, in one line: something that
/// their ICS does not declare, or a trigger for what the script has them do. Empty where they lack
/// nothing.
std::string why_not_applicable(const Scenario& scenario,
                               std::span<const Implementation> implementations);

}  // namespace mipvet::scenario

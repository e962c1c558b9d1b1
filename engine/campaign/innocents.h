#pragma once

#include <string>
#include <vector>

#include "engine/model/finding.h"
#include "engine/rules/rule_book.h"
#include "engine/scenario/scenario.h"
#include "roles/actor.h"

namespace mipvet::campaign {

/// A deviation played in a scenario by all nodes that can, whether or not the scenario is the one
/// that shows it.
struct Trial {
  const roles::Deviation* deviation = nullptr;
  Role role = Role::tester;
  const scenario::Scenario* scenario = nullptr;
};

/// The nodes of a scenario that have the role and the deviation, and are judged.
std::vector<std::string> deviating_nodes(const scenario::Scenario& scenario, Role role,
                                         const roles::Deviation& deviation);

/// Something held against a node that did right, because another one did wrong.
struct Accusation {
  Trial trial;
  model::Finding finding;
};

/// Plays the trials, `jobs` at a time. What is held against a node of a scenario also when all do
/// right is no consequence of a deviation, and is left to `run`.
std::vector<Accusation> accusations(const std::vector<Trial>& trials, const rules::RuleBook& book,
                                    unsigned jobs);

}  // namespace mipvet::campaign

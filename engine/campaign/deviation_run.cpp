#include "engine/campaign/deviation_run.h"

#include <algorithm>
#include <array>
#include <set>

#include "engine/campaign/scenario_run.h"

namespace mipvet::campaign {

std::string_view to_string(Outcome outcome) {
  constexpr std::array<std::string_view, 3> names = {"killed", "survived", "wrong"};
  return names[static_cast<std::size_t>(outcome)];
}

std::string_view requirement_of(const roles::Deviation& deviation) {
  return deviation.id.substr(0, deviation.id.find('/'));
}

Kill try_deviation(const roles::Deviation& deviation, Role role, const scenario::Scenario* scenario,
                   const rules::RuleBook& book) {
  Kill kill;
  kill.deviation = &deviation;
  kill.role = role;
  kill.expected.emplace_back(requirement_of(deviation));
  kill.expected.insert(kill.expected.end(), deviation.also.begin(), deviation.also.end());
  if (scenario == nullptr) return kill;
  RunOptions options;
  for (const model::Node& node : scenario->network.nodes)
    if (node.role == role) options.deviations[node.name] = {std::string(deviation.id)};
  const model::ScenarioResult result = run_simulated(*scenario, book, options);
  std::set<std::string> caught;
  bool blames_others = false;
  for (const model::Finding& finding : result.findings) {
    if (!model::is_broken(finding)) continue;
    // Whoever did right is not to be blamed for what another node did wrong.
    if (options.deviations.contains(finding.node)) {
      caught.emplace(finding.requirement->id);
    } else {
      blames_others = true;
      kill.caught_by.push_back(std::string(finding.requirement->id) + "(" + finding.node + ")");
    }
  }
  kill.caught_by.insert(kill.caught_by.begin(), caught.begin(), caught.end());
  if (!caught.contains(kill.expected.front())) {
    kill.outcome = Outcome::survived;
    return kill;
  }
  const bool only_expected = std::all_of(caught.begin(), caught.end(), [&](const auto& id) {
    return std::find(kill.expected.begin(), kill.expected.end(), id) != kill.expected.end();
  });
  kill.outcome = only_expected && !blames_others ? Outcome::killed : Outcome::wrong;
  return kill;
}

}  // namespace mipvet::campaign

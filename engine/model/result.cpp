#include "engine/model/result.h"

#include <algorithm>
#include <array>

namespace mipvet::model {

std::string_view to_string(ScenarioVerdict verdict) {
  constexpr std::array<std::string_view, 5> names = {"pass", "fail", "inconclusive",
                                                     "not-applicable", "error"};
  return names[static_cast<std::size_t>(verdict)];
}

std::string_view to_string(Mode mode) {
  constexpr std::array<std::string_view, 3> names = {"sim", "live", "capture"};
  return names[static_cast<std::size_t>(mode)];
}

ScenarioVerdict Campaign::verdict() const {
  for (const ScenarioVerdict worst :
       {ScenarioVerdict::error, ScenarioVerdict::fail, ScenarioVerdict::inconclusive})
    if (count(worst) > 0) return worst;
  return ScenarioVerdict::pass;
}

std::size_t Campaign::count(ScenarioVerdict wanted) const {
  return static_cast<std::size_t>(std::ranges::count(scenarios, wanted, &ScenarioResult::verdict));
}

int Campaign::exit_status() const {
  switch (verdict()) {
    case ScenarioVerdict::error:
      return 4;
    case ScenarioVerdict::fail:
      return 1;
    case ScenarioVerdict::inconclusive:
      return 3;
    case ScenarioVerdict::pass:
    case ScenarioVerdict::not_applicable:
      break;
  }
  return 0;
}

}  // namespace mipvet::model

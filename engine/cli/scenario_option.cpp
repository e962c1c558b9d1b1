#include "engine/cli/scenario_option.h"

#include <filesystem>
#include <fnmatch.h>

#include <fmt/format.h>

#include "engine/cli/data_directory.h"

namespace mipvet::cli {

void ScenarioOption::add_to(CLI::App& verb, bool paths_required) {
  auto* paths = verb.add_option("paths", paths_, "Scenario files and directories of them");
  if (paths_required) paths->required();
  verb.add_option("--filter", filter_, "Only scenarios whose id matches, e.g. 'mipp/deny-*'")
      ->type_name("GLOB");
}

std::vector<scenario::Scenario> ScenarioOption::load(const model::Json& ics) const {
  std::vector<std::filesystem::path> paths(paths_.begin(), paths_.end());
  if (paths.empty()) paths.emplace_back(scenarios_directory());
  std::vector<scenario::Scenario> scenarios = scenario::load_scenarios(paths, ics);
  std::erase_if(scenarios, [&](const scenario::Scenario& scenario) {
    return fnmatch(filter_.c_str(), scenario.id.c_str(), 0) != 0;
  });
  if (scenarios.empty())
    throw model::InputError(fmt::format(
        "--filter {}: matches no scenario; right: a glob over ids such as 'mipp/*'", filter_));
  return scenarios;
}

}  // namespace mipvet::cli

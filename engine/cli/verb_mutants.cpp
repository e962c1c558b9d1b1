#include <fnmatch.h>
#include <map>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "engine/cli/data_directory.h"
#include "engine/cli/deviation_run.h"
#include "engine/cli/report_option.h"
#include "engine/cli/verbs.h"
#include "engine/cli/without_rule_option.h"
#include "engine/scenario/scenario_file.h"

namespace mipvet::cli {

namespace {

struct Options {
  std::string filter = "*";
  std::string scenarios;
  WithoutRuleOption without;
  std::string report;
};

std::string report_of(const std::vector<Kill>& kills) {
  using Json = nlohmann::ordered_json;
  std::map<Outcome, std::size_t> counts;
  Json deviations = Json::array();
  for (const Kill& kill : kills) {
    ++counts[kill.outcome];
    deviations.push_back({{"id", kill.deviation->id},
                          {"role", to_string(kill.role)},
                          {"scenario", kill.deviation->scenario},
                          {"expected", kill.expected},
                          {"caught_by", kill.caught_by},
                          {"outcome", to_string(kill.outcome)}});
  }
  return Json{{"killed", counts[Outcome::killed]},
              {"survived", counts[Outcome::survived]},
              {"wrong", counts[Outcome::wrong]},
              {"deviations", deviations}}
             .dump(1) +
         "\n";
}

int mutants(const Options& options) {
  const std::string report = json_file(options.report);
  const std::filesystem::path directory =
      options.scenarios.empty() ? scenarios_directory() : std::filesystem::path(options.scenarios);
  const std::vector<scenario::Scenario> scenarios = scenario::load_scenarios({directory});
  std::map<std::string_view, const scenario::Scenario*> by_id;
  for (const scenario::Scenario& scenario : scenarios) by_id[scenario.id] = &scenario;
  const rules::RuleBook book = options.without.rules();

  std::vector<Kill> kills;
  for (const Role role : roles::kDeviatingRoles) {
    for (const roles::Deviation& deviation : roles::deviations(role)) {
      const std::string id(deviation.id);
      if (fnmatch(options.filter.c_str(), id.c_str(), 0) != 0) continue;
      const auto found = by_id.find(deviation.scenario);
      kills.push_back(
          try_deviation(deviation, role, found == by_id.end() ? nullptr : found->second, book));
    }
  }
  if (kills.empty())
    throw model::InputError(
        fmt::format("--filter {}: matches no deviation; right: a glob over ids such as 'MIPP-2.2*'",
                    options.filter));

  fmt::print("{:28} {:14} {:34} {:9} {}\n", "deviation", "role", "scenario", "outcome",
             "caught by");
  std::size_t bad = 0;
  for (const Kill& kill : kills) {
    bad += kill.outcome == Outcome::killed ? 0 : 1;
    fmt::print("{:28} {:14} {:34} {:9} {}\n", kill.deviation->id, to_string(kill.role),
               kill.deviation->scenario, to_string(kill.outcome), fmt::join(kill.caught_by, " "));
  }
  const auto count = [&](Outcome outcome) {
    return std::count_if(kills.begin(), kills.end(),
                         [&](const Kill& kill) { return kill.outcome == outcome; });
  };
  fmt::print("\n{} deviations: {} killed, {} survived, {} wrong\n", kills.size(),
             count(Outcome::killed), count(Outcome::survived), count(Outcome::wrong));
  if (!report.empty()) write_file(report, report_of(kills));
  return bad == 0 ? 0 : 1;
}

}  // namespace

void add_mutants(CLI::App& app, int& exit_status) {
  auto* verb = app.add_subcommand(
      "mutants", "Prove the rules: every deviation of our roles, and which rules catch it");
  const auto options = std::make_shared<Options>();
  verb->add_option("--filter", options->filter, "Only deviations whose id matches")
      ->type_name("GLOB");
  verb->add_option("--scenarios", options->scenarios, "Directory of the scenarios")
      ->type_name("DIR");
  options->without.add_to(
      *verb, "Take the rules of a requirement out first: its deviation has to survive");
  verb->add_option("--report", options->report, "Also write json:FILE")->type_name("json:FILE");
  verb->callback([options, &exit_status] { exit_status = mutants(*options); });
}

}  // namespace mipvet::cli

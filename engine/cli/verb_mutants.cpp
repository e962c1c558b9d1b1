#include <algorithm>
#include <fnmatch.h>
#include <map>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "engine/campaign/deviation_run.h"
#include "engine/campaign/innocents.h"
#include "engine/cli/data_directory.h"
#include "engine/cli/verbs.h"
#include "engine/cli/without_rule_option.h"
#include "engine/model/text_file.h"
#include "engine/scenario/scenario_file.h"
#include "reports/report_files.h"

namespace mipvet::cli {

namespace {

using campaign::Accusation;
using campaign::Kill;
using campaign::Outcome;
using campaign::Trial;

struct Options {
  std::string filter = "*";
  std::string scenarios;
  WithoutRuleOption without;
  std::string report;
  bool everywhere = false;
  unsigned jobs = 1;
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

struct Wanted {
  const roles::Deviation* deviation;
  Role role;
};

std::vector<Wanted> wanted_deviations(const std::string& filter) {
  std::vector<Wanted> result;
  for (const Role role : roles::kDeviatingRoles)
    for (const roles::Deviation& deviation : roles::deviations(role))
      if (fnmatch(filter.c_str(), std::string(deviation.id).c_str(), 0) == 0)
        result.push_back({&deviation, role});
  if (result.empty())
    throw model::InputError(fmt::format(
        "--filter {}: matches no deviation; right: a glob over ids such as 'MIPP-2.2*'", filter));
  return result;
}

int show_kills(const std::vector<Wanted>& wanted, const std::vector<scenario::Scenario>& scenarios,
               const rules::RuleBook& book, const std::string& report) {
  std::map<std::string_view, const scenario::Scenario*> by_id;
  for (const scenario::Scenario& scenario : scenarios) by_id[scenario.id] = &scenario;
  std::vector<Kill> kills;
  for (const auto& [deviation, role] : wanted) {
    const auto found = by_id.find(deviation->scenario);
    kills.push_back(campaign::try_deviation(*deviation, role,
                                            found == by_id.end() ? nullptr : found->second, book));
  }

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
  if (!report.empty()) model::write_file(report, report_of(kills));
  return bad == 0 ? 0 : 1;
}

/// Every deviation in every scenario where a node is judged that knows it.
std::vector<Trial> trials(const std::vector<Wanted>& wanted,
                          const std::vector<scenario::Scenario>& scenarios) {
  std::vector<Trial> result;
  for (const auto& [deviation, role] : wanted)
    for (const scenario::Scenario& scenario : scenarios)
      if (!campaign::deviating_nodes(scenario, role, *deviation).empty())
        result.push_back({deviation, role, &scenario});
  return result;
}

std::string report_of(const std::vector<Trial>& tried, const std::vector<Accusation>& accusations) {
  using Json = nlohmann::ordered_json;
  Json list = Json::array();
  for (const auto& [trial, finding] : accusations)
    list.push_back(
        {{"deviation", trial.deviation->id},
         {"role", to_string(trial.role)},
         {"scenario", trial.scenario->id},
         {"requirement", finding.requirement->id},
         {"node", finding.node},
         {"verdict", to_string(finding.verdict)},
         {"observed", finding.observed},
         {"frame",
          finding.frames.empty() ? Json(nullptr) : Json(finding.frames.front().capture_frame)}});
  return Json{{"runs", tried.size()}, {"accusations", list}}.dump(1) + "\n";
}

int show_accusations(const std::vector<Trial>& tried, const rules::RuleBook& book, unsigned jobs,
                     const std::string& report) {
  const std::vector<Accusation> found = campaign::accusations(tried, book, jobs);
  fmt::print("{:28} {:14} {:34} {}\n", "deviation", "role", "scenario", "held against others");
  for (const auto& [trial, finding] : found)
    fmt::print("{:28} {:14} {:34} {} {} ({}), frame {}: {}\n", trial.deviation->id,
               to_string(trial.role), trial.scenario->id, to_string(finding.verdict),
               finding.requirement->id, finding.node,
               finding.frames.empty() ? 0 : finding.frames.front().capture_frame, finding.observed);
  fmt::print("\n{} runs: {} accusations of nodes that did right\n", tried.size(), found.size());
  if (!report.empty()) model::write_file(report, report_of(tried, found));
  return found.empty() ? 0 : 1;
}

int mutants(const Options& options) {
  const std::string report = reports::json_file(options.report);
  const std::filesystem::path directory =
      options.scenarios.empty() ? scenarios_directory() : std::filesystem::path(options.scenarios);
  const std::vector<scenario::Scenario> scenarios = scenario::load_scenarios({directory});
  const rules::RuleBook book = options.without.rules();
  const std::vector<Wanted> wanted = wanted_deviations(options.filter);
  return options.everywhere
             ? show_accusations(trials(wanted, scenarios), book, options.jobs, report)
             : show_kills(wanted, scenarios, book, report);
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
  verb->add_flag("--everywhere", options->everywhere,
                 "Each deviation in every scenario where its role is played: is anything held "
                 "against a node that did right?");
  verb->add_option("-j,--jobs", options->jobs, "Runs at a time, with --everywhere")
      ->check(CLI::Range(1U, 64U))
      ->capture_default_str();
  options->without.add_to(
      *verb, "Take the rules of a requirement out first: its deviation has to survive");
  verb->add_option("--report", options->report, "Also write json:FILE")->type_name("json:FILE");
  verb->callback([options, &exit_status] { exit_status = mutants(*options); });
}

}  // namespace mipvet::cli

#include <algorithm>
#include <map>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "engine/campaign/deviation_run.h"
#include "engine/cli/data_directory.h"
#include "engine/cli/verbs.h"
#include "engine/model/text_file.h"
#include "engine/rules/rule_book.h"
#include "engine/rules/unjudged.h"
#include "engine/scenario/scenario_file.h"
#include "reports/report_files.h"

namespace mipvet::cli {

namespace {

struct Options {
  std::string draft;
  std::string report;
  bool all = false;
};

struct Covered {
  const rules::Requirement* requirement = nullptr;
  bool rule = false;
  std::vector<std::string> scenarios;
  std::vector<std::string> deviations;

  bool complete() const { return rule && !scenarios.empty() && !deviations.empty(); }
  /// Why there is no rule where the ledger says that a breach is worth nothing.
  std::string no_breach() const {
    constexpr std::string_view none = "None by itself";
    std::string_view text = requirement->violation;
    if (!text.starts_with(none)) return "an option: its use is recorded, nothing can be broken";
    text.remove_prefix(std::min(text.find_first_not_of(": ", none.size()), text.size()));
    const std::string more =
        requirement->why_not.empty() ? std::string() : fmt::format(" ({})", requirement->why_not);
    return fmt::format("nothing can be broken by itself: {}{}", text, more);
  }
  std::string why_not() const {
    if (!requirement->withdrawn.empty())
      return fmt::format("withdrawn: {}", requirement->withdrawn);
    if (requirement->testable == rules::Testable::no)
      return fmt::format("not testable: {}", requirement->why_not);
    if (complete()) return {};
    if (const auto reason = rules::why_unjudged(requirement->id); !rule && !reason.empty())
      return fmt::format("no rule: {}", reason);
    if (!rule && requirement->severity == rules::Severity::info) return no_breach();
    std::vector<std::string_view> missing;
    if (!rule) missing.emplace_back("rule");
    if (scenarios.empty()) missing.emplace_back("scenario");
    if (deviations.empty()) missing.emplace_back("deviation");
    return fmt::format("not built yet: no {}", fmt::join(missing, ", no "));
  }
};

std::vector<Covered> survey(const std::string& draft) {
  std::map<std::string_view, std::vector<std::string>> scenarios;
  for (const scenario::Scenario& scenario : scenario::load_scenarios({scenarios_directory()}))
    for (const rules::Requirement* proved : scenario.proves)
      scenarios[proved->id].push_back(scenario.id);
  std::map<std::string_view, std::vector<std::string>> deviations;
  for (const Role role : roles::kDeviatingRoles)
    for (const roles::Deviation& deviation : roles::deviations(role)) {
      deviations[campaign::requirement_of(deviation)].emplace_back(deviation.id);
      // Where a deviation is caught the requirement is put to the test, what else the scenario is
      // for.
      auto& shown_in = scenarios[campaign::requirement_of(deviation)];
      if (std::find(shown_in.begin(), shown_in.end(), deviation.scenario) == shown_in.end())
        shown_in.emplace_back(deviation.scenario);
    }
  const rules::RuleBook book = rules::all_rules();
  std::vector<Covered> result;
  for (const rules::Requirement& requirement : rules::requirements())
    if (draft.empty() || requirement.specification == draft)
      result.push_back({&requirement, book.has_rule(requirement), scenarios[requirement.id],
                        deviations[requirement.id]});
  return result;
}

std::string report_of(const std::vector<Covered>& list) {
  using Json = nlohmann::ordered_json;
  Json requirements = Json::array();
  for (const Covered& one : list) {
    const std::string why_not = one.why_not();
    requirements.push_back({{"id", one.requirement->id},
                            {"level", rules::to_string(one.requirement->level)},
                            {"testable", rules::to_string(one.requirement->testable)},
                            {"rule", one.rule},
                            {"scenarios", one.scenarios},
                            {"deviations", one.deviations},
                            {"why_not", why_not.empty() ? Json(nullptr) : Json(why_not)}});
  }
  return Json{{"requirements", requirements}}.dump(1) + "\n";
}

void coverage(const Options& options) {
  const std::string report = reports::json_file(options.report);
  if (!options.draft.empty() && rules::find_specification(options.draft) == nullptr) {
    std::vector<std::string_view> tags;
    for (const rules::Specification& one : rules::specifications()) tags.push_back(one.tag);
    throw model::InputError(fmt::format("--draft {}: is no specification; right: one of {}",
                                        options.draft, fmt::join(tags, ", ")));
  }
  const std::vector<Covered> list = survey(options.draft);
  fmt::print("{:10} {:10} {:>12} {:>6} {:>10} {:>9}\n", "draft", "section", "requirements", "rules",
             "scenarios", "complete");
  std::map<std::pair<std::string, std::string>, std::array<std::size_t, 4>> sections;
  std::vector<std::pair<std::string, std::string>> order;
  for (const Covered& one : list) {
    const std::pair key{std::string(one.requirement->specification),
                        std::string(one.requirement->section)};
    if (!sections.contains(key)) order.push_back(key);
    auto& counts = sections[key];
    ++counts[0];
    counts[1] += one.rule ? 1U : 0U;
    counts[2] += one.scenarios.empty() ? 0U : 1U;
    counts[3] += one.complete() ? 1U : 0U;
  }
  std::array<std::size_t, 4> total{};
  for (const auto& key : order) {
    const auto& counts = sections[key];
    for (std::size_t i = 0; i < total.size(); ++i) total[i] += counts[i];
    if (options.draft.empty() && !options.all && counts[1] == 0) continue;
    fmt::print("{:10} {:10} {:12} {:6} {:10} {:9}\n", key.first, key.second, counts[0], counts[1],
               counts[2], counts[3]);
  }
  fmt::print("{:21} {:12} {:6} {:10} {:9}\n", "all", total[0], total[1], total[2], total[3]);
  if (!options.draft.empty()) {
    fmt::print("\n");
    for (const Covered& one : list) {
      const std::string why_not = one.why_not();
      fmt::print("{:18} {:10} {}\n", one.requirement->id, rules::to_string(one.requirement->level),
                 why_not.empty() ? fmt::format("{} | {}", fmt::join(one.scenarios, " "),
                                               fmt::join(one.deviations, " "))
                                 : why_not);
    }
  }
  if (!report.empty()) model::write_file(report, report_of(list));
}

}  // namespace

void add_coverage(CLI::App& app, int&) {
  auto* verb = app.add_subcommand(
      "coverage", "Per draft and section: requirement, rule, scenarios, deviations, or why none");
  const auto options = std::make_shared<Options>();
  verb->add_option("--draft", options->draft, "Tag of one specification, e.g. MIPP or RFC3344")
      ->type_name("TAG");
  verb->add_flag("--all", options->all, "Also sections without any rule");
  verb->add_option("--report", options->report, "Also write json:FILE")->type_name("json:FILE");
  verb->callback([options] { coverage(*options); });
}

}  // namespace mipvet::cli

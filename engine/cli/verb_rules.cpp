#include <fnmatch.h>
#include <memory>

#include <fmt/format.h>

#include "engine/campaign/deviation_run.h"
#include "engine/cli/data_directory.h"
#include "engine/cli/verbs.h"
#include "engine/rules/ledger/explain.h"
#include "engine/rules/rule_book.h"
#include "engine/rules/unjudged.h"
#include "engine/scenario/scenario_file.h"
#include "roles/actor.h"

namespace mipvet::cli {

namespace {

void explain_one(const rules::Requirement& requirement) {
  std::vector<std::string> names;
  std::error_code missing;
  if (std::filesystem::is_directory(scenarios_directory(), missing))
    for (const scenario::Scenario& scenario : scenario::load_scenarios({scenarios_directory()}))
      for (const rules::Requirement* proved : scenario.proves)
        if (proved == &requirement) names.push_back(scenario.id);
  std::vector<std::string_view> deviations;
  for (const Role role : requirement.roles)
    for (const roles::Deviation& deviation : roles::deviations(role))
      if (campaign::requirement_of(deviation) == requirement.id) deviations.push_back(deviation.id);
  const std::vector<std::string_view> scenarios(names.begin(), names.end());
  fmt::print("{}", rules::explain(requirement, scenarios, deviations));
  const std::string_view reason = rules::why_unjudged(requirement.id);
  if (!rules::all_rules().has_rule(requirement))
    fmt::print("mipvet has no rule for it{}{}.\n", reason.empty() ? "" : ": ", reason);
}

void list(const std::string& pattern) {
  if (const rules::Requirement* requirement = rules::find(pattern))
    return explain_one(*requirement);
  std::size_t shown = 0;
  for (const rules::Requirement& requirement : rules::requirements()) {
    if (fnmatch(pattern.c_str(), std::string(requirement.id).c_str(), 0) != 0) continue;
    fmt::print("{}\n", rules::one_line(requirement));
    ++shown;
  }
  if (shown == 0)
    throw model::InputError(fmt::format(
        "{}: is no requirement of a ledger; right: an id such as MIPP-2.2.1-13, or a glob such as "
        "'MIPP-2.2*'",
        pattern));
}

}  // namespace

void add_rules(CLI::App& app, int&) {
  auto* verb = app.add_subcommand("rules", "Explain a requirement, or list those that match");
  const auto pattern = std::make_shared<std::string>("*");
  verb->add_option("id", *pattern, "Requirement id or glob")->type_name("ID|GLOB");
  verb->callback([pattern] { list(*pattern); });
}

}  // namespace mipvet::cli

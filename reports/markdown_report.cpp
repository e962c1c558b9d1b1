#include "reports/markdown_report.h"

#include <algorithm>
#include <functional>
#include <vector>

#include <fmt/format.h>

#include "reports/place.h"
#include "reports/printable.h"
#include "reports/totals.h"

namespace mipvet::reports {

namespace {

using model::Finding;
using model::ScenarioResult;
using model::ScenarioVerdict;

constexpr std::size_t kMostRows = 100;

/// A text in a table's cell: nothing in it is markup, it has one line.
std::string cell(const std::string& text) {
  std::string result;
  for (const char c : printable(text)) {
    if (c == '\n' || c == '\t') {
      result += ' ';
    } else if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else {
      if (std::string_view("\\`*_[]|~#").find(c) != std::string_view::npos) result += '\\';
      result += c;
    }
  }
  return result;
}

std::string table(std::string_view title, std::string_view head, std::string_view rule,
                  const std::vector<std::string>& rows) {
  if (rows.empty()) return {};
  std::string result = fmt::format("\n## {} ({})\n\n{}\n{}\n", title, rows.size(), head, rule);
  for (std::size_t i = 0; i < std::min(rows.size(), kMostRows); ++i) result += rows[i];
  if (rows.size() > kMostRows) result += fmt::format("\n… and {} more.\n", rows.size() - kMostRows);
  return result;
}

std::string of_findings(const model::Campaign& campaign, std::string_view title,
                        const std::function<bool(const ScenarioResult&, const Finding&)>& is_told) {
  std::vector<std::string> rows;
  for (const ScenarioResult& scenario : campaign.scenarios)
    for (const Finding& finding : scenario.findings)
      if (is_told(scenario, finding))
        rows.push_back(fmt::format(
            "| {} | {} | {} | {} | {} | {} | {} |\n", cell(scenario.id), finding.requirement->id,
            rules::to_string(finding.requirement->level), cell(finding.node),
            cell(finding.expected),
            cell(finding.observed + (finding.known.empty() ? "" : "; known: " + finding.known)),
            finding.frames.empty() ? "" : cell(place(finding.frames.front()))));
  return table(title,
               "| scenario | requirement | level | node | expected | observed | first frame |",
               "|---|---|---|---|---|---|---|", rows);
}

std::string of_scenarios(const model::Campaign& campaign, std::string_view title,
                         const std::function<bool(const ScenarioResult&)>& is_told) {
  std::vector<std::string> rows;
  for (const ScenarioResult& scenario : campaign.scenarios)
    if (is_told(scenario))
      rows.push_back(fmt::format("| {} | {} |\n", cell(scenario.id), cell(scenario.reason)));
  return table(title, "| scenario | why |", "|---|---|", rows);
}

}  // namespace

std::string markdown_report(const model::Campaign& campaign) {
  const auto is = [](ScenarioVerdict verdict) {
    return [verdict](const ScenarioResult& scenario) { return scenario.verdict == verdict; };
  };
  const Totals totals = count(campaign);
  std::string result = fmt::format("# mipvet: {}\n\n", model::to_string(campaign.verdict()));
  if (campaign.shard)
    result += fmt::format("Shard {} of {}.\n\n", campaign.shard->index, campaign.shard->of);
  result += fmt::format(
      "| | total | passed | failed | warned | inconclusive | not applicable | tool fault |\n"
      "|---|--:|--:|--:|--:|--:|--:|--:|\n"
      "| scenarios | {} | {} | {} | | {} | {} | {} |\n"
      "| requirements checked | {} | {} | {} | {} | {} | | |\n",
      campaign.scenarios.size(), campaign.count(ScenarioVerdict::pass),
      campaign.count(ScenarioVerdict::fail), campaign.count(ScenarioVerdict::inconclusive),
      campaign.count(ScenarioVerdict::not_applicable), campaign.count(ScenarioVerdict::error),
      totals.checked, totals.passed, totals.failed, totals.warned, totals.inconclusive);
  result += of_scenarios(campaign, "Faults of the tool", is(ScenarioVerdict::error));
  result += of_scenarios(campaign, "Failed scenarios", is(ScenarioVerdict::fail));
  result += of_findings(campaign, "Broken requirements",
                        [&](const ScenarioResult& scenario, const Finding& finding) {
                          return scenario.verdict != ScenarioVerdict::error &&
                                 model::counts_as_failure(finding, campaign.strict);
                        });
  result += of_scenarios(campaign, "Inconclusive scenarios", is(ScenarioVerdict::inconclusive));
  result += of_findings(campaign, "Warnings", [&](const ScenarioResult&, const Finding& finding) {
    return model::is_warning(finding, campaign.strict);
  });
  result += of_findings(
      campaign, "Known failures",
      [](const ScenarioResult&, const Finding& finding) { return !finding.known.empty(); });
  result += of_scenarios(campaign, "Not applicable", is(ScenarioVerdict::not_applicable));
  return result;
}

}  // namespace mipvet::reports

#include "reports/sarif_report.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/place.h"
#include "reports/version.h"

namespace mipvet::reports {

namespace {

using Json = nlohmann::ordered_json;
using model::Finding;
using model::ScenarioResult;
using model::ScenarioVerdict;

/// RFC 3986: a relative reference, or file:// for an absolute path.
std::string uri(const std::string& path) {
  std::string result = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("/-._~").find(c) != std::string_view::npos;
    result += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

/// The line of a scenario file that names a requirement, from 1; 1 where none does.
std::size_t line_of(const std::string& file, std::string_view id) {
  std::ifstream in(file);
  const std::string quoted = fmt::format("\"{}\"", id);
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number)
    if (line.find(quoted) != std::string::npos) return number;
  return 1;
}

Json location(const ScenarioResult& scenario, std::string_view id, const std::string& node) {
  Json physical = {{"artifactLocation", {{"uri", uri(scenario.file)}}}};
  if (scenario.mode != model::Mode::capture)
    physical["region"] = {{"startLine", line_of(scenario.file, id)}};
  Json result = {{"physicalLocation", physical}};
  if (!node.empty())
    result["logicalLocations"] = {
        {{"name", node}, {"fullyQualifiedName", scenario.id + "/" + node}, {"kind", "module"}}};
  return result;
}

class Rules {
 public:
  std::size_t index(const rules::Requirement& requirement) {
    const auto [entry, is_new] = indices_.emplace(requirement.id, rules_.size());
    if (is_new)
      rules_.push_back(
          {{"id", requirement.id},
           {"shortDescription", {{"text", requirement.requirement}}},
           {"help", {{"text", fmt::format("{} {}", requirement.document, requirement.section)}}},
           {"defaultConfiguration",
            {{"level", requirement.severity == rules::Severity::fail ? "error" : "warning"}}},
           {"properties", {{"tags", {requirement.specification}}}}});
    return entry->second;
  }
  /// For what is a failure by the baseline alone.
  std::size_t stale() {
    const auto [entry, is_new] = indices_.emplace("baseline", rules_.size());
    if (is_new)
      rules_.push_back(
          {{"id", "baseline"},
           {"shortDescription", {{"text", "A failure that the baseline lists is one no longer."}}},
           {"defaultConfiguration", {{"level", "error"}}}});
    return entry->second;
  }
  Json take() { return std::move(rules_); }

 private:
  Json rules_ = Json::array();
  std::map<std::string, std::size_t, std::less<>> indices_;
};

Json result_of(const ScenarioResult& scenario, const Finding& finding, bool strict, Rules& rules) {
  const std::string_view id = finding.requirement->id;
  const bool is_error = strict || finding.verdict == model::Verdict::fail;
  std::string text = fmt::format("{} broke {} ({}) in {}: expected {}; observed {}", finding.node,
                                 id, rules::to_string(finding.requirement->level), scenario.id,
                                 finding.expected, finding.observed);
  for (const model::Evidence& evidence : finding.frames) text += "; " + place(evidence);
  Json result = {
      {"ruleId", id},
      {"ruleIndex", rules.index(*finding.requirement)},
      {"level", is_error ? "error" : "warning"},
      {"message", {{"text", text}}},
      {"locations", {location(scenario, id, finding.node)}},
      {"partialFingerprints",
       {{"scenarioRequirementNode/v1", fmt::format("{} {} {}", scenario.id, id, finding.node)}}}};
  if (!finding.known.empty())
    result["suppressions"] = {{{"kind", "external"}, {"justification", finding.known}}};
  return result;
}

Json stale_result(const ScenarioResult& scenario, Rules& rules) {
  return {{"ruleId", "baseline"},
          {"ruleIndex", rules.stale()},
          {"level", "error"},
          {"message", {{"text", scenario.id + ": " + scenario.reason}}},
          {"locations", {location(scenario, "", "")}}};
}

}  // namespace

std::string sarif_report(const model::Campaign& campaign) {
  Rules rules;
  Json results = Json::array();
  Json notifications = Json::array();
  for (const ScenarioResult& scenario : campaign.scenarios) {
    if (scenario.verdict == ScenarioVerdict::error) {
      notifications.push_back({{"level", "error"},
                               {"message", {{"text", scenario.id + ": " + scenario.reason}}},
                               {"locations", {location(scenario, "", "")}}});
      continue;
    }
    bool is_explained = scenario.verdict != ScenarioVerdict::fail;
    for (const Finding& finding : scenario.findings) {
      if (!model::is_broken(finding)) continue;
      results.push_back(result_of(scenario, finding, campaign.strict, rules));
      is_explained = is_explained || model::counts_as_failure(finding, campaign.strict);
    }
    if (!is_explained) results.push_back(stale_result(scenario, rules));
  }
  Json invocation = {{"executionSuccessful", notifications.empty()},
                     {"exitCode", campaign.exit_status()}};
  if (!notifications.empty()) invocation["toolExecutionNotifications"] = notifications;
  const Json report = {
      {"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
      {"version", "2.1.0"},
      {"runs",
       {{{"tool",
          {{"driver", {{"name", "mipvet"}, {"version", kVersion}, {"rules", rules.take()}}}}},
         {"invocations", {invocation}},
         {"results", results}}}}};
  return report.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mipvet::reports

#include "engine/model/baseline.h"

#include <algorithm>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "engine/model/schema.h"

namespace mipvet::model {

namespace {

bool is_about(const KnownFailure& known, const Finding& finding) {
  return known.requirement == finding.requirement && known.node == finding.node;
}

}  // namespace

void Baseline::excuse(std::string_view scenario, std::vector<Finding>& findings,
                      const std::function<bool(const std::string& node)>& on_trial) const {
  for (const KnownFailure& known : known_) {
    if (known.scenario != scenario || !on_trial(known.node)) continue;
    for (Finding& finding : findings)
      if (is_about(known, finding) && is_broken(finding)) finding.known = known.reason;
  }
}

std::string Baseline::stale(std::string_view scenario, const std::vector<Finding>& findings,
                            const std::function<bool(const std::string& node)>& on_trial) const {
  std::string result;
  for (const KnownFailure& known : known_) {
    if (known.scenario != scenario || !on_trial(known.node)) continue;
    const bool is_needed = std::ranges::any_of(findings, [&](const Finding& finding) {
      return is_about(known, finding) && is_broken(finding);
    });
    if (!is_needed)
      result +=
          fmt::format("{}{} by {}", result.empty() ? "" : ", ", known.requirement->id, known.node);
  }
  return result.empty() ? result
                        : result + ": known to be broken, is not; take it off the baseline";
}

void tell_stale(ScenarioResult& result, const Baseline& baseline,
                const std::function<bool(const std::string& node)>& on_trial) {
  if (result.verdict != ScenarioVerdict::pass && result.verdict != ScenarioVerdict::fail) return;
  const std::string stale = baseline.stale(result.id, result.findings, on_trial);
  if (stale.empty()) return;
  result.verdict = ScenarioVerdict::fail;
  result.reason += result.reason.empty() ? stale : "; " + stale;
}

Baseline baseline_from(const Document& document) {
  baseline_schema().require(document);
  std::vector<KnownFailure> known;
  std::set<std::tuple<std::string, const rules::Requirement*, std::string>> seen;
  for (const Value& entry : Value(document)["known"].elements()) {
    const Value id = entry["requirement"];
    const rules::Requirement* requirement = rules::find(id.text());
    if (requirement == nullptr)
      id.fail(fmt::format("is {}, which no ledger has; must be an id that `mipvet rules` lists",
                          shown(id.json())));
    const std::string& node = entry["node"].text();
    for (const Value& scenario : entry["scenarios"].elements()) {
      if (!seen.emplace(scenario.text(), requirement, node).second)
        scenario.fail(fmt::format("is {} again for {} and {}; must stand once",
                                  shown(scenario.json()), requirement->id,
                                  shown(entry["node"].json())));
      known.push_back({scenario.text(), requirement, node, entry["reason"].text()});
    }
  }
  return Baseline(std::move(known));
}

Baseline load_baseline(const std::filesystem::path& path) {
  return baseline_from(read_document(path));
}

}  // namespace mipvet::model

#include "reports/html_campaign.h"

#include <map>
#include <set>

#include "engine/model/recording.h"
#include "engine/rules/ledger/ledger.h"
#include "reports/totals.h"
#include "reports/version.h"

namespace mipvet::reports::html {

using Json = nlohmann::ordered_json;

namespace {

/// Requirements by their place in the report: all ledgers', then any that are of none.
class Requirements {
 public:
  Requirements() {
    for (const rules::Requirement& requirement : rules::requirements()) number(requirement);
  }

  std::size_t number(const rules::Requirement& requirement) {
    const auto [entry, is_new] = numbers_.emplace(requirement.id, all_.size());
    if (is_new) all_.push_back(&requirement);
    return entry->second;
  }
  std::size_t judged(const rules::Requirement& requirement) {
    const std::size_t result = number(requirement);
    judged_.insert(result);
    return result;
  }

  void put(Json& report) const {
    std::map<std::string_view, std::size_t> drafts;
    report["drafts"] = Json::array();
    report["requirements"] = Json::array();
    for (const rules::Requirement* one : all_) {
      const auto [draft, is_new] = drafts.emplace(one->specification, drafts.size());
      if (is_new) {
        const rules::Specification* known = rules::find_specification(one->specification);
        report["drafts"].push_back(
            {one->specification, one->document, known == nullptr ? "" : known->title});
      }
      report["requirements"].push_back({one->id, draft->second, one->section,
                                        rules::to_string(one->level),
                                        rules::to_string(one->testable)});
    }
    report["texts"] = Json::object();
    for (const std::size_t index : judged_) {
      const rules::Requirement& one = *all_[index];
      report["texts"][std::to_string(index)] = {one.requirement, one.when, one.observe,
                                                one.violation};
    }
  }

 private:
  std::map<std::string_view, std::size_t> numbers_;
  std::vector<const rules::Requirement*> all_;
  std::set<std::size_t> judged_;
};

class Names {
 public:
  std::size_t number(const std::string& name) {
    const auto [entry, is_new] = numbers_.emplace(name, all_.size());
    if (is_new) all_.push_back(name);
    return entry->second;
  }
  const Json& all() const { return all_; }

 private:
  std::map<std::string, std::size_t> numbers_;
  Json all_ = Json::array();
};

Json evidence_json(const model::Finding& finding) {
  Json frames = Json::array();
  for (const model::Evidence& evidence : finding.frames)
    frames.push_back(
        {evidence.capture_frame, evidence.link, evidence.range.first, evidence.range.end});
  return frames;
}

bool is_plain(const model::Finding& finding) {
  return finding.frames.empty() && (finding.verdict == model::Verdict::pass ||
                                    finding.verdict == model::Verdict::not_applicable);
}

Json scenario_json(const model::ScenarioResult& scenario, Requirements& requirements,
                   Names& names) {
  Json findings = Json::array();
  Json details = Json::array();
  for (std::size_t i = 0; i < scenario.findings.size(); ++i) {
    const model::Finding& finding = scenario.findings[i];
    findings.push_back(requirements.judged(*finding.requirement));
    findings.push_back(names.number(finding.node));
    findings.push_back(static_cast<int>(finding.verdict));
    findings.push_back(finding.evaluated);
    if (is_plain(finding)) continue;
    details.push_back({i, names.number(finding.role), finding.expected, finding.observed,
                       evidence_json(finding), finding.known});
  }
  return {{"id", scenario.id},
          {"title", scenario.title},
          {"file", scenario.file},
          {"verdict", model::to_string(scenario.verdict)},
          {"reason", scenario.reason},
          {"mode", model::to_string(scenario.mode)},
          {"iuts", scenario.iuts},
          {"duration_s", scenario.duration_s},
          {"seed", scenario.seed},
          {"jitter_s", scenario.jitter_s ? Json(*scenario.jitter_s) : Json(nullptr)},
          {"frames", scenario.frames},
          {"shown", scenario.recording ? scenario.recording->frames.size() : 0},
          {"capture", scenario.capture ? Json(*scenario.capture) : Json(nullptr)},
          {"replay", scenario.replay},
          {"findings", std::move(findings)},
          {"details", std::move(details)}};
}

}  // namespace

Json campaign_json(const model::Campaign& campaign) {
  Requirements requirements;
  Names names;
  Json scenarios = Json::array();
  for (const model::ScenarioResult& scenario : campaign.scenarios)
    scenarios.push_back(scenario_json(scenario, requirements, names));
  const Totals totals = count(campaign);
  Json report = {{"mipvet", kVersion},
                 {"verdict", model::to_string(campaign.verdict())},
                 {"strict", campaign.strict},
                 {"totals",
                  {{"total", totals.total},
                   {"checked", totals.checked},
                   {"passed", totals.passed},
                   {"failed", totals.failed},
                   {"warned", totals.warned},
                   {"inconclusive", totals.inconclusive}}}};
  requirements.put(report);
  report["names"] = names.all();
  report["scenarios"] = std::move(scenarios);
  return report;
}

}  // namespace mipvet::reports::html

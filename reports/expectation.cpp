#include "reports/expectation.h"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reports/finding_json.h"
#include "reports/place.h"

namespace mipvet::reports {

namespace {

using model::Finding;
using model::Verdict;

constexpr std::size_t kLargestFile = std::size_t{64} << 20U;

/// Of a failure and a warning the failure is the worse; all other verdicts break nothing.
int badness(const Finding* finding) {
  if (finding == nullptr) return 0;
  return finding->verdict == Verdict::fail ? 2 : finding->verdict == Verdict::warn ? 1 : 0;
}

std::string_view verdict_of(const Finding* finding) {
  return finding == nullptr ? "not judged" : model::to_string(finding->verdict);
}

using EvidenceKey = std::tuple<std::uint64_t, std::string_view, std::size_t, std::size_t>;

EvidenceKey key(const model::Evidence& evidence) {
  return {evidence.capture_frame, evidence.link, evidence.range.first, evidence.range.end};
}

bool same_evidence(const Finding& one, const Finding& other) {
  return one.evaluated == other.evaluated && one.expected == other.expected &&
         one.observed == other.observed &&
         std::ranges::equal(one.frames, other.frames, {}, key, key);
}

/// What a reader needs of a broken requirement to look at the capture.
std::string details(const Finding& finding) {
  std::string result =
      fmt::format("\n  expected {}\n  observed {}", finding.expected, finding.observed);
  for (const model::Evidence& evidence : finding.frames) result += "\n  " + place(evidence);
  return result;
}

std::string evidence_of(const Finding& finding) {
  std::string result = fmt::format("evaluated {} times", finding.evaluated);
  for (const model::Evidence& evidence : finding.frames) result += "; " + place(evidence);
  if (!finding.observed.empty()) result += "; observed " + finding.observed;
  if (finding.expected != finding.requirement->requirement)
    result += "; expected " + finding.expected;
  return result;
}

Change change_of(const Finding* before, const Finding* now) {
  const Finding& either = now != nullptr ? *now : *before;
  const std::string who = fmt::format("{} ({}) by {}", either.requirement->id,
                                      rules::to_string(either.requirement->level), either.node);
  if (before != nullptr && now != nullptr && before->verdict == now->verdict)
    return {ChangeKind::other_evidence,
            fmt::format("{}: {}\n  was: {}\n  is:  {}", who, verdict_of(now), evidence_of(*before),
                        evidence_of(*now))};
  const std::string verdicts =
      fmt::format("{}: {}, was {}", who, verdict_of(now), verdict_of(before));
  if (badness(now) > badness(before)) return {ChangeKind::new_failure, verdicts + details(*now)};
  if (badness(now) < badness(before))
    return {ChangeKind::gone_failure, verdicts + details(*before)};
  return {ChangeKind::other_verdict, verdicts};
}

using FindingKey = std::pair<std::string_view, std::string_view>;

std::map<FindingKey, const Finding*> by_key(const std::vector<Finding>& findings) {
  std::map<FindingKey, const Finding*> result;
  for (const Finding& finding : findings)
    result[{finding.requirement->id, finding.node}] = &finding;
  return result;
}

}  // namespace

std::string_view to_string(ChangeKind kind) {
  constexpr std::array<std::string_view, kChangeKinds> names = {
      "new failure", "gone failure", "other verdict", "other evidence", "other input"};
  return names[static_cast<std::size_t>(kind)];
}

std::string to_json(const Expectation& expectation) {
  using Json = model::Json;
  const auto line = [](const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  std::string result = fmt::format("{{\n \"expectation\": 1,\n \"verdict\": {},\n \"inputs\": {{",
                                   line(Json(model::to_string(expectation.verdict))));
  std::string_view before = "\n  ";
  for (const auto& [name, digest] : expectation.inputs) {
    result += fmt::format("{}{}: {}", before, line(Json(name)), line(Json(digest)));
    before = ",\n  ";
  }
  result += "},\n \"findings\": [";
  before = "\n  ";
  for (const Finding& finding : expectation.findings) {
    Json json = finding_json(finding);
    for (const char* known_by_the_ledger : {"level", "role"}) json.erase(known_by_the_ledger);
    if (finding.expected == finding.requirement->requirement) json.erase("expected");
    if (finding.frames.empty()) json.erase("frames");
    if (finding.observed.empty()) json.erase("observed");
    result += before;
    result += line(json);
    before = ",\n  ";
  }
  return result + "]\n}\n";
}

Expectation load_expectation(const std::filesystem::path& path) {
  return expectation_from(model::read_document(path, kLargestFile));
}

Expectation expectation_from(const model::Document& document) {
  const model::Value root(document);
  if (!root.json().is_object() || !root.has("expectation"))
    root.fail("is no expectation; must be what `mipvet regress --accept` writes");
  if (const model::Value format = root["expectation"]; format.number(1) != 1)
    format.fail("is another format; must be 1");
  Expectation result;
  result.verdict = named(root["verdict"], model::ScenarioVerdict::error);
  for (const model::Value& input : root["inputs"].members())
    result.inputs[std::string(input.key())] = input.text();
  std::set<std::pair<std::string, std::string>> seen;
  for (const model::Value& value : root["findings"].elements()) {
    result.findings.push_back(finding_from(value));
    const Finding& finding = result.findings.back();
    if (!seen.emplace(finding.requirement->id, finding.node).second)
      value.fail(fmt::format("is the second finding of {} and {}; must be the only one",
                             finding.requirement->id, model::shown(finding.node)));
  }
  return result;
}

std::vector<Change> compare(const Expectation& expected, const Expectation& now) {
  std::vector<Change> changes;
  const auto before = by_key(expected.findings);
  const auto after = by_key(now.findings);
  for (const auto& [key, finding] : after) {
    const auto was = before.find(key);
    if (was == before.end())
      changes.push_back(change_of(nullptr, finding));
    else if (was->second->verdict != finding->verdict || !same_evidence(*was->second, *finding))
      changes.push_back(change_of(was->second, finding));
  }
  for (const auto& [key, finding] : before)
    if (!after.contains(key)) changes.push_back(change_of(finding, nullptr));
  if (expected.verdict != now.verdict)
    changes.push_back({ChangeKind::other_verdict,
                       fmt::format("of the whole: {}, was {}", model::to_string(now.verdict),
                                   model::to_string(expected.verdict))});
  for (const auto& [name, digest] : now.inputs) {
    const auto was = expected.inputs.find(name);
    if (was == expected.inputs.end())
      changes.push_back({ChangeKind::other_input, name + ": is new"});
    else if (was->second != digest)
      changes.push_back({ChangeKind::other_input,
                         fmt::format("{}: is not the file that the expectation is of", name)});
  }
  for (const auto& [name, digest] : expected.inputs)
    if (!now.inputs.contains(name))
      changes.push_back({ChangeKind::other_input, name + ": is gone"});
  std::ranges::stable_sort(changes, {}, &Change::kind);
  return changes;
}

}  // namespace mipvet::reports

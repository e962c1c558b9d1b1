#pragma once

#include "engine/model/result.h"

namespace mipvet::reports::for_test {

/// Requirements of no ledger, so that no ledger's change is a change of a report.
constexpr rules::Requirement requirement(std::string_view id, rules::Level level,
                                         rules::Severity severity, std::string_view text) {
  rules::Requirement result;
  result.id = id;
  result.specification = "TEST";
  result.document = "draft-test-00";
  result.level = level;
  result.severity = severity;
  result.requirement = text;
  return result;
}
inline constexpr rules::Requirement kMust = requirement(
    "TEST-1-01", rules::Level::must_not, rules::Severity::fail, "The proxy must not set S.");
inline constexpr rules::Requirement kShould = requirement(
    "TEST-1-02", rules::Level::should, rules::Severity::warn, "The proxy should answer.");
inline constexpr rules::Requirement kOption = requirement(
    "TEST-2-01", rules::Level::may, rules::Severity::info, "The proxy may send a nonce.");
inline constexpr rules::Requirement kSilence = requirement(
    "TEST-2-02", rules::Level::must, rules::Severity::fail, "Such a request is discarded.");

inline model::Finding finding(const rules::Requirement& requirement, std::string node,
                              model::Verdict verdict) {
  model::Finding result;
  result.requirement = &requirement;
  result.node = std::move(node);
  result.role = result.node == "mipp" ? "mip-proxy" : "home-agent";
  result.verdict = verdict;
  result.evaluated = verdict == model::Verdict::not_applicable ? 0 : 2;
  result.expected = requirement.requirement;
  return result;
}

inline model::ScenarioResult scenario(std::string id, model::ScenarioVerdict verdict,
                                      std::string reason = {}) {
  model::ScenarioResult result;
  result.title = "Of " + id;
  result.file = "scenarios/" + id + ".json";
  result.replay = "mipvet run " + result.file;
  result.id = std::move(id);
  result.verdict = verdict;
  result.reason = std::move(reason);
  result.duration_s = 1.25;
  result.frames = 12;
  return result;
}

inline model::Finding broken_must(std::string node) {
  model::Finding result = finding(kMust, std::move(node), model::Verdict::fail);
  result.expected = "S = 0";
  result.observed = "S = 1 & a NAI of <\"x\">";
  result.frames = {{.capture_frame = 7, .link = "private", .range = {43, 44}},
                   {.capture_frame = 9, .link = "private", .range = {50, 62}}};
  return result;
}

inline model::Finding broken_should(std::string node) {
  model::Finding result = finding(kShould, std::move(node), model::Verdict::warn);
  result.observed = "no answer within 1 s";
  result.frames = {{.capture_frame = 3, .link = "public", .range = {}}};
  return result;
}

inline model::Finding undecided(std::string node) {
  model::Finding result = finding(kSilence, std::move(node), model::Verdict::inconclusive);
  result.observed = "silence, but nothing valid was answered";
  return result;
}

/// One scenario of each verdict, with findings of each.
inline model::Campaign campaign() {
  using model::ScenarioVerdict;
  using model::Verdict;
  model::Campaign result;
  auto pass = scenario("test/pass", ScenarioVerdict::pass);
  pass.findings = {finding(kMust, "mipp", Verdict::pass), finding(kOption, "mipp", Verdict::pass)};
  pass.capture = "out/test-pass.pcapng";
  auto warn = scenario("test/warn", ScenarioVerdict::pass);
  warn.findings = {finding(kMust, "mipp", Verdict::pass), broken_should("mipp")};
  auto fail = scenario("test/fail", ScenarioVerdict::fail, "mipp broke TEST-1-01");
  fail.mode = model::Mode::live;
  fail.iuts = {"mipp"};
  fail.replay += " --iut iut.json";
  fail.findings = {broken_must("mipp"), broken_should("mipp"), undecided("ha"),
                   finding(kOption, "mipp", Verdict::not_applicable)};
  auto undecidable = scenario("test/inconclusive", ScenarioVerdict::inconclusive,
                              "TEST-2-02 could not be decided");
  undecidable.findings = {finding(kMust, "mipp", Verdict::pass), undecided("mipp")};
  auto excused = scenario("test/not-applicable", ScenarioVerdict::not_applicable,
                          "mipp does not declare udp-tunnel");
  excused.iuts = {"mipp", "nat"};
  excused.frames = 0;
  excused.duration_s = 0;
  auto fault =
      scenario("test/tool-fault", ScenarioVerdict::error, "ha, played by mipvet, broke TEST-1-01");
  fault.findings = {broken_must("ha")};
  result.scenarios = {pass, warn, fail, undecidable, excused, fault};
  return result;
}

}  // namespace mipvet::reports::for_test

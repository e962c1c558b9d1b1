#include "engine/model/baseline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mipvet::model {
namespace {

using ::testing::HasSubstr;

constexpr const char* kTwo = R"({"baseline": "proxy 4.2", "known": [
  {"requirement": "MIPP-2.2.1-13", "node": "mipp", "scenarios": ["mipp/a", "mipp/b"], "reason": "ticket 7"},
  {"requirement": "MIPP-2.2.2-08", "node": "mipp", "scenarios": ["mipp/a"], "reason": "ticket 8"}]})";

Finding finding(std::string_view id, std::string node, Verdict verdict) {
  Finding result;
  result.requirement = rules::find(id);
  result.node = std::move(node);
  result.verdict = verdict;
  return result;
}

const auto kAnybody = [](const std::string&) { return true; };
const auto kNobodyOnTrial = [](const std::string&) { return false; };

ScenarioResult judged(const Baseline& baseline, std::vector<Finding> findings,
                      ScenarioVerdict verdict, std::string id = "mipp/a") {
  ScenarioResult result;
  result.id = std::move(id);
  result.findings = std::move(findings);
  result.verdict = verdict;
  baseline.excuse(result.id, result.findings, kAnybody);
  tell_stale(result, baseline, kAnybody);
  return result;
}

Baseline two() {
  return baseline_from(parse_document(kTwo, "known.json"));
}

TEST(Baseline, GivesKnownFailuresTheirReason) {
  const auto result = judged(two(),
                             {finding("MIPP-2.2.1-13", "mipp", Verdict::fail),
                              finding("MIPP-2.2.1-13", "ha", Verdict::fail),
                              finding("MIPP-2.2.2-08", "mipp", Verdict::warn),
                              finding("MIPP-2.2.2-01", "mipp", Verdict::fail)},
                             ScenarioVerdict::pass);
  EXPECT_EQ(result.findings[0].known, "ticket 7");
  EXPECT_EQ(result.findings[1].known, "");
  EXPECT_EQ(result.findings[2].known, "ticket 8");
  EXPECT_EQ(result.findings[3].known, "");
  EXPECT_FALSE(counts_as_failure(result.findings[0], true));
  EXPECT_TRUE(counts_as_failure(result.findings[1], false));
  EXPECT_FALSE(counts_as_failure(result.findings[2], true));
  EXPECT_EQ(result.verdict, ScenarioVerdict::pass);
}

TEST(Baseline, AnEntryThatPassesAgainFailsTheScenario) {
  const auto result = judged(two(),
                             {finding("MIPP-2.2.1-13", "mipp", Verdict::fail),
                              finding("MIPP-2.2.2-08", "mipp", Verdict::pass)},
                             ScenarioVerdict::pass);
  EXPECT_EQ(result.verdict, ScenarioVerdict::fail);
  EXPECT_THAT(result.reason, HasSubstr("MIPP-2.2.2-08 by mipp: known to be broken, is not"));
  EXPECT_THAT(result.reason, ::testing::Not(HasSubstr("MIPP-2.2.1-13")));
}

TEST(Baseline, AnEntryOfWhatWasNotJudgedIsStaleToo) {
  EXPECT_EQ(judged(two(), {}, ScenarioVerdict::pass).verdict, ScenarioVerdict::fail);
}

TEST(Baseline, SaysNothingWhereNothingWasDecided) {
  for (const auto verdict :
       {ScenarioVerdict::inconclusive, ScenarioVerdict::not_applicable, ScenarioVerdict::error})
    EXPECT_EQ(judged(two(), {}, verdict).verdict, verdict);
}

TEST(Baseline, IsAboutTheScenariosThatItNames) {
  EXPECT_EQ(judged(two(), {}, ScenarioVerdict::pass, "mipp/c").verdict, ScenarioVerdict::pass);
  const auto other = judged(two(), {finding("MIPP-2.2.2-08", "mipp", Verdict::fail)},
                            ScenarioVerdict::fail, "mipp/c");
  EXPECT_EQ(other.findings[0].known, "");
}

TEST(Baseline, IsAboutNodesOnTrialAlone) {
  std::vector<Finding> findings = {finding("MIPP-2.2.1-13", "mipp", Verdict::fail)};
  two().excuse("mipp/a", findings, kNobodyOnTrial);
  EXPECT_EQ(findings[0].known, "");
  EXPECT_EQ(two().stale("mipp/a", {}, kNobodyOnTrial), "");
}

std::string complaint(const std::string& text) {
  try {
    baseline_from(parse_document(text, "k"));
  } catch (const InputError& error) {
    return error.what();
  }
  return "none";
}

TEST(Baseline, ComplainsInOneLine) {
  const auto entry = [](std::string_view id, std::string_view more = "") {
    return R"({"baseline": "x", "known": [{"requirement": ")" + std::string(id) +
           R"(", "node": "m", "scenarios": ["a", "b"], "reason": "r")" + std::string(more) + "}]}";
  };
  EXPECT_EQ(complaint(entry("MIPP-2.2.1-13")), "none");
  EXPECT_THAT(complaint(entry("MIPP-9-9")),
              HasSubstr("k: /known/0/requirement: is \"MIPP-9-9\", "));
  EXPECT_THAT(complaint(entry("MIPP-2.2.1-13", ",\"until\": 1")), HasSubstr("k: /known/0/until: "));
  EXPECT_THAT(complaint(R"({"baseline": "x"})"), HasSubstr("k: /known: is missing"));
  EXPECT_THAT(complaint(R"({"baseline": "x", "known": [{"requirement": "MIPP-2.2.1-13", "node": "m",
                            "scenarios": ["a", "a"], "reason": "r"}]})"),
              HasSubstr("k: /known/0/scenarios/1: is \"a\" again"));
  EXPECT_THAT(complaint(R"({"baseline": "x", "known": [{"requirement": "MIPP-2.2.1-13", "node": "m",
                            "scenarios": [], "reason": ""}]})"),
              HasSubstr("k: /known/0/"));
}

}  // namespace
}  // namespace mipvet::model

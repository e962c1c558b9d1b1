#include "engine/scenario/verdict.h"

#include <gtest/gtest.h>

#include "engine/scenario/network_for_test.h"

namespace mipvet::scenario {
namespace {

using model::ScenarioVerdict;
using model::Verdict;

class Judgement : public ::testing::Test {
 protected:
  Judgement() {
    scenario_.network = testing::network();
    scenario_.proves = {rules::find("MIPP-2.2-01")};
    find("mipp", "MIPP-2.2-01", Verdict::pass);
  }

  model::Finding& find(const std::string& node, std::string_view id, Verdict verdict,
                       std::uint64_t evaluated = 1) {
    model::Finding finding;
    finding.requirement = rules::find(id);
    finding.node = node;
    finding.verdict = verdict;
    finding.evaluated = evaluated;
    return findings_.emplace_back(finding);
  }

  void expect(ScenarioVerdict verdict, std::string_view reason, bool strict = false) {
    const ScenarioJudgement judgement = judge(scenario_, run_, findings_, accused_, strict);
    EXPECT_EQ(judgement.verdict, verdict);
    EXPECT_EQ(judgement.reason, reason);
  }

  Scenario scenario_;
  RunResult run_;
  std::vector<model::Finding> findings_;
  Accused accused_;
};

TEST_F(Judgement, Passes) {
  expect(ScenarioVerdict::pass, "");
}

TEST_F(Judgement, BlamesTheToolForItsOwnNodes) {
  find("ha", "RFC3344-3.4-01", Verdict::fail);
  expect(ScenarioVerdict::error, "ha, played by mipvet, broke RFC3344-3.4-01");
}

TEST_F(Judgement, FailsImplementationsAndDeviatingNodes) {
  find("ha", "RFC3344-3.4-01", Verdict::fail);
  accused_.implementations = {"ha"};
  expect(ScenarioVerdict::fail, "ha broke RFC3344-3.4-01");
  accused_ = {{}, {"ha"}};
  expect(ScenarioVerdict::fail, "ha broke RFC3344-3.4-01");
}

TEST_F(Judgement, TakesTheWorst) {
  accused_.implementations = {"ha"};
  find("ha", "RFC3344-3.4-01", Verdict::fail);
  run_.aborted = "ha has died";
  expect(ScenarioVerdict::fail, "ha broke RFC3344-3.4-01");
  find("mn", "RFC3344-3.4-02", Verdict::fail);
  expect(ScenarioVerdict::error, "mn, played by mipvet, broke RFC3344-3.4-02");
}

TEST_F(Judgement, KnownFailuresOfTheAccusedFailNothing) {
  accused_.implementations = {"ha"};
  find("ha", "RFC3344-3.4-01", Verdict::fail).known = "ticket 7";
  expect(ScenarioVerdict::pass, "known failures: ha broke RFC3344-3.4-01");
  // What follows from it is known, too; an end before its time is not.
  scenario_.proves.push_back(rules::find("MIPP-2.2-02"));
  expect(ScenarioVerdict::pass, "known failures: ha broke RFC3344-3.4-01");
  run_.aborted = "ha has died";
  expect(ScenarioVerdict::inconclusive, "ha has died");
  find("ha", "RFC3344-3.4-02", Verdict::fail);
  expect(ScenarioVerdict::fail, "ha broke RFC3344-3.4-02");
}

TEST_F(Judgement, NamesAllThatWasBroken) {
  accused_.implementations = {"ha"};
  find("ha", "RFC3344-3.4-01", Verdict::fail);
  find("ha", "RFC3344-3.4-02", Verdict::fail);
  expect(ScenarioVerdict::fail, "ha broke RFC3344-3.4-01, RFC3344-3.4-02");
  find("mn", "RFC3344-3.4-02", Verdict::fail);
  find("cn", "RFC3344-3.4-02", Verdict::fail);
  expect(ScenarioVerdict::error,
         "cn, played by mipvet, broke RFC3344-3.4-02; mn, played by mipvet, broke RFC3344-3.4-02");
}

TEST_F(Judgement, CountsWarningsWhereStrict) {
  accused_.implementations = {"ha"};
  find("ha", "RFC3344-3.4-01", Verdict::warn);
  expect(ScenarioVerdict::pass, "");
  expect(ScenarioVerdict::fail, "ha broke RFC3344-3.4-01", true);
}

TEST_F(Judgement, IsInconclusiveWhereTheRunWasEnded) {
  run_.aborted = "mipp has died";
  expect(ScenarioVerdict::inconclusive, "mipp has died");
}

TEST_F(Judgement, IsInconclusiveWhereAnExpectationWasNotMet) {
  Step step;
  step.pointer = "/script/3";
  step.text = "arp on home within 1 s";
  run_.steps = {{&step, StepOutcome::State::unmet, "did not come", {}}};
  expect(ScenarioVerdict::inconclusive, "/script/3: arp on home within 1 s: did not come");
}

TEST_F(Judgement, KnowsNoVacuousPass) {
  findings_.front().evaluated = 0;
  expect(ScenarioVerdict::inconclusive, "MIPP-2.2-01 was never evaluated");
  findings_.clear();
  expect(ScenarioVerdict::inconclusive, "MIPP-2.2-01 was never evaluated");
}

TEST_F(Judgement, IsInconclusiveWhereAProofIs) {
  findings_.front().verdict = Verdict::inconclusive;
  expect(ScenarioVerdict::inconclusive, "MIPP-2.2-01 could not be decided");
}

TEST_F(Judgement, ExcusesWhatTheIcsExcludes) {
  findings_.front().verdict = Verdict::not_applicable;
  findings_.front().evaluated = 0;
  expect(ScenarioVerdict::inconclusive, "MIPP-2.2-01 was never evaluated");
  accused_.implementations = {"mipp"};
  expect(ScenarioVerdict::pass, "");
}

TEST_F(Judgement, NeedsWhatTheScenarioNeeds) {
  scenario_.needs = {{testing::kMipp, {"nai", "simultaneous"}, {}, {}}};
  scenario_.network.nodes[testing::kMipp].supports = {"nai"};
  std::vector<Implementation> proxy(1);
  proxy.front().node = "mipp";
  std::vector<Implementation> agent(1);
  agent.front().node = "ha";
  EXPECT_EQ(why_not_applicable(scenario_, proxy), "mipp does not declare simultaneous");
  EXPECT_EQ(why_not_applicable(scenario_, agent), "");
  EXPECT_EQ(why_not_applicable(scenario_, {}), "");
}

TEST_F(Judgement, NeedsAnImplementationThatIsToldTheParameters) {
  scenario_.needs = {{testing::kMipp, {}, {"home"}, {}}};
  std::vector<Implementation> proxy(1);
  proxy.front().node = "mipp";
  proxy.front().start = "exec proxy";
  EXPECT_EQ(why_not_applicable(scenario_, proxy), "mipp is not told its parameter home");
  proxy.front().start = "exec proxy --home {parameter.home}";
  EXPECT_EQ(why_not_applicable(scenario_, proxy), "");
  proxy.front().start = "exec proxy --network {network}";
  EXPECT_EQ(why_not_applicable(scenario_, proxy), "");
}

TEST_F(Judgement, NeedsNoImplementationToDeviate) {
  scenario_.needs = {{testing::kMipp, {}, {}, {"MIPP-2.2.1-13"}}};
  std::vector<Implementation> proxy(1);
  proxy.front().node = "mipp";
  EXPECT_EQ(why_not_applicable(scenario_, proxy), "mipp would have to break MIPP-2.2.1-13");
  EXPECT_EQ(why_not_applicable(scenario_, {}), "");
}

TEST_F(Judgement, NeedsTriggersForWhatTheScriptHasImplementationsDo) {
  Step step;
  step.action = Tell{testing::kMipp, "silence", {}};
  scenario_.script = {step};
  std::vector<Implementation> proxy(1);
  proxy.front().node = "mipp";
  EXPECT_EQ(why_not_applicable(scenario_, proxy), "mipp has no trigger silence");
  proxy.front().triggers["silence"] = {};
  EXPECT_EQ(why_not_applicable(scenario_, proxy), "");
  EXPECT_EQ(why_not_applicable(scenario_, {}), "");
}

}  // namespace
}  // namespace mipvet::scenario

#include "reports/totals.h"

#include <gtest/gtest.h>

#include "reports/campaign_for_test.h"

namespace mipvet::reports {
namespace {

using namespace for_test;

TEST(Totals, CountsEachRequirementOnceWithItsWorstVerdict) {
  const Totals totals = count(campaign());
  EXPECT_EQ(totals.total, rules::requirements().size());
  EXPECT_EQ(totals.checked, 4U);
  EXPECT_EQ(totals.failed, 1U);        // TEST-1-01: it passed in other scenarios
  EXPECT_EQ(totals.warned, 1U);        // TEST-1-02
  EXPECT_EQ(totals.passed, 1U);        // TEST-2-01: not applicable in another scenario
  EXPECT_EQ(totals.inconclusive, 1U);  // TEST-2-02
}

TEST(Totals, PrefersWhatWasDecided) {
  using model::Verdict;
  model::Campaign one;
  one.scenarios = {scenario("a", model::ScenarioVerdict::pass)};
  auto& findings = one.scenarios.front().findings;
  findings = {finding(kSilence, "mipp", Verdict::inconclusive)};
  EXPECT_EQ(count(one).inconclusive, 1U);
  findings.push_back(finding(kSilence, "ha", Verdict::pass));
  EXPECT_EQ(count(one).inconclusive, 0U);
  EXPECT_EQ(count(one).passed, 1U);
  findings.insert(findings.begin(), finding(kSilence, "mn", Verdict::warn));
  EXPECT_EQ(count(one).passed, 0U);
  EXPECT_EQ(count(one).warned, 1U);
  findings.insert(findings.begin(), finding(kSilence, "fa", Verdict::fail));
  EXPECT_EQ(count(one).warned, 0U);
  EXPECT_EQ(count(one).failed, 1U);
  EXPECT_EQ(count(one).checked, 1U);
}

TEST(Totals, CountsNothingThatIsNotApplicable) {
  model::Campaign one;
  EXPECT_EQ(count(one).checked, 0U);
  one.scenarios = {scenario("a", model::ScenarioVerdict::pass)};
  one.scenarios.front().findings = {finding(kMust, "mipp", model::Verdict::not_applicable)};
  EXPECT_EQ(count(one).checked, 0U);
}

}  // namespace
}  // namespace mipvet::reports

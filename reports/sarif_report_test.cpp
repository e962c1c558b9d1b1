#include "reports/sarif_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reports/campaign_for_test.h"

namespace mipvet::reports {
namespace {

using namespace for_test;
using Json = nlohmann::json;

Json run_of(const model::Campaign& campaign) {
  const Json report = Json::parse(sarif_report(campaign));
  EXPECT_EQ(report["version"], "2.1.0");
  EXPECT_EQ(report["runs"].size(), 1U);
  return report["runs"][0];
}

TEST(SarifReport, HasAResultForEachNonconformance) {
  const Json run = run_of(campaign());
  ASSERT_EQ(run["results"].size(), 3U);
  const Json& fail = run["results"][1];
  EXPECT_EQ(fail["ruleId"], "TEST-1-01");
  EXPECT_EQ(fail["level"], "error");
  EXPECT_EQ(run["results"][0]["level"], "warning");
  EXPECT_EQ(run["tool"]["driver"]["rules"][fail["ruleIndex"].get<std::size_t>()]["id"],
            "TEST-1-01");
  EXPECT_EQ(fail["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "scenarios/test/fail.json");
  EXPECT_THAT(
      fail["message"]["text"].get<std::string>(),
      ::testing::HasSubstr("observed S = 1 & a NAI of <\"x\">; frame 7 on private, octet 43"));
}

TEST(SarifReport, TheToolsFaultsAreNotifications) {
  const Json invocation = run_of(campaign())["invocations"][0];
  EXPECT_EQ(invocation["executionSuccessful"], false);
  EXPECT_EQ(invocation["exitCode"], 4);
  ASSERT_EQ(invocation["toolExecutionNotifications"].size(), 1U);
  EXPECT_EQ(run_of(model::Campaign{})["invocations"][0]["executionSuccessful"], true);
}

TEST(SarifReport, KnownFailuresAreSuppressed) {
  model::Campaign one = campaign();
  one.scenarios[2].findings[0].known = "ticket 7";
  one.scenarios[2].verdict = model::ScenarioVerdict::pass;
  EXPECT_EQ(run_of(one)["results"][1]["suppressions"],
            Json::parse(R"([{"kind": "external", "justification": "ticket 7"}])"));
}

TEST(SarifReport, AStaleEntryIsAResultOfItsOwn) {
  model::Campaign one;
  one.scenarios = {scenario("test/stale", model::ScenarioVerdict::fail, "X by mipp: is not")};
  const Json run = run_of(one);
  ASSERT_EQ(run["results"].size(), 1U);
  EXPECT_EQ(run["results"][0]["ruleId"], "baseline");
  EXPECT_EQ(run["results"][0]["message"]["text"], "test/stale: X by mipp: is not");
}

TEST(SarifReport, PathsAreUris) {
  model::Campaign one;
  one.scenarios = {scenario("x", model::ScenarioVerdict::fail)};
  one.scenarios[0].file = "/a b/\xc3\xa4#.json";
  EXPECT_EQ(
      run_of(one)["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
      "file:///a%20b/%C3%A4%23.json");
}

}  // namespace
}  // namespace mipvet::reports

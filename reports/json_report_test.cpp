#include "reports/json_report.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "reports/campaign_for_test.h"
#include "reports/version.h"

namespace mipvet::reports {
namespace {

using namespace for_test;
using Json = nlohmann::json;

TEST(JsonReport, HasTheFieldsOfTheContract) {
  const Json report = Json::parse(json_report(campaign()));
  EXPECT_EQ(report["mipvet"], kVersion);
  EXPECT_EQ(report["schema"], 1);
  EXPECT_EQ(report["verdict"], "error");
  EXPECT_EQ(report["requirements"], Json({{"total", rules::requirements().size()},
                                          {"checked", 4},
                                          {"passed", 1},
                                          {"failed", 1},
                                          {"inconclusive", 1}}));
  ASSERT_EQ(report["scenarios"].size(), 6U);
  EXPECT_EQ(report["strict"], false);
  EXPECT_EQ(report.size(), 6U);
}

TEST(JsonReport, TellsAScenarioAndItsFindings) {
  const Json report = Json::parse(json_report(campaign()));
  Json fail = report["scenarios"][2];
  const Json findings = fail["findings"];
  fail.erase("findings");
  EXPECT_EQ(fail, Json::parse(R"({
    "id": "test/fail", "title": "Of test/fail", "verdict": "fail",
    "reason": "mipp broke TEST-1-01", "file": "scenarios/test/fail.json",
    "replay": "mipvet run scenarios/test/fail.json --iut iut.json", "mode": "live", "iut": "mipp", "duration_s": 1.25,
    "seed": 1, "frames": 12, "capture": null})"));
  ASSERT_EQ(findings.size(), 4U);
  EXPECT_EQ(findings[0], Json::parse(R"({
    "requirement": "TEST-1-01", "level": "MUST NOT", "role": "mip-proxy", "node": "mipp",
    "verdict": "fail", "evaluated": 2,
    "frames": [{"capture_frame": 7, "link": "private", "byte_range": [43, 44]},
               {"capture_frame": 9, "link": "private", "byte_range": [50, 62]}],
    "expected": "S = 0", "observed": "S = 1 & a NAI of <\"x\">"})"));
  EXPECT_EQ(findings[3], Json::parse(R"({
    "requirement": "TEST-2-01", "level": "MAY", "role": "mip-proxy", "node": "mipp",
    "verdict": "not-applicable", "evaluated": 0, "frames": [],
    "expected": "The proxy may send a nonce.", "observed": ""})"));
}

TEST(JsonReport, NamesEachVerdictModeAndImplementation) {
  const Json report = Json::parse(json_report(campaign()));
  std::vector<std::string> verdicts;
  for (const Json& one : report["scenarios"]) verdicts.push_back(one["verdict"]);
  EXPECT_EQ(verdicts, (std::vector<std::string>{"pass", "pass", "fail", "inconclusive",
                                                "not-applicable", "error"}));
  EXPECT_EQ(report["scenarios"][0]["mode"], "sim");
  EXPECT_EQ(report["scenarios"][0]["capture"], "out/test-pass.pcapng");
  EXPECT_EQ(report["scenarios"][0]["iut"], nullptr);
  EXPECT_EQ(report["scenarios"][4]["iut"], Json({"mipp", "nat"}));
  EXPECT_EQ(report["scenarios"][1]["findings"][1]["verdict"], "warn");
  EXPECT_EQ(report["scenarios"][3]["findings"][1]["verdict"], "inconclusive");
}

TEST(JsonReport, TheCampaignsVerdictIsTheWorst) {
  const auto verdict = [](const model::Campaign& campaign) {
    return Json::parse(json_report(campaign))["verdict"].get<std::string>();
  };
  model::Campaign one = campaign();
  one.scenarios.pop_back();
  EXPECT_EQ(verdict(one), "fail");
  one.scenarios.erase(one.scenarios.begin() + 2);
  EXPECT_EQ(verdict(one), "inconclusive");
  one.scenarios.erase(one.scenarios.begin() + 2);
  EXPECT_EQ(verdict(one), "pass");
}

TEST(JsonReport, ReplacesWhatIsNoUtf8) {
  model::Campaign one;
  one.scenarios = {scenario("captures/\xff\x01", model::ScenarioVerdict::pass)};
  const Json report = Json::parse(json_report(one));
  EXPECT_EQ(report["scenarios"][0]["id"], "captures/\xef\xbf\xbd\x01");
}

}  // namespace
}  // namespace mipvet::reports

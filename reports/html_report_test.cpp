#include "reports/html_report.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "engine/model/recording.h"
#include "engine/wire/dissect.h"
#include "reports/campaign_for_test.h"

namespace mipvet::reports {
namespace {

using namespace for_test;
using Json = nlohmann::json;

/// What stands between the tags of the script element with an id.
std::string block(const std::string& page, const std::string& id) {
  const std::string tag = "<script type=\"application/json\" id=\"" + id + "\">";
  const auto begin = page.find(tag);
  if (begin == std::string::npos) return {};
  const auto first = begin + tag.size();
  return page.substr(first, page.find("</script>", first) - first);
}

model::RecordedFrame recorded(const wire::Buffer& octets) {
  wire::Packet packet;
  packet.decode(octets);
  model::RecordedFrame frame;
  frame.number = 7;
  frame.octets = octets;
  frame.layers.assign(packet.layers().begin(), packet.layers().end());
  frame.message = static_cast<std::size_t>(&packet.message() - packet.layers().data());
  frame.line = wire::one_line(packet);
  return frame;
}

/// An Ethernet frame of an EtherType that nobody knows.
const wire::Buffer kOctets{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x88, 0xFF, 0x3C, 0x21};

model::Campaign with_frames() {
  model::Campaign result = campaign();
  auto recording = std::make_shared<model::Recording>();
  recording->network.nodes.resize(1);
  recording->network.nodes[0].name = "mipp";
  recording->network.links.push_back({"private", model::Side::dmz});
  recording->frames = {recorded(kOctets), recorded(kOctets)};
  recording->frames[1].number = 9;
  recording->frames[1].time += std::chrono::milliseconds(5);
  recording->frames[1].from = 0;
  recording->frames[1].to_all = true;
  result.scenarios[2].recording = recording;
  return result;
}

TEST(HtmlReport, HasTheFindingsOfTheCampaign) {
  const Json report = Json::parse(block(html_report(campaign()), "campaign"));
  EXPECT_EQ(report["verdict"], "error");
  EXPECT_EQ(report["totals"]["failed"], 1);
  ASSERT_EQ(report["scenarios"].size(), 6U);
  const Json& fail = report["scenarios"][2];
  EXPECT_EQ(fail["reason"], "mipp broke TEST-1-01");
  ASSERT_EQ(fail["findings"].size(), 4U * 4U);
  const Json& requirement = report["requirements"][fail["findings"][0].get<std::size_t>()];
  EXPECT_EQ(requirement[0], "TEST-1-01");
  EXPECT_EQ(report["texts"][fail["findings"][0].dump()][0], "The proxy must not set S.");
  EXPECT_EQ(report["names"][fail["findings"][1].get<std::size_t>()], "mipp");
  EXPECT_EQ(fail["findings"][2], 1);  // Verdict::fail
  const Json& detail = fail["details"][0];
  EXPECT_EQ(detail[0], 0);
  EXPECT_EQ(detail[2], "S = 0");
  EXPECT_EQ(detail[3], "S = 1 & a NAI of <\"x\">");
  EXPECT_EQ(detail[4], Json::parse(R"([[7, "private", 43, 44], [9, "private", 50, 62]])"));
}

TEST(HtmlReport, TellsOfWhatPassedNoMoreThanFourNumbers) {
  const Json report = Json::parse(block(html_report(campaign()), "campaign"));
  EXPECT_EQ(report["scenarios"][0]["findings"].size(), 2U * 4U);
  EXPECT_TRUE(report["scenarios"][0]["details"].empty());
}

TEST(HtmlReport, HasABlockOfFramesForEachScenarioThatWasRecorded) {
  const std::string page = html_report(with_frames());
  EXPECT_EQ(block(page, "frames-0"), "");
  const Json frames = Json::parse(block(page, "frames-2"));
  EXPECT_EQ(frames["links"], Json::parse(R"([["private", "dmz"]])"));
  ASSERT_EQ(frames["frames"].size(), 2U);
  // Number, time, link, from, to, shape, line, octets, opened, names; shape and line are told once.
  EXPECT_EQ(frames["frames"][0],
            Json::parse(R"([7, 0, 0, -1, -1, 0, 0, "AgAAAAABAgAAAAACiP88IQ==", null, null])"));
  EXPECT_EQ(frames["frames"][1],
            Json::parse(R"([9, 5000000, 0, 0, -2, 0, 0, "AgAAAAABAgAAAAACiP88IQ==", null, null])"));
  EXPECT_EQ(frames["shapes"].size(), 1U);
  const Json tables = Json::parse(block(page, "campaign"))["tables"];
  EXPECT_EQ(tables[0][0], "ethernet");
  EXPECT_EQ(tables[0][2][2], Json::parse(R"(["ethertype", 96, 16, "number"])"));
}

TEST(HtmlReport, LetsNoNameEndAScript) {
  model::Campaign hostile = with_frames();
  hostile.scenarios[2].title = "</script><script>alert(1)</script><!--";
  hostile.scenarios[2].findings[0].observed = "a NAI of \xFF</ScRiPt >";
  auto recording = std::make_shared<model::Recording>(*hostile.scenarios[2].recording);
  recording->frames[0].line = "<!--<script>";
  hostile.scenarios[2].recording = recording;
  const std::string page = html_report(hostile);
  EXPECT_EQ(page.find("alert(1)</"), std::string::npos);
  EXPECT_EQ(page.find("</ScRiPt"), std::string::npos);
  for (const std::string id : {"campaign", "frames-2"})
    EXPECT_EQ(block(page, id).find('<'), std::string::npos);
  const Json report = Json::parse(block(page, "campaign"));
  EXPECT_EQ(report["scenarios"][2]["title"], "</script><script>alert(1)</script><!--");
  EXPECT_EQ(report["scenarios"][2]["details"][0][3], "a NAI of \uFFFD</ScRiPt >");
}

TEST(HtmlReport, AllowsItsOwnScriptAndStyleAndNothingElse) {
  const std::string page = html_report({});
  EXPECT_NE(page.find("default-src 'none'; script-src 'sha256-"), std::string::npos);
  EXPECT_EQ(page.find("unsafe-inline"), std::string::npos);
  EXPECT_EQ(page.find("{{"), std::string::npos);
}

}  // namespace
}  // namespace mipvet::reports

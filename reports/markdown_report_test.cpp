#include "reports/markdown_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/campaign_for_test.h"

namespace mipvet::reports {
namespace {

using namespace for_test;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(MarkdownReport, BeginsWithVerdictAndCounts) {
  EXPECT_THAT(
      markdown_report(campaign()),
      ::testing::StartsWith(
          "# mipvet: error\n\n"
          "| | total | passed | failed | warned | inconclusive | not applicable | tool fault |\n"
          "|---|--:|--:|--:|--:|--:|--:|--:|\n"
          "| scenarios | 6 | 2 | 1 | | 1 | 1 | 1 |\n"
          "| requirements checked | 4 | 1 | 1 | 1 | 1 | | |\n"
          "\n## Faults of the tool (1)\n"));
}

TEST(MarkdownReport, TellsWhatBrokeApartFromWarnings) {
  const std::string report = markdown_report(campaign());
  EXPECT_THAT(report, HasSubstr("\n## Broken requirements (1)\n"));
  EXPECT_THAT(report,
              HasSubstr("| test/fail | TEST-1-01 | MUST NOT | mipp | S = 0 | S = 1 &amp; a NAI "
                        "of &lt;\"x\"> | frame 7 on private, octet 43 |\n"));
  EXPECT_THAT(report, HasSubstr("\n## Warnings (2)\n"));
  EXPECT_THAT(report, HasSubstr("\n## Inconclusive scenarios (1)\n"));
  EXPECT_THAT(report, Not(HasSubstr("Known failures")));
}

TEST(MarkdownReport, TellsKnownFailuresWithTheirReasons) {
  model::Campaign one = campaign();
  one.scenarios[2].findings[0].known = "ticket 7";
  const std::string report = markdown_report(one);
  EXPECT_THAT(report, Not(HasSubstr("Broken requirements")));
  EXPECT_THAT(report, HasSubstr("\n## Known failures (1)\n"));
  EXPECT_THAT(report, HasSubstr("known: ticket 7 |"));
}

TEST(MarkdownReport, NothingFromAFileIsMarkup) {
  model::Campaign one;
  one.scenarios = {scenario("a|b\n# c `d` <e>\x01\xff", model::ScenarioVerdict::fail, "[x](y)")};
  EXPECT_THAT(markdown_report(one),
              HasSubstr("| a\\|b \\# c \\`d\\` &lt;e>?\xef\xbf\xbd | \\[x\\](y) |\n"));
}

TEST(MarkdownReport, ALongListIsCutAndSaysSo) {
  model::Campaign many;
  for (int i = 0; i < 130; ++i)
    many.scenarios.push_back(
        scenario("s" + std::to_string(i), model::ScenarioVerdict::fail, "x broke y"));
  const std::string report = markdown_report(many);
  EXPECT_THAT(report, HasSubstr("## Failed scenarios (130)"));
  EXPECT_THAT(report, HasSubstr("and 30 more."));
  EXPECT_THAT(report, Not(HasSubstr("| s100 |")));
}

}  // namespace
}  // namespace mipvet::reports

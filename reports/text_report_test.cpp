#include "reports/text_report.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/campaign_for_test.h"

namespace mipvet::reports {
namespace {

using namespace for_test;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kWhole =
    R"(scenario             verdict         frames  passed  failed   warn     time
test/pass            pass                12       2       0     0     1.2s
test/warn            pass                12       1       0     1     1.2s
test/fail            fail                12       0       1     1     1.2s
test/inconclusive    inconclusive        12       1       0     0     1.2s
test/not-applicable  not-applicable       0       0       0     0     0.0s
test/tool-fault      error               12       0       1     0     1.2s

test/warn: pass
  warn TEST-1-02 (SHOULD, draft-test-00) by mipp
    required  The proxy should answer.
    observed  no answer within 1 s
    frame     3 on public
  replay: mipvet run scenarios/test/warn.json

test/fail: fail, mipp broke TEST-1-01
  fail TEST-1-01 (MUST NOT, draft-test-00) by mipp
    required  The proxy must not set S.
    expected  S = 0
    observed  S = 1 & a NAI of <"x">
    frame     7 on private, octet 43
    frame     9 on private, octets 50-61
  warn TEST-1-02 (SHOULD, draft-test-00) by mipp
    required  The proxy should answer.
    observed  no answer within 1 s
    frame     3 on public
  replay: mipvet run scenarios/test/fail.json --iut iut.json

test/inconclusive: inconclusive, TEST-2-02 could not be decided
  inconclusive TEST-2-02 by mipp: silence, but nothing valid was answered
  replay: mipvet run scenarios/test/inconclusive.json

test/not-applicable: not-applicable, mipp does not declare udp-tunnel
  replay: mipvet run scenarios/test/not-applicable.json

test/tool-fault: error, ha, played by mipvet, broke TEST-1-01
  fail TEST-1-01 (MUST NOT, draft-test-00) by ha
    required  The proxy must not set S.
    expected  S = 0
    observed  S = 1 & a NAI of <"x">
    frame     7 on private, octet 43
    frame     9 on private, octets 50-61
  replay: mipvet run scenarios/test/tool-fault.json

not applicable by the declarations of the implementation:
  TEST-2-01(mipp)

error: 6 scenarios, 4 requirements checked: 1 passed, 1 failed, 1 warned, 1 inconclusive
)";

TEST(TextReport, IsATableThenEachFailureThenTheTotals) {
  EXPECT_EQ(text_report(campaign()), kWhole);
}

TEST(TextReport, OfACampaignThatPassesIsTheTableAndTheTotals) {
  model::Campaign one = campaign();
  one.scenarios.resize(1);
  EXPECT_EQ(text_report(one),
            "scenario   verdict         frames  passed  failed   warn     time\n"
            "test/pass  pass                12       2       0     0     1.2s\n"
            "\n"
            "pass: 1 scenario, 2 requirements checked: 2 passed, 0 failed, 0 warned, "
            "0 inconclusive\n");
}

TEST(TextReport, ColoursVerdictsOnATerminalOnly) {
  const std::string plain = text_report(campaign());
  EXPECT_THAT(plain, Not(HasSubstr("\x1b")));
  std::string coloured = text_report(campaign(), {.colour = true});
  EXPECT_THAT(coloured, HasSubstr("\x1b[31mfail"));
  EXPECT_THAT(coloured, HasSubstr("\x1b[32mpass"));
  EXPECT_THAT(coloured, HasSubstr("\x1b[35merror"));
  for (auto at = coloured.find('\x1b'); at != std::string::npos; at = coloured.find('\x1b'))
    coloured.erase(at, coloured.find('m', at) - at + 1);
  EXPECT_EQ(coloured, plain);
}

TEST(TextReport, BreaksLongTextsAtBlanks) {
  model::Campaign one;
  one.scenarios = {scenario("a", model::ScenarioVerdict::fail, "mipp broke TEST-1-01")};
  one.scenarios.front().findings = {broken_must("mipp")};
  std::string& observed = one.scenarios.front().findings.front().observed;
  for (int i = 0; i < 40; ++i) observed += " word" + std::to_string(i);
  observed += " " + std::string(150, 'x');
  std::istringstream lines(text_report(one));
  for (std::string line; std::getline(lines, line);)
    EXPECT_TRUE(line.size() <= 100 || line == std::string(14, ' ') + std::string(150, 'x')) << line;
}

}  // namespace
}  // namespace mipvet::reports

#include "reports/junit_report.h"

#include <map>
#include <pugixml.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/campaign_for_test.h"

namespace mipvet::reports {
namespace {

using namespace for_test;
using ::testing::HasSubstr;
using ::testing::Not;

/// The report as a CI system reads it.
class Read {
 public:
  explicit Read(const model::Campaign& campaign) {
    const std::string text = junit_report(campaign);
    const auto result = document_.load_buffer(text.data(), text.size(), pugi::parse_full);
    EXPECT_TRUE(result) << result.description() << " in\n" << text;
    for (const auto test : suite().children("testcase"))
      tests_[test.attribute("name").value()] = test;
  }
  pugi::xml_node suite() const { return document_.child("testsuites").child("testsuite"); }
  pugi::xml_node test(const std::string& name) const { return tests_.at(name); }
  std::size_t size() const { return tests_.size(); }

 private:
  pugi::xml_document document_;
  std::map<std::string, pugi::xml_node> tests_;
};

TEST(JunitReport, HasOneTestCaseForEachScenarioAndCountsThem) {
  const Read report(campaign());
  EXPECT_EQ(report.size(), 6U);
  EXPECT_EQ(report.suite().attribute("tests").as_int(), 6);
  EXPECT_EQ(report.suite().attribute("failures").as_int(), 1);
  EXPECT_EQ(report.suite().attribute("errors").as_int(), 2);
  EXPECT_EQ(report.suite().attribute("skipped").as_int(), 1);
  EXPECT_DOUBLE_EQ(report.suite().attribute("time").as_double(), 6.25);
  std::size_t failures = 0;
  std::size_t errors = 0;
  std::size_t skipped = 0;
  for (const auto test : report.suite().children("testcase")) {
    failures += test.child("failure") ? 1U : 0U;
    errors += test.child("error") ? 1U : 0U;
    skipped += test.child("skipped") ? 1U : 0U;
  }
  EXPECT_EQ(failures, 1U);
  EXPECT_EQ(errors, 2U);
  EXPECT_EQ(skipped, 1U);
}

TEST(JunitReport, NamesAScenarioByItsFolderAndItself) {
  const Read report(campaign());
  const auto pass = report.test("pass");
  EXPECT_STREQ(pass.attribute("classname").value(), "mipvet.test");
  EXPECT_DOUBLE_EQ(pass.attribute("time").as_double(), 1.25);
  EXPECT_FALSE(pass.first_child());
}

TEST(JunitReport, TellsAFailureWithItsRequirementsAndFrames) {
  const Read report(campaign());
  const auto failure = report.test("fail").child("failure");
  EXPECT_THAT(failure.attribute("message").value(), HasSubstr("TEST-1-01"));
  EXPECT_STREQ(failure.text().get(),
               "TEST-1-01 (MUST NOT, mipp): expected S = 0; observed S = 1 & a NAI of <\"x\">\n"
               "  frame 7 on private, octet 43\n"
               "  frame 9 on private, octets 50-61\n");
  EXPECT_STREQ(report.test("fail").child_value("system-out"),
               "warnings:\n"
               "TEST-1-02 (SHOULD, mipp): expected The proxy should answer.; "
               "observed no answer within 1 s\n"
               "  frame 3 on public\n");
}

TEST(JunitReport, CountsWarningsAsFailuresWhereStrict) {
  model::Campaign strict = campaign();
  strict.strict = true;
  const Read report(strict);
  const auto fail = report.test("fail");
  EXPECT_THAT(fail.child_value("failure"), HasSubstr("TEST-1-02"));
  EXPECT_FALSE(fail.child("system-out"));
}

TEST(JunitReport, TellsTheToolsFaultsAndWhatIsUndecidedAsErrors) {
  const Read report(campaign());
  EXPECT_STREQ(report.test("tool-fault").child("error").attribute("message").value(),
               "ha, played by mipvet, broke TEST-1-01");
  EXPECT_THAT(report.test("tool-fault").child_value("error"), HasSubstr("S = 1"));
  EXPECT_STREQ(report.test("inconclusive").child("error").attribute("message").value(),
               "TEST-2-02 could not be decided");
  EXPECT_THAT(report.test("inconclusive").child_value("error"), HasSubstr("TEST-2-02"));
  EXPECT_STREQ(report.test("not-applicable").child_value("skipped"),
               "mipp does not declare udp-tunnel");
}

TEST(JunitReport, KeepsTextsFromTheWireInTheirPlace) {
  model::Campaign one;
  one.scenarios = {scenario("a<&\">\x01/b'\x1b\xff", model::ScenarioVerdict::fail,
                            "x broke <![CDATA[ ]]> & \"y\"\x07\r\n")};
  one.scenarios.front().findings = {broken_must("m\x02n<")};
  one.scenarios.front().findings.front().observed = "]]><failure/>\x1f\x00z\xc3(";
  const Read report(one);
  const auto test = report.test("b'?\xef\xbf\xbd");
  EXPECT_STREQ(test.attribute("classname").value(), "mipvet.a<&\">?");
  EXPECT_THAT(test.child("failure").attribute("message").value(),
              HasSubstr("x broke <![CDATA[ ]]> & \"y\"?"));
  EXPECT_THAT(test.child_value("failure"), HasSubstr("(MUST NOT, m?n<)"));
  EXPECT_THAT(test.child_value("failure"), HasSubstr("]]><failure/>?"));
  EXPECT_FALSE(test.child("failure").next_sibling("failure"));
}

TEST(JunitReport, OfNothingIsEmpty) {
  const Read report(model::Campaign{});
  EXPECT_EQ(report.size(), 0U);
  EXPECT_EQ(report.suite().attribute("tests").as_int(-1), 0);
}

}  // namespace
}  // namespace mipvet::reports

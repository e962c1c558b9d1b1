#include "reports/expectation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/finding_json.h"

namespace mipvet::reports {
namespace {

using model::Finding;
using model::Verdict;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr std::string_view kFirst = "MIPP-2.2.1-13";
constexpr std::string_view kSecond = "MIPP-2.2.2-08";

Finding finding(std::string_view id, Verdict verdict) {
  Finding result;
  result.requirement = rules::find(id);
  result.node = "mipp";
  result.role = "mip-proxy";
  result.verdict = verdict;
  result.evaluated = 2;
  result.expected = result.requirement->requirement;
  return result;
}

Expectation expectation(std::vector<Finding> findings) {
  Expectation result;
  result.inputs = {{"x.pcapng", "00ff"}, {"x.network.json", "11"}};
  result.findings = std::move(findings);
  return result;
}

Finding broken(std::uint64_t frame) {
  Finding result = finding(kFirst, Verdict::fail);
  result.expected = "S = 0";
  result.observed = "S = 1";
  result.frames = {{.capture_frame = frame, .link = "private", .range = {43, 44}}};
  return result;
}

Expectation again(const Expectation& expectation) {
  return expectation_from(model::parse_document(to_json(expectation), "x.expected.json"));
}

std::vector<ChangeKind> kinds(const Expectation& before, const Expectation& now) {
  std::vector<ChangeKind> result;
  for (const Change& change : compare(before, now)) result.push_back(change.kind);
  return result;
}

TEST(Expectation, IsReadAsItWasWritten) {
  Expectation one = expectation({broken(7), finding(kSecond, Verdict::inconclusive)});
  one.verdict = model::ScenarioVerdict::fail;
  const Expectation read = again(one);
  EXPECT_THAT(compare(one, read), IsEmpty());
  EXPECT_EQ(read.inputs, one.inputs);
  EXPECT_EQ(read.verdict, one.verdict);
  ASSERT_EQ(read.findings.size(), 2U);
  EXPECT_EQ(read.findings[0].frames.front().range, (wire::OctetRange{43, 44}));
  EXPECT_EQ(read.findings[0].observed, "S = 1");
  EXPECT_EQ(to_json(read), to_json(one));
}

TEST(Expectation, HasALineForEachFinding) {
  EXPECT_THAT(
      to_json(expectation({finding(kFirst, Verdict::pass), broken(7)})),
      HasSubstr("\n  {\"requirement\":\"MIPP-2.2.1-13\",\"node\":\"mipp\",\"verdict\":\"pass\","
                "\"evaluated\":2},\n  {"));
}

TEST(Expectation, OfTextsThatAreNoUtf8CanBeReadAgain) {
  Finding odd = broken(7);
  odd.observed = "\xff\n\"";
  EXPECT_EQ(again(expectation({odd})).findings.front().observed, "\xef\xbf\xbd\n\"");
}

TEST(Expectation, TellsWhatGotWorseFirst) {
  Expectation before = expectation({finding(kFirst, Verdict::pass), broken(7)});
  before.findings[1].requirement = rules::find(kSecond);
  Expectation now = expectation({broken(7), finding(kSecond, Verdict::pass)});
  now.inputs["x.pcapng"] = "0100";
  now.inputs.erase("x.network.json");
  now.inputs["x.keys"] = "22";
  now.verdict = model::ScenarioVerdict::fail;
  EXPECT_THAT(kinds(before, now), ElementsAre(ChangeKind::new_failure, ChangeKind::gone_failure,
                                              ChangeKind::other_verdict, ChangeKind::other_input,
                                              ChangeKind::other_input, ChangeKind::other_input));
  EXPECT_EQ(compare(before, now).front().text,
            "MIPP-2.2.1-13 (MUST NOT) by mipp: fail, was pass\n  expected S = 0\n  observed S = 1\n"
            "  frame 7 on private, octet 43");
}

TEST(Expectation, AWarningThatBecomesAFailureIsNew) {
  const auto of = [](Verdict verdict) { return expectation({finding(kFirst, verdict)}); };
  EXPECT_THAT(kinds(of(Verdict::warn), of(Verdict::fail)), ElementsAre(ChangeKind::new_failure));
  EXPECT_THAT(kinds(of(Verdict::fail), of(Verdict::warn)), ElementsAre(ChangeKind::gone_failure));
  EXPECT_THAT(kinds(of(Verdict::pass), of(Verdict::inconclusive)),
              ElementsAre(ChangeKind::other_verdict));
  EXPECT_THAT(kinds(of(Verdict::pass), of(Verdict::pass)), IsEmpty());
}

TEST(Expectation, TellsFindingsThatAreNewOrGone) {
  const Expectation none = expectation({});
  EXPECT_THAT(kinds(none, expectation({broken(1)})), ElementsAre(ChangeKind::new_failure));
  EXPECT_THAT(kinds(expectation({broken(1)}), none), ElementsAre(ChangeKind::gone_failure));
  const auto changes = compare(expectation({finding(kFirst, Verdict::pass)}), none);
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes.front().text, "MIPP-2.2.1-13 (MUST NOT) by mipp: not judged, was pass");
}

TEST(Expectation, TellsOtherEvidence) {
  const Expectation before = expectation({broken(7)});
  EXPECT_THAT(kinds(before, expectation({broken(8)})), ElementsAre(ChangeKind::other_evidence));
  Finding other = broken(7);
  other.frames.front().range.end = 45;
  EXPECT_THAT(
      compare(before, expectation({other})).front().text,
      HasSubstr("\n  was: evaluated 2 times; frame 7 on private, octet 43; observed S = 1"));
  other = broken(7);
  ++other.evaluated;
  EXPECT_THAT(kinds(before, expectation({other})), ElementsAre(ChangeKind::other_evidence));
  other = broken(7);
  other.observed = "S = 2";
  EXPECT_THAT(kinds(before, expectation({other})), ElementsAre(ChangeKind::other_evidence));
}

std::string complaint(std::string text) {
  try {
    expectation_from(model::parse_document(text, "x"));
  } catch (const model::InputError& error) {
    return error.what();
  }
  return "none";
}

TEST(Expectation, ComplainsAboutWhatItCannotBe) {
  EXPECT_THAT(complaint("{}"), StartsWith("x: /: is no expectation"));
  EXPECT_THAT(complaint(R"({"expectation": 2})"), StartsWith("x: /expectation: is"));
  EXPECT_THAT(complaint(R"({"expectation": 1})"), StartsWith("x: /: lacks \"verdict\""));
  const std::string head = R"({"expectation": 1, "verdict": "pass", "inputs": {}, "findings": [)";
  const std::string one =
      R"({"requirement": "MIPP-2.2.1-13", "node": "m", "verdict": "pass", "evaluated": 1})";
  EXPECT_EQ(complaint(head + one + "]}"), "none");
  EXPECT_THAT(complaint(head + one + "," + one + "]}"),
              StartsWith("x: /findings/1: is the second"));
}

}  // namespace
}  // namespace mipvet::reports

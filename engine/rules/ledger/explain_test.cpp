#include "engine/rules/ledger/explain.h"

#include <array>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mipvet::rules {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

/// The words alone, so that it does not matter where a line was broken.
std::string unwrapped(const std::string& text) {
  std::string all;
  std::istringstream in(text);
  for (std::string word; in >> word;) all += (all.empty() ? "" : " ") + word;
  return all;
}

TEST(Explain, KnownRequirementReadsSo) {
  const std::array<std::string_view, 2> scenarios = {"mipp/register-through-fa", "mipp/s-bit"};
  const std::array<std::string_view, 1> deviations = {"MIPP-2.2.1-13"};
  EXPECT_EQ(explain(*find("MIPP-2.2.1-13"), scenarios, deviations),
            R"(MIPP-2.2.1-13  MUST NOT, severity fail
draft-adrangi-mobileip-vpn-traversal-02, section 2.2.1

Required     The S bit is never set towards the HA, whatever the MN sent and whether or not the
             proxy supports simultaneous bindings.
When         every relayed request
Observed     ha-side: mip.s==0
Breach       mip.s==1
Provoked by  tester plays MN with S=0 and S=1
Note         Said in 2.2.1 and again in 2.6.2. The reason given in 2.2.1 points to 2.7.1; 2.6.2 is
             meant.

Judged       mip-proxy
Peers        home-agent
Messages     Registration Request
Applies      always
Kind         field-value
Rests on     a key word of RFC 2119
Testable     yes

Scenarios    mipp/register-through-fa
             mipp/s-bit
Deviations   MIPP-2.2.1-13
)");
}

TEST(Explain, EveryRequirementFitsThePageAndIsWhole) {
  for (const Requirement& requirement : requirements()) {
    SCOPED_TRACE(requirement.id);
    const std::string text = explain(requirement, {}, {});
    for (const std::string& line : lines_of(text)) {
      EXPECT_LE(line.size(), 100U) << line;
      EXPECT_FALSE(line.ends_with(' ')) << line;
    }
    EXPECT_TRUE(text.ends_with('\n'));
    const std::string words = unwrapped(text);
    EXPECT_THAT(words, StartsWith(std::string(requirement.id) + " "));
    for (const std::string_view part :
         {to_string(requirement.level), to_string(requirement.severity),
          to_string(requirement.testable), requirement.section, requirement.document,
          requirement.requirement, requirement.when, requirement.observe, requirement.violation,
          requirement.stimulus, requirement.kind, requirement.why_not, requirement.note,
          requirement.since, requirement.withdrawn}) {
      EXPECT_THAT(words, HasSubstr(std::string(part)));
    }
    for (const Role role : requirement.roles) {
      EXPECT_THAT(words, HasSubstr(std::string(to_string(role))));
    }
    for (const ConditionId condition : requirement.applies) {
      EXPECT_THAT(words,
                  HasSubstr(std::string(condition_names()[condition]) + ": " +
                            std::string(condition_text(condition, requirement.specification))));
    }
    EXPECT_THAT(words, HasSubstr("Scenarios none Deviations none"));
  }
}

TEST(Explain, AWordThatIsLongerThanTheLineIsCut) {
  Requirement requirement = *find("MIPP-2.2.1-13");
  const std::string hex(300, 'f');
  requirement.note = hex;
  std::string found;
  for (const std::string& line : lines_of(explain(requirement, {}, {}))) {
    EXPECT_LE(line.size(), 100U);
    if (line.ends_with("fff")) found += line.substr(line.find("fff"));
  }
  EXPECT_EQ(found, hex);
}

TEST(Explain, WithdrawnSaysWhy) {
  const Requirement& gone = *find("MIPP-2.2-03");
  EXPECT_THAT(explain(gone, {}, {}),
              HasSubstr("\nWithdrawn, not judged: duplicate of MIPP-1.4.1-04\n"));
  EXPECT_THAT(one_line(gone), HasSubstr(" withdrawn "));
  EXPECT_THAT(explain(*find("MIPP-2.2.1-13"), {}, {}), Not(HasSubstr("Withdrawn")));
}

TEST(Explain, ALineOfABaseSpecificationNamesIt) {
  EXPECT_THAT(explain(*find("SGW-B.ICMP-03"), {}, {}),
              HasSubstr("\ndraft-ishiyama-gateway-traversal-00, by RFC 2521 3\n"));
}

TEST(OneLine, ColumnsStandUnderEachOther) {
  EXPECT_EQ(one_line(*find("MIPP-2.2.1-13")),
            "MIPP-2.2.1-13      MUST NOT   fail yes       "
            "The S bit is never set towards the HA, whatever the MN sent and whether or...");
  const std::size_t text_column = one_line(*find("MIPP-2.2.1-13")).find("The S bit");
  for (const Requirement& requirement : requirements()) {
    const std::string line = one_line(requirement);
    ASSERT_LE(line.size(), text_column + 80) << line;
    EXPECT_EQ(line[text_column], requirement.requirement.front()) << line;
    EXPECT_EQ(line[text_column - 1], ' ') << line;
    EXPECT_EQ(line.ends_with("..."), requirement.requirement.size() > 80) << line;
  }
}

}  // namespace
}  // namespace mipvet::rules

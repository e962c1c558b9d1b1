// generate.py, as the build runs it, on ledgers with one planted breach each.

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdlib.h>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <sys/wait.h>

namespace mipvet::rules {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const std::string directory = std::string(MIPVET_SOURCE_DIR) + "/engine/rules/ledger/";

class Generate : public testing::Test {
 protected:
  struct Result {
    int status;
    std::string said;
  };

  Generate() {
    std::string name = std::filesystem::temp_directory_path() / "mipvet-generate-XXXXXX";
    scratch_ = ::mkdtemp(name.data());
    std::ifstream in(directory + "mip4-mobike.json");
    ledger_ = json::parse(in);
  }
  ~Generate() override { std::filesystem::remove_all(scratch_); }

  std::string output() const { return scratch_ / "tables.cpp"; }

  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(scratch_ / name) << text;
    return scratch_ / name;
  }

  Result run(const std::vector<std::string>& ledgers) const {
    std::string command = std::string(MIPVET_PYTHON) + " -B " + directory +
                          "generate.py --schema " + directory + "ledger.schema.json --output " +
                          output();
    for (const std::string& ledger : ledgers) command += " " + ledger;
    std::FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
    Result result{-1, {}};
    char block[4096];
    while (const std::size_t got = std::fread(block, 1, sizeof block, pipe)) {
      result.said.append(block, got);
    }
    const int ended = ::pclose(pipe);
    if (WIFEXITED(ended)) result.status = WEXITSTATUS(ended);
    return result;
  }

  /// The one line that a breach of the ledger gives.
  void expect_breach(const std::string& line) const {
    expect_breach({write("planted.json", ledger_.dump())}, line);
  }
  void expect_breach(const std::vector<std::string>& ledgers, const std::string& line) const {
    const Result result = run(ledgers);
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(result.said, line + "\n");
    EXPECT_FALSE(std::filesystem::exists(output()));
  }

  json& requirement(std::size_t index) { return ledger_["requirements"][index]; }

  std::filesystem::path scratch_;
  json ledger_;
};

TEST_F(Generate, WritesTheTablesOfASoundLedger) {
  const Result result = run({write("sound.json", ledger_.dump())});
  EXPECT_EQ(result.status, 0);
  EXPECT_THAT(result.said, IsEmpty());
  std::ifstream in(output());
  const std::string source{std::istreambuf_iterator<char>(in), {}};
  EXPECT_THAT(source, HasSubstr(".id = \"MOB-1-01\"sv"));
}

TEST_F(Generate, UnknownLevel) {
  requirement(3)["level"] = "MOST";
  expect_breach(
      "planted.json: /requirements/3/level (MOB-1-04): \"MOST\"; "
      "right: one of MUST, MUST NOT, SHOULD, SHOULD NOT, MAY, implicit");
}

TEST_F(Generate, IdOfAnotherShape) {
  requirement(0)["id"] = "MOB 1-1";
  expect_breach(
      "planted.json: /requirements/0/id (MOB 1-1): \"MOB 1-1\"; "
      "right: TAG-section-nn, for example MIPP-2.2.1-13");
}

TEST_F(Generate, UnknownRole) {
  requirement(0)["roles"] = {"home-agnet"};
  const Result result = run({write("planted.json", ledger_.dump())});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.said, HasSubstr("/requirements/0/roles/0 (MOB-1-01): \"home-agnet\"; "
                                     "right: one of mobile-node, mobile-router, "));
}

TEST_F(Generate, NobodyIsJudged) {
  requirement(0)["roles"] = json::array();
  expect_breach(
      "planted.json: /requirements/0/roles (MOB-1-01): too few entries; "
      "right: at least 1");
}

TEST_F(Generate, NotTestableWithoutReason) {
  requirement(0)["testable"] = "no";
  requirement(0).erase("why_not");
  expect_breach(
      "planted.json: /requirements/0 (MOB-1-01): 'why_not' is missing; "
      "right: an object with 'why_not'");
}

TEST_F(Generate, TestableWithReasonWhyNot) {
  requirement(0)["testable"] = "yes";
  requirement(0)["why_not"] = "too hard";
  expect_breach(
      "planted.json: /requirements/0/why_not (MOB-1-01): \"too hard\"; "
      "right: no why_not where testable is yes");
}

TEST_F(Generate, MissingAndUnknownKeys) {
  requirement(1).erase("observe");
  requirement(2)["severty"] = "fail";
  const Result result = run({write("planted.json", ledger_.dump())});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.said, HasSubstr("/requirements/1 (MOB-1-02): 'observe' is missing"));
  EXPECT_THAT(result.said, HasSubstr("/requirements/2/severty (MOB-1-03): unknown key; "
                                     "right: one of id, section, level, "));
}

TEST_F(Generate, WrongType) {
  requirement(0)["when"] = 7;
  expect_breach(
      "planted.json: /requirements/0/when (MOB-1-01): 7; "
      "right: one line of printable ASCII, not empty, without space at its ends");
}

TEST_F(Generate, BaseLedgerWithoutSince) {
  ledger_.erase("draft");
  ledger_["spec"] = "RFC 5266";
  const Result result = run({write("planted.json", ledger_.dump())});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.said, HasSubstr("/requirements/0 (MOB-1-01): 'since' is missing"));
  EXPECT_THAT(result.said, HasSubstr("\nand "));
}

TEST_F(Generate, ConditionWithoutExplanation) {
  requirement(0)["applies"] = {"raining"};
  expect_breach(
      "planted.json: /requirements/0/applies/0 (MOB-1-01): \"raining\"; "
      "right: a tag that is explained under /conditions");
}

TEST_F(Generate, ConditionThatNothingUses) {
  ledger_["conditions"]["raining"] = "water falls from the sky";
  expect_breach(
      "planted.json: /conditions/raining: no requirement uses it; "
      "right: conditions that some requirement applies");
}

TEST_F(Generate, SectionOtherThanTheIds) {
  requirement(0)["section"] = "9.9";
  expect_breach(
      "planted.json: /requirements/0/section (MOB-1-01): \"9.9\"; "
      "right: 1, as the id says");
}

TEST_F(Generate, IdInTwoFiles) {
  const json twin = ledger_["requirements"][0];
  json other = ledger_;
  other["tag"] = "TWO";
  other["also"] = {{{"spec", "x"}, {"tag", "MOB2"}, {"title", "x"}, {"read", "x"}}};
  other["conditions"] = json::object();
  other["requirements"] = json::array({twin});
  expect_breach({write("one.json", ledger_.dump()), write("two.json", other.dump())},
                "two.json: /requirements/0/id (MOB-1-01): also in one.json; right: an id of its "
                "own\ntwo.json: /requirements/0/id (MOB-1-01): tag MOB is not declared; right: "
                "one of TWO, MOB2");
}

TEST_F(Generate, KeyTwice) {
  expect_breach({write("twice.json", R"({"tag": "A", "tag": "B"})")},
                "twice.json: /: key 'tag' stands twice in one object; right: each key once");
}

TEST_F(Generate, NoJson) {
  const Result result = run({write("broken.json", "{\"tag\": \n nonsense}")});
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(result.said, "broken.json: line 2 column 2: Expecting value; right: JSON\n");
}

TEST_F(Generate, NoFile) {
  const Result result = run({scratch_ / "absent.json"});
  EXPECT_EQ(result.status, 1);
  EXPECT_THAT(result.said, HasSubstr("absent.json: No such file or directory; right: "));
  EXPECT_THAT(result.said, Not(HasSubstr("Traceback")));
}

TEST_F(Generate, TopLevelIsNoObject) {
  const Result result = run({write("list.json", "[]")});
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(result.said,
            "list.json: /: []; right: an object with tag, title, conditions, requirements, and "
            "draft or spec\n");
}

}  // namespace
}  // namespace mipvet::rules

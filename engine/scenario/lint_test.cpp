#include "engine/scenario/lint.h"

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/scenario/network_for_test.h"

namespace mipvet::scenario {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Lint : public ::testing::Test {
 protected:
  Lint() {
    std::string name = (std::filesystem::temp_directory_path() / "mipvet-lint-XXXXXX").string();
    top_ = mkdtemp(name.data());
    write("net.json", testing::kNetwork);
  }
  ~Lint() override { std::filesystem::remove_all(top_); }

  std::string write(const std::string& name, std::string_view text) const {
    std::filesystem::create_directories((top_ / name).parent_path());
    std::ofstream(top_ / name) << text;
    return (top_ / name).string();
  }

  static std::string scenario(std::string_view script) {
    return R"({"scenario": "s", "title": "t", "draft": "d", "section": "1", "network": "net.json",
               "proves": [], "script": [)" +
           std::string(script) + "]}";
  }

  std::filesystem::path top_;
};

TEST_F(Lint, FindsNothingWrongWithGoodFiles) {
  write("s.json", scenario(R"({"after": 1})"));
  write("i.json",
        R"({"iut": "x", "nodes": {"ha": {"attachments": {"home": {"interface": "h"}}}}})");
  write("k.json", R"({"baseline": "x", "known": [{"requirement": "RFC3344-3.8.2-01", "node": "ha",
                      "scenarios": ["s"], "reason": "a ticket"}]})");
  write("schema/x.schema.json", "{}");
  const LintResult result = lint({top_});
  EXPECT_THAT(result.problems, IsEmpty());
  EXPECT_EQ(result.files, 4U);
}

TEST_F(Lint, TellsAllThatIsWrong) {
  const std::string s = write(
      "s.json", scenario(R"({"node": "nm", "do": "renew"}, {"node": "mn", "do": "nothing"})"));
  EXPECT_THAT(lint_file(s),
              ElementsAre(s + ": /script/0/node: unknown node `nm`, did you mean `mn`?",
                          s + ": /script/1/do: unknown command of a mobile-node `nothing`, there "
                              "are: attach, move, detach, register, renew, deregister, send, "
                              "restart"));
  const std::string t = write("t.json", scenario(R"({"at": -1}, {"after": "x"})"));
  EXPECT_THAT(lint_file(t), ElementsAre(t + ": /script/0/at: is -1; must be a number of seconds "
                                            "from 0 to 1000000 (schema)",
                                        t + ": /script/1/after: is \"x\"; must be a number of "
                                            "seconds from 0 to 1000000 (schema)"));
}

TEST_F(Lint, GoesOnBehindAFileThatIsNoJson) {
  const std::string a = write("a.json", "{");
  const std::string b = write("b.json", "[]");
  const LintResult result = lint({top_});
  EXPECT_EQ(result.files, 3U);
  EXPECT_THAT(result.problems,
              ElementsAre(::testing::StartsWith(a + ": line 1, column 2: "),
                          b + ": /: is neither a network nor a scenario nor an IUT nor a baseline; "
                              "must have a member \"network\", \"scenario\", \"iut\" or "
                              "\"baseline\""));
}

TEST_F(Lint, TellsIdsThatAreNotUnique) {
  const std::string a = write("a.json", scenario(R"({"after": 1})"));
  const std::string b = write("b.json", scenario(R"({"after": 1})"));
  EXPECT_THAT(lint({top_}).problems,
              ElementsAre(b + ": /scenario: is \"s\", as in " + a + "; must be an id of its own"));
}

TEST_F(Lint, TellsWhatIsNotThere) {
  const std::string none = (top_ / "none.json").string();
  EXPECT_THAT(lint({none}).problems, ElementsAre(none + ": does not exist; must be a JSON file"));
  const std::string s = write("s.json", scenario(R"({"after": 1})"));
  std::filesystem::remove(top_ / "net.json");
  EXPECT_THAT(lint_file(s), ElementsAre(s + ": /network: is \"net.json\", but there is no file " +
                                        (top_ / "net.json").string() +
                                        "; must be the path of a network from this file"));
}

TEST(LintOfTheProject, FindsNothing) {
  EXPECT_THAT(lint({std::filesystem::path(MIPVET_SOURCE_DIR) / "scenarios"}).problems, IsEmpty());
}

}  // namespace
}  // namespace mipvet::scenario

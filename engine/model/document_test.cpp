#include "engine/model/document.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mipvet::model {
namespace {

std::string complaint_about(std::string_view text) {
  try {
    parse_document(text, "f.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return "taken";
}

std::string complaint_about_file(const std::filesystem::path& path) {
  try {
    read_document(path);
  } catch (const InputError& error) {
    return error.what();
  }
  return "taken";
}

TEST(Document, KeepsTheOrderOfMembers) {
  const Document document =
      parse_document(R"({"z": 1, "a": {"y": [1, 2.5, -3, "x", true, null]}})", "f");
  EXPECT_EQ(document.json.dump(), R"({"z":1,"a":{"y":[1,2.5,-3,"x",true,null]}})");
}

TEST(Document, TellsLineAndColumnOfWhatIsNoJson) {
  EXPECT_EQ(complaint_about("{\n  \"a\": 1,\n  b\n}"),
            "f.json: line 3, column 3: syntax error while parsing object key - invalid literal; "
            "last read: '1,<U+000A>  b'; expected string literal; must be JSON in UTF-8");
  EXPECT_THAT(complaint_about(""), testing::StartsWith("f.json: line 1, column 1: "));
  EXPECT_THAT(complaint_about("{} {}"), testing::StartsWith("f.json: line 1, column 4: "));
}

TEST(Document, TellsWhatIsNoUtf8) {
  const std::string complaint = complaint_about("[\"\xC3\x28\"]");
  EXPECT_THAT(complaint, testing::StartsWith("f.json: line 1, column 4: "));
  EXPECT_THAT(complaint, testing::HasSubstr("ill-formed UTF-8"));
  EXPECT_THAT(complaint, testing::EndsWith("must be JSON in UTF-8"));
}

TEST(Document, RefusesNumbersBeyondAllMeasure) {
  EXPECT_EQ(complaint_about(R"({"a": [1, 1e999]})"),
            "f.json: /a/1: number overflow parsing '1e999'; must be JSON in UTF-8");
}

TEST(Document, RefusesAKeyThatStandsTwice) {
  EXPECT_EQ(complaint_about(R"({"a": [{"b/c": 1, "b/c": 2}]})"),
            "f.json: /a/0/b~1c: stands twice; must stand once");
}

TEST(Document, LimitsDepthMembersAndSize) {
  EXPECT_EQ(complaint_about(std::string(64, '[') + std::string(64, ']')), "taken");
  EXPECT_THAT(complaint_about(std::string(65, '[') + std::string(65, ']')),
              testing::EndsWith("/0/0: is nested deeper than 64 levels; must be at most 64"));
  EXPECT_THAT(complaint_about(std::string(500000, '[')), testing::HasSubstr("deeper than 64"));

  std::string many = "{\"a\": {\"k\": 0";
  for (int i = 0; i < 1000; ++i) many += ", \"k" + std::to_string(i) + "\": 0";
  EXPECT_EQ(complaint_about(many + "}}"),
            "f.json: /a: has more than 1000 members; must have at most 1000");

  EXPECT_EQ(complaint_about("[" + std::string(1U << 20U, ' ') + "]"),
            "f.json: is larger than 1 MiB; must be smaller");
}

TEST(Document, KeepsComplaintsOnOneLine) {
  const std::string complaint = complaint_about("{\"a\\nb\\u0007\": 1, \"a\\nb\\u0007\": 2}");
  EXPECT_EQ(complaint, "f.json: /a\\u000ab\\u0007: stands twice; must stand once");
  EXPECT_THAT(complaint_about("{\"" + std::string(5000, 'x') + "\": 1e999}"),
              testing::SizeIs(testing::Lt(400)));
}

TEST(Document, TellsWhatIsWrongWithAFile) {
  std::string name = (std::filesystem::temp_directory_path() / "mipvet-document-XXXXXX").string();
  ASSERT_NE(mkdtemp(name.data()), nullptr);
  const std::filesystem::path directory = name;
  EXPECT_EQ(complaint_about_file(directory), name + ": is a directory; must be a JSON file");
  EXPECT_EQ(complaint_about_file(directory / "none.json"),
            name + "/none.json: does not exist; must be a JSON file");
  EXPECT_EQ(complaint_about_file("/dev/null"), "/dev/null: is no file; must be a JSON file");
  std::ofstream(directory / "good.json") << R"({"a": 1})";
  EXPECT_EQ(read_document(directory / "good.json").json["a"], 1);
  std::filesystem::remove_all(directory);
}

TEST(Value, ComplainsWithItsPlace) {
  const Document document = parse_document(R"({"a": [{"b": "x"}], "n": -1, "t": 2e6})", "f.json");
  const Value root(document);
  const Value b = root["a"].elements().at(0)["b"];
  EXPECT_EQ(b.pointer(), "/a/0/b");
  EXPECT_EQ(b.key(), "b");
  EXPECT_EQ(b.complaint("is odd"), "f.json: /a/0/b: is odd");
  EXPECT_EQ(root.complaint("is odd"), "f.json: /: is odd");
  EXPECT_THAT([&] { root["c"]; }, testing::ThrowsMessage<InputError>("f.json: /: lacks \"c\""));
  EXPECT_THAT([&] { b.number(9); },
              testing::ThrowsMessage<InputError>(
                  "f.json: /a/0/b: is \"x\"; must be a whole number from 0 to 9"));
  EXPECT_THAT(
      [&] { root["n"].number(9); },
      testing::ThrowsMessage<InputError>("f.json: /n: is -1; must be a whole number from 0 to 9"));
  EXPECT_THAT([&] { root["t"].seconds(); },
              testing::ThrowsMessage<InputError>(
                  "f.json: /t: is 2000000.0; must be seconds from 0 to 1000000"));
}

}  // namespace
}  // namespace mipvet::model

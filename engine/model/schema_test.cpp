#include "engine/model/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mipvet::model {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Schema, TellsEveryBreachOnce) {
  const Document document = parse_document(R"({
    "network": "n", "links": {"a": {"side": "external", "colour": "red"}},
    "nodes": {"ha": {"role": "home-agent", "attachments": {"a": {}},
                     "parameters": {"answers": "yes", "delay": -1}},
              "x": {"attachments": {"a": {}}}}})",
                                           "n.json");
  EXPECT_THAT(
      network_schema().breaches(document),
      testing::UnorderedElementsAre(
          "n.json: /links/a/colour: unknown member `colour`, there are: side, title (schema)",
          testing::StartsWith("n.json: /nodes/x/role: is missing; must be one of"),
          "n.json: /nodes/ha/parameters/answers: is \"yes\"; must be true or false (schema)",
          "n.json: /nodes/ha/parameters/delay: is -1; must be a number of seconds from 0 to "
          "1000000 (schema)"));
}

TEST(Schema, ChoosesPartsByWhatAStepDoes) {
  const auto breaches = [](std::string_view step) {
    const std::string text = R"({"scenario": "s", "title": "t", "draft": "d", "section": "1",
      "network": "n.json", "proves": [], "script": [)" +
                             std::string(step) + "]}";
    return scenario_schema().breaches(parse_document(text, "s.json"));
  };
  EXPECT_THAT(breaches(R"({"node": "mn", "do": "attach", "link": "visited"})"), IsEmpty());
  EXPECT_THAT(
      breaches(R"({"do": "attach", "link": "visited"})"),
      ElementsAre("s.json: /script/0/node: is missing; must be the name of a node (schema)"));
  EXPECT_THAT(
      breaches(R"({"within": 2, "expect": {"link": "a", "fields": {"x": {"at_most": 1}}}})"),
      IsEmpty());
  EXPECT_THAT(breaches(R"({"within": 2, "expct": {"link": "a"}})"),
              ElementsAre("s.json: /script/0/expct: unknown member `expct`, did you mean `expect`? "
                          "(schema)"));
  EXPECT_THAT(breaches(R"({"expect": {"link": "a", "fields": {"x": [1]}}})"),
              ElementsAre(testing::StartsWith(
                  "s.json: /script/0/expect/fields/x: is an array; must be a value or one of")));
  EXPECT_THAT(breaches("7"),
              ElementsAre(testing::StartsWith("s.json: /script/0: is 7; must be a step")));
}

TEST(Schema, ShowsHostileKeysOnOneLine) {
  const Document document = parse_document(
      "{\"a'\\n: constraints: 'b\": 1, \"iut\": \"i\", \"nodes\": {\"n\": "
      "{\"attachments\": {\"l\": {\"interface\": \"i\"}}}}}",
      "i.json");
  for (const std::string& breach : iut_schema().breaches(document))
    EXPECT_THAT(breach, testing::Not(testing::HasSubstr("\n")));
  EXPECT_THAT(iut_schema().breaches(document), testing::SizeIs(1));
}

}  // namespace
}  // namespace mipvet::model

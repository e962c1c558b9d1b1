#include "engine/scenario/scenario_file.h"

#include <cstdlib>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/scenario/network_for_test.h"

namespace mipvet::scenario {
namespace {

using model::InputError;
using model::Json;
using ::testing::ElementsAre;
using ::testing::ThrowsMessage;

/// A directory `scenarios` with a network, gone afterwards.
class ScenarioFile : public ::testing::Test {
 protected:
  ScenarioFile() {
    std::string name =
        (std::filesystem::temp_directory_path() / "mipvet-scenarios-XXXXXX").string();
    top_ = mkdtemp(name.data());
    root_ = top_ / "scenarios";
    std::filesystem::create_directories(root_ / "networks");
    std::filesystem::create_directories(root_ / "mipp");
    std::ofstream(root_ / "networks" / "dmz.json") << testing::kNetwork;
  }
  ~ScenarioFile() override { std::filesystem::remove_all(top_); }

  std::filesystem::path write(const std::string& name, const Json& scenario) {
    auto path = root_ / (name + ".json");
    std::ofstream(path) << scenario.dump();
    return path;
  }

  static Json good(const std::string& id = "mipp/s") {
    Json scenario = Json::parse(R"({
      "title": "t", "draft": "draft-adrangi-mobileip-vpn-traversal-02", "section": "2.2",
      "network": "../networks/dmz.json", "proves": ["MIPP-2.2-01"],
      "script": [{"at": 0, "node": "mn", "do": "attach", "link": "visited"}]})");
    scenario["scenario"] = id;
    return scenario;
  }

  std::filesystem::path top_;
  std::filesystem::path root_;
};

TEST_F(ScenarioFile, LoadsWithItsNetwork) {
  Json document = good();
  document["network_patch"] = Json::parse(
      R"({"windows": {"reply": 2}, "nodes": {"mipp": {"supports": ["simultaneous"]}}})");
  document["needs"] = Json::parse(R"({"mipp": ["simultaneous"]})");
  const Scenario scenario = load_scenario(write("mipp/s", document));
  EXPECT_EQ(scenario.id, "mipp/s");
  EXPECT_EQ(scenario.section, "2.2");
  ASSERT_EQ(scenario.proves.size(), 1U);
  EXPECT_EQ(scenario.proves[0]->id, "MIPP-2.2-01");
  EXPECT_TRUE(scenario.network.nodes[testing::kMipp].declares("simultaneous"));
  EXPECT_EQ(scenario.network_document["nodes"]["mipp"]["supports"][0], "simultaneous");
  ASSERT_EQ(scenario.needs.size(), 1U);
  EXPECT_EQ(scenario.needs[0].node, testing::kMipp);
  EXPECT_THAT(scenario.needs[0].features, ElementsAre("simultaneous"));
  EXPECT_EQ(scenario.settle, std::chrono::milliseconds(2500));
  ASSERT_EQ(scenario.script.size(), 1U);
  EXPECT_EQ(scenario.script[0].at, net::Duration::zero());
  EXPECT_EQ(scenario.script[0].text, "mn attach link visited");
  const auto& attach = std::get<Tell>(scenario.script[0].action);
  EXPECT_EQ(attach.verb, "attach");
  EXPECT_EQ(attach.arguments, nlohmann::json({{"link", "visited"}}));
}

TEST_F(ScenarioFile, TakesTheIcsOverThePatchOfTheScenario) {
  Json document = good();
  document["network_patch"] = Json::parse(R"({"nodes": {"mipp": {"supports": ["simultaneous"]}}})");
  const auto path = write("mipp/s", document);
  const Json ics = Json::parse(R"({"mipp": {"edition": "RFC 2002", "supports": ["nai"]},
                                   "elsewhere": {"supports": ["nai"]}})");
  const Scenario scenario = load_scenario(path, ics);
  const model::Node& mipp = scenario.network.nodes[testing::kMipp];
  EXPECT_THAT(mipp.supports, ElementsAre("nai"));
  EXPECT_EQ(mipp.edition, model::Edition::rfc2002);
}

TEST_F(ScenarioFile, TakesOutWhatAnImplementationLacks) {
  Json document = good();
  document["network_patch"] =
      Json::parse(R"({"nodes": {"mipp": {"supports": ["simultaneous", "nai"]}}})");
  const auto path = write("mipp/s", document);
  const Scenario scenario =
      load_scenario(path, Json::parse(R"({"mipp": {"lacks": ["simultaneous"]}})"));
  EXPECT_THAT(scenario.network.nodes[testing::kMipp].supports, ElementsAre("nai"));
  EXPECT_FALSE(scenario.network_document["nodes"]["mipp"].contains("lacks"));
}

TEST_F(ScenarioFile, TellsWhatANetworkPatchBroke) {
  Json document = good();
  document["network_patch"] = Json::parse(R"({"nodes": {"mipp": {"rolle": "nat"}}})");
  const auto path = write("mipp/s", document);
  EXPECT_THAT([&] { load_scenario(path); },
              ThrowsMessage<InputError>((root_ / "networks/dmz.json").string() + " patched by " +
                                        path.string() +
                                        ": /nodes/mipp/rolle: unknown member `rolle`, did you "
                                        "mean `role`? (schema)"));
}

TEST_F(ScenarioFile, FindsFilesSortedAndOnce) {
  const auto b = write("mipp/b", good("mipp/b"));
  const auto a = write("mipp/a", good("mipp/a"));
  EXPECT_THAT(scenario_files({b, root_}), ElementsAre(b, a));
  const auto scenarios = load_scenarios({root_});
  ASSERT_EQ(scenarios.size(), 2U);
  EXPECT_EQ(scenarios[0].id, "mipp/a");
  EXPECT_EQ(scenarios[1].id, "mipp/b");
}

TEST_F(ScenarioFile, ComplainsAboutPathsWithoutScenarios) {
  EXPECT_THAT([&] { scenario_files({root_ / "none"}); },
              ThrowsMessage<InputError>((root_ / "none").string() +
                                        ": does not exist; must be a scenario or a directory of "
                                        "them"));
  EXPECT_THAT([&] { scenario_files({root_ / "mipp"}); },
              ThrowsMessage<InputError>((root_ / "mipp").string() +
                                        ": holds no scenario; must hold .json files"));
}

TEST_F(ScenarioFile, ComplainsAboutTheIdOfAnother) {
  const auto path = write("mipp/s", good("mipp/x"));
  EXPECT_THAT(
      [&] { load_scenario(path); },
      ThrowsMessage<InputError>(
          path.string() + ": /scenario: is \"mipp/x\"; must be \"mipp/s\", as the path says"));
  std::filesystem::create_directory(top_ / "one");
  std::filesystem::create_directory(top_ / "two");
  Json here = good("same");
  here["network"] = "../scenarios/networks/dmz.json";
  for (const char* name : {"one/s.json", "two/s.json"}) std::ofstream(top_ / name) << here.dump();
  EXPECT_THAT(
      [&] {
        load_scenarios({top_ / "one", top_ / "two"});
      },
      ThrowsMessage<InputError>((top_ / "two/s.json").string() +
                                ": /scenario: is \"same\", as in " +
                                (top_ / "one/s.json").string() + "; must be an id of its own"));
}

TEST_F(ScenarioFile, TellsAllThatIsWrongWithSteps) {
  Json document = good();
  document["proves"] = {"MIPP-9.9-99"};
  document["script"] = Json::parse(R"([{"node": "nm", "do": "attach", "link": "visited"},
                                       {"node": "mn", "do": "atach", "link": "visited"}])");
  const auto path = write("mipp/s", document);
  std::vector<std::string> problems;
  scenario_from_document(model::read_document(path), path, {}, &problems);
  EXPECT_THAT(problems,
              ElementsAre(::testing::StartsWith(path.string() + ": /proves/0: unknown requirement"),
                          path.string() + ": /script/0/node: unknown node `nm`, did you mean `mn`?",
                          path.string() + ": /script/1/do: unknown command of a "
                                          "mobile-node `atach`, did you mean `attach`?"));
}

/// A merge patch that breaks the good scenario, and the complaint behind the file's name.
struct Wrong {
  std::string_view patch;
  std::string_view complaint;
};

class WrongScenario : public ScenarioFile, public ::testing::WithParamInterface<Wrong> {};

TEST_P(WrongScenario, IsComplainedAboutInOneLine) {
  Json document = good();
  document.merge_patch(Json::parse(GetParam().patch));
  const auto path = write("mipp/s", document);
  EXPECT_THAT([&] { load_scenario(path); },
              ThrowsMessage<InputError>(path.string() + ": " + std::string(GetParam().complaint)));
}

INSTANTIATE_TEST_SUITE_P(
    Header, WrongScenario,
    ::testing::Values(
        Wrong{R"({"script": null})",
              "/script: is missing; must be an array of 1 to 1000 steps (schema)"},
        Wrong{R"({"script": []})", "/script: is []; must be an array of 1 to 1000 steps (schema)"},
        Wrong{R"({"proves": ["MIPP-2.2-01", "MIPP-2.2-01"]})",
              "/proves/1: is MIPP-2.2-01 again; must stand once"},
        Wrong{R"({"proves": ["MIPP-2.2-0x"]})",
              "/proves/0: unknown requirement `MIPP-2.2-0x`, did you mean `MIPP-2.2-01`?"},
        Wrong{R"({"needs": {"nope": []}})",
              "/needs/nope: unknown node `nope`, there are: mn, fa, mipp, ha"},
        Wrong{R"({"needs": {"mipp": ["simultaneos"]}})",
              "/needs/mipp/0: unknown condition `simultaneos`, did you mean `simultaneous`?"}));

INSTANTIATE_TEST_SUITE_P(
    Steps, WrongScenario,
    ::testing::Values(
        Wrong{R"({"script": [{"at": 1, "after": 1}]})",
              "/script/0: has both \"at\" and \"after\"; must have one of them"},
        Wrong{R"({"script": [{"at": 5}, {"at": 3}]})",
              "/script/1/at: is before 5 s, when an earlier step begins; must not be"},
        Wrong{R"({"script": [{"at": 1e300}]})",
              "/script/0/at: is 1e+300; must be a number of seconds from 0 to 1000000 (schema)"},
        Wrong{R"({"script": [{}]})",
              "/script/0: does nothing; must have one of do, expect, expect_none, send, icmp, "
              "mutate, drop, delay, duplicate, reorder, corrupt"},
        Wrong{R"({"script": [{"expect": {"link": "home"}, "drop": {"link": "home"}}]})",
              "/script/0: does both expect and drop; must do one thing"},
        Wrong{R"({"script": [{"within": 1, "drop": {"link": "home"}}]})",
              "/script/0/within: has no meaning here; must stand beside expect or expect_none"},
        Wrong{R"({"script": [{"node": "mn", "do": "attach"}]})",
              "/script/0: lacks \"link\", which attach needs"},
        Wrong{R"({"script": [{"node": "mn", "do": "attach", "link": "private"}]})",
              "/script/0/link: is `private`, where mn is not attached; must be one of visited, "
              "home"},
        Wrong{R"({"script": [{"node": "mn", "do": "renew", "code": 5}]})",
              "/script/0/code: is no argument of renew of a mobile-node"},
        Wrong{R"({"script": [{"node": "mipp", "do": "silence"}]})",
              "/script/0/do: unknown command of a mip-proxy `silence`, there are: restart"},
        Wrong{R"({"script": [{"node": "mn", "do": "send", "to": "cn.home"}]})",
              "/script/0/to: unknown node `cn`, did you mean `mn`?"}));

INSTANTIATE_TEST_SUITE_P(
    Matches, WrongScenario,
    ::testing::Values(
        Wrong{R"({"script": [{"expect": {"link": "privat"}}]})",
              "/script/0/expect/link: unknown link `privat`, did you mean `private`?"},
        Wrong{R"({"script": [{"expect": {"link": "home", "message": "registration-reqest"}}]})",
              "/script/0/expect/message: unknown message `registration-reqest`, did you mean "
              "`registration-request`?"},
        Wrong{R"({"script": [{"expect": {"link": "home", "from": "fax"}}]})",
              "/script/0/expect/from: unknown node `fax`, did you mean `fa`?"},
        Wrong{R"({"script": [{"expect": {"link": "home", "extensions": ["nia"]}}]})",
              "/script/0/expect/extensions/0: unknown extension `nia`, did you mean `nai`?"},
        Wrong{R"({"script": [{"expect": {"link": "home", "fields": {"lifetime": 3}}}]})",
              "/script/0/expect/fields/lifetime: names the field lifetime of any message; must "
              "name the layer, such as registration-request.lifetime, or stand beside a "
              "\"message\""},
        Wrong{R"({"script": [{"expect": {"link": "home", "message": "registration-reply",
                                         "fields": {"care_of_address": "10.0.0.1"}}}]})",
              "/script/0/expect/fields/care_of_address: unknown field of registration-reply "
              "`care_of_address`, there are: type, code, lifetime, home_address, home_agent, "
              "identification"},
        Wrong{R"({"script": [{"expect": {"link": "home", "message": "registration-reply",
                                         "fields": {"code": 256}}}]})",
              "/script/0/expect/fields/code: is 256; must be a number from 0 to 255"},
        Wrong{R"({"script": [{"expect": {"link": "home", "message": "registration-reply",
                                         "fields": {"code": {"at_moost": 6}}}}]})",
              "/script/0/expect/fields/code: must be a value or one of {\"at_most\": v}, "
              "{\"at_least\": v}, {\"not\": v}, {\"one_of\": [v, v]}, {\"same_as\": "
              "\"name.field\"}"},
        Wrong{R"({"script": [{"expect": {"link": "home", "message": "registration-reply",
                                         "fields": {"home_agent": {"at_most": 6}}}}]})",
              "/script/0/expect/fields/home_agent/at_most: bounds home_agent, which is no number; "
              "must be a value"},
        Wrong{R"({"script": [{"expect": {"link": "home", "message": "registration-reply",
                                         "fields": {"code": {"same_as": "rrq.code"}}}}]})",
              "/script/0/expect/fields/code/same_as: unknown frame `rrq`; must be named by `as` of "
              "an earlier step"},
        Wrong{R"({"script": [{"expect": {"link": "home"}, "as": "a"},
                             {"expect": {"link": "home"}, "as": "a"}]})",
              "/script/1/as: names a second frame a; must be a name of its own"}));

INSTANTIATE_TEST_SUITE_P(
    Frames, WrongScenario,
    ::testing::Values(
        Wrong{R"({"script": [{"send": {"link": "public"}}]})",
              "/script/0/send: must have one of \"message\", \"like\" and \"raw\""},
        Wrong{R"({"script": [{"send": {"link": "public", "raw": "0x"}}]})",
              "/script/0/send/raw: is \"0x\"; must be octets as hex digits"},
        Wrong{R"({"script": [{"send": {"link": "public", "message": "registration-reply"}}]})",
              "/script/0/send: lacks \"from\" or \"to\", which a message needs"},
        Wrong{R"({"script": [{"send": {"link": "public", "message": "registration-reply",
                                       "from": "ha", "to": "mn"}}]})",
              "/script/0/send/from: is ha, which has no address on public; must be one of "
              "ha.private, ha.home"},
        Wrong{R"({"script": [{"send": {"link": "public", "message": "registration-reply",
                                       "from": "tester", "to": "mn"}}]})",
              "/script/0/send/from: is the tester, which has no address; must be a node or an "
              "address"},
        Wrong{R"({"script": [{"send": {"link": "public", "message": "registration-reply",
                                       "from": "fa", "to": "mn", "via": "ha"}}]})",
              "/script/0/send/via: is ha, which is not on public; must be a node of the link"},
        Wrong{R"({"script": [{"send": {"link": "public", "message": "registration-reply",
                "from": "fa", "to": "mn",
                "extensions": [{"extension": "mobile-home-authentication", "as": "fa", "with": "ha"}]}}]})",
              "/script/0/send/extensions/0/with: is ha, which shares no security association with "
              "fa; must be a node that does"},
        Wrong{R"({"script": [{"send": {"link": "public", "message": "registration-reply",
                "from": "fa", "to": "mn", "extensions": [{"extension": "nai", "as": "fa", "with": "mn"}]}}]})",
              "/script/0/send/extensions/0: signs a nai; \"as\" and \"with\" must stand in "
              "mobile-home-, mobile-foreign- or foreign-home-authentication alone"},
        Wrong{
            R"({"script": [{"icmp": {"link": "public", "from": "fa", "to": "mn", "about": "x"}}]})",
            "/script/0/icmp/about: unknown frame `x`; must be named by `as` of an earlier step"},
        Wrong{R"({"script": [{"mutate": {"link": "public", "message": "registration-reply",
                                         "flip_bit": {"field": "code", "bit": 8}}}]})",
              "/script/0/mutate/flip_bit/bit: is 8; must be a bit of code, from 0 to 7"}));

TEST(Scenarios, OfTheProjectLoad) {
  const auto scenarios = load_scenarios({std::filesystem::path(MIPVET_SOURCE_DIR) / "scenarios"});
  EXPECT_GE(scenarios.size(), 30U);
}

}  // namespace
}  // namespace mipvet::scenario

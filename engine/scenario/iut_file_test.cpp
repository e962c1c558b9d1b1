#include "engine/scenario/iut_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mipvet::scenario {
namespace {

using model::InputError;
using model::Json;
using ::testing::ElementsAre;
using ::testing::ThrowsMessage;

constexpr std::string_view kIut = R"({"iut": "a proxy", "nodes": {
  "mipp": {"attachments": {"public": {"interface": "pub0"}, "private": {"interface": "priv0"}},
           "setup": ["ip addr add {address.public} dev {interface.public}"],
           "start": "exec {mipvet} act mip-proxy --network {network} --node {node}",
           "ready": {"output": "ready"}, "stop": "true", "reset": "kill -HUP ${PID}",
           "triggers": {"attach": {"input": "attach {link}"}, "renew": {"command": "awk '{print}' {} x"}},
           "ics": {"edition": "RFC 3344", "supports": ["simultaneous"]}},
  "nat": {"attachments": {"public": {"interface": "eth0"}},
          "setup": ["nft add table ip t"], "ready": {"after": 0.5}}}})";

IutFile load(const Json& json) {
  return iut_from_document({"iut.json", json}, "iut.json");
}

TEST(IutFile, LoadsEverything) {
  Json json = Json::parse(kIut);
  json["nodes"]["mipp"]["triggers"]["renew"]["command"] = "awk '{ print }' {} ${x}";
  const IutFile file = load(json);
  EXPECT_EQ(file.title, "a proxy");
  ASSERT_EQ(file.nodes.size(), 2U);
  const Implementation& mipp = file.nodes[0];
  EXPECT_EQ(mipp.node, "mipp");
  ASSERT_EQ(mipp.attachments.size(), 2U);
  EXPECT_EQ(mipp.attachments[1].link, "private");
  EXPECT_EQ(mipp.attachments[1].interface, "priv0");
  EXPECT_THAT(mipp.setup, ElementsAre("ip addr add {address.public} dev {interface.public}"));
  EXPECT_EQ(mipp.ready_output, "ready");
  EXPECT_EQ(mipp.triggers.at("attach").input, "attach {link}");
  EXPECT_EQ(file.nodes[1].ready_after, std::chrono::milliseconds(500));
  EXPECT_EQ(file.ics.dump(), R"({"mipp":{"edition":"RFC 3344","supports":["simultaneous"]}})");
}

TEST(IutFile, TellsWhichOfItsNodesANetworkHas) {
  IutFile file;
  file.nodes.resize(2);
  file.nodes[0].node = "mipp";
  file.nodes[1].node = "nat";
  model::Network network;
  network.nodes.resize(2);
  network.nodes[0].name = "ha";
  network.nodes[1].name = "nat";
  EXPECT_THAT(file.implementations_in(network), ElementsAre(&file.nodes[1]));
}

TEST(IutFile, FillsPlaceholdersIn) {
  const Placeholders known = {{"node", "mipp"}, {"interface.public", "pub0"}};
  EXPECT_EQ(filled_in("{node} {interface.public} {other} ${node} {} { node } {node", known),
            "mipp pub0 {other} ${node} {} { node } {node");
  EXPECT_EQ(filled_in("{{node}}", known), "{mipp}");
  EXPECT_EQ(filled_in("", known), "");
  EXPECT_EQ(unknown_placeholder("{node} {no-such} {x}", {"node"}), "no-such");
  EXPECT_EQ(unknown_placeholder("{ x } ${x} {}", {"node"}), std::nullopt);
}

struct Wrong {
  std::string_view patch;
  std::string_view complaint;
};

class WrongIut : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongIut, IsComplainedAboutInOneLine) {
  Json json = Json::parse(kIut);
  json["nodes"]["mipp"]["triggers"]["renew"]["command"] = "true";
  json.merge_patch(Json::parse(GetParam().patch));
  EXPECT_THAT([&] { load(json); },
              ThrowsMessage<InputError>("iut.json: " + std::string(GetParam().complaint)));
}

INSTANTIATE_TEST_SUITE_P(
    All, WrongIut,
    ::testing::Values(
        Wrong{R"({"iut": null})", "/iut: is missing; must be the implementation's name (schema)"},
        Wrong{R"({"nodes": {"mipp": {"strat": "x"}}})",
              "/nodes/mipp/strat: unknown member `strat`, did you mean `start`? (schema)"},
        Wrong{
            R"({"nodes": {"mipp": {"attachments": {"public": {"interface": "much-too-long-a-name"}}}}})",
            "/nodes/mipp/attachments/public/interface: is \"much-too-long-a-name\"; must be the "
            "name of a network interface, 1 to 15 characters (schema)"},
        Wrong{R"({"nodes": {"mipp": {"attachments": {"public": {"interface": "a b"}}}}})",
              "/nodes/mipp/attachments/public/interface: is \"a b\"; must be the name of a network "
              "interface such as eth0"},
        Wrong{R"({"nodes": {"mipp": {"attachments": {"public": {"interface": "priv0"}}}}})",
              "/nodes/mipp/attachments/private/interface: is priv0 again; must be an interface of "
              "its own"},
        Wrong{R"({"nodes": {"mipp": {"start": "x {nod}"}}})",
              "/nodes/mipp/start: unknown placeholder `nod`, did you mean `node`?"},
        Wrong{R"({"nodes": {"mipp": {"setup": ["x {link}"]}}})",
              "/nodes/mipp/setup/0: unknown placeholder `link`, there are: node, network, mipvet, "
              "here, logs, routes, ike.psk, ike.id, ike.peer, interface.public, mac.public, "
              "address.public, gateway.public, interface.private, mac.private, address.private, "
              "gateway.private"},
        Wrong{R"({"nodes": {"nat": {"ready": {"after": null, "output": "x"}}}})",
              "/nodes/nat/ready/output: waits for the output of nothing; must stand beside "
              "\"start\""},
        Wrong{R"({"nodes": {"nat": {"triggers": {"forget": {"input": "x"}}}}})",
              "/nodes/nat/triggers/forget/input: is input for nothing; must stand beside "
              "\"start\""},
        Wrong{R"({"nodes": {"mipp": {"ready": {"after": 1}}}})",
              "/nodes/mipp/ready: is an object; must be {\"output\": \"text that it prints\"} or "
              "{\"after\": seconds} (schema)"},
        Wrong{R"({"nodes": {"mipp": {"ics": {"supports": ["simultaneos"]}}}})",
              "/nodes/mipp/ics/supports/0: unknown condition `simultaneos`, did you mean "
              "`simultaneous`?"}));

}  // namespace
}  // namespace mipvet::scenario

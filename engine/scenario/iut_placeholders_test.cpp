#include "engine/scenario/iut_placeholders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/model/network_file.h"

namespace mipvet::scenario {
namespace {

constexpr std::string_view kNetwork = R"({
 "network": "vpn",
 "links": {"public": {"side": "external"}, "inside": {"side": "internal"}},
 "nodes": {
   "mn": {"role": "mobile-node", "attachments": {"public": {"address": "203.0.113.77/24"}},
          "parameters": {"vpn": {"gateway": "gw.public", "mobike": true}}},
   "gw": {"role": "vpn-gateway",
          "attachments": {"public": {"address": "203.0.113.1/24"}, "inside": {"address": "10.0.0.1/24"}},
          "routes": [{"to": "10.1.0.0/24", "via": "10.0.0.2"}, {"to": "10.2.0.0/24", "via": "10.0.0.3"}],
          "parameters": {"outside": "public", "inside": "inside", "pool": "10.20.0.0/28", "mobike": false,
                         "esp": ["aes128-sha256", "aes256gcm16"], "keepalive": 20}}},
 "ike": [{"between": ["mn", "gw"], "psk": "a secret", "ids": {"mn": "mn@example.com", "gw": "gw.example.com"}}]
})";

std::string filled(std::string_view node, const std::string& command,
                   std::string_view patch = "{}") {
  model::Document document = model::parse_document(kNetwork, "vpn.json");
  document.json.merge_patch(model::Json::parse(patch));
  const model::Network network = model::network_from_document(document);
  return completed(command, placeholders_of(network, network.find_node(node)));
}

TEST(IutPlaceholders, TellParameters) {
  EXPECT_EQ(
      filled("gw", "{parameter.pool} {parameter.mobike} {parameter.esp} {parameter.keepalive}"),
      "10.20.0.0/28 no aes128-sha256,aes256gcm16 20");
  EXPECT_EQ(filled("mn", "{parameter.vpn.gateway} {parameter.vpn.mobike}"), "203.0.113.1 yes");
}

TEST(IutPlaceholders, AParameterThatIsNotThereIsEmpty) {
  EXPECT_EQ(filled("gw", "--pool '{parameter.pool}' {x} ${parameter.pool}",
                   R"({"nodes": {"gw": {"parameters": {"pool": null}}}})"),
            "--pool '' {x} ${parameter.pool}");
  EXPECT_EQ(filled("gw", "{parameter.no such} {parameter.}"), "{parameter.no such} ");
}

TEST(IutPlaceholders, TellCredentials) {
  EXPECT_EQ(filled("gw", "{ike.id} {ike.peer} {ike.psk}"),
            "gw.example.com mn@example.com a secret");
  EXPECT_EQ(filled("mn", "{ike.id} {ike.peer}"), "mn@example.com gw.example.com");
  EXPECT_EQ(filled("gw", "{ike.psk}", R"({"nodes": {"gw": {"parameters": {"psk": "other"}}}})"),
            "other");
  EXPECT_EQ(
      filled("mn", "{ike.psk}", R"({"nodes": {"mn": {"parameters": {"vpn": {"psk": "my"}}}}})"),
      "my");
  EXPECT_EQ(filled("gw", "<{ike.id}{ike.psk}>", R"({"ike": null})"), "<>");
}

TEST(IutPlaceholders, TellRoutesAndPeers) {
  EXPECT_EQ(filled("gw", "{routes} {peer.mn.public}"),
            "10.1.0.0/24=10.0.0.2,10.2.0.0/24=10.0.0.3 203.0.113.77");
  EXPECT_EQ(filled("gw", "{peer.mn.inside}"), "{peer.mn.inside}");
}

}  // namespace
}  // namespace mipvet::scenario

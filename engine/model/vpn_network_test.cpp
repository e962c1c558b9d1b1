#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/model/network_file.h"

// What a network with a VPN gateway declares: credentials, pools, proposals, DHCP.

namespace mipvet::model {
namespace {

constexpr std::string_view kNetwork = R"({
 "network": "vpn",
 "links": {"hotspot": {"side": "external"}, "public": {"side": "external"}, "inside": {"side": "internal"}},
 "nodes": {
   "mn": {"role": "mobile-node", "home_address": "10.1.0.5", "attachments": {"hotspot": {}},
          "parameters": {"vpn": {"gateway": "gw.public", "mobike": true, "ike": ["aes128-sha256-modp2048"],
                                 "esp": ["aes128gcm16"], "keepalive": 20, "psk": "of mn"},
                         "detection": {"retries": 3, "timeout": 2}}},
   "gw": {"role": "vpn-gateway", "supports": ["mobike", "natt", "cp", "rekey", "aes-gcm"],
          "attachments": {"public": {"address": "203.0.113.1/24"}, "inside": {"address": "10.0.0.1/24"}},
          "parameters": {"outside": "public", "inside": "inside", "pool": "10.0.0.64/26",
                         "networks": ["10.0.0.0/8", "gw.inside"], "mobike": false,
                         "ike": ["aes128-aes256-sha256-sha1-modp2048", "aes256gcm16-prfsha256-curve25519-ecp256"],
                         "esp": ["aes128-sha256", "aes256gcm16-modp2048"], "keepalive": 20, "liveness": 30,
                         "translate": true, "serves_inside": false}},
   "ar": {"role": "router",
          "attachments": {"hotspot": {"address": "198.51.100.1/24"}, "public": {"address": "203.0.113.2/24"}},
          "parameters": {"dhcp": [{"link": "hotspot", "pool": "198.51.100.64/27", "lease": 3600}]}}},
 "ike": [{"between": ["mn", "gw"], "psk": "a secret", "ids": {"gw": "gw.example.com", "mn": "mn@example.com"}}]
})";

Network vpn() {
  return network_from_document(parse_document(kNetwork, "vpn.json"));
}

TEST(VpnNetwork, HasCredentials) {
  const Network network = vpn();
  const IkeCredentials* credentials = network.ike_credentials(1, 0);
  ASSERT_NE(credentials, nullptr);
  EXPECT_EQ(credentials->psk, "a secret");
  EXPECT_EQ(credentials->id_of(0), "mn@example.com");
  EXPECT_EQ(credentials->id_of(1), "gw.example.com");
  EXPECT_EQ(credentials->peer_of(1), 0);
  EXPECT_EQ(network.ike_credentials(1, 2), nullptr);
}

TEST(VpnNetwork, ResolvesParameters) {
  const Network network = vpn();
  EXPECT_EQ(network.nodes[0].parameters["vpn"]["gateway"], "203.0.113.1");
  EXPECT_EQ(network.nodes[1].parameters["pool"], "10.0.0.64/26");
  EXPECT_EQ(network.nodes[1].parameters["networks"][1], "10.0.0.1/32");
  EXPECT_TRUE(network.nodes[1].declares("aes-gcm"));
}

/// A document with one thing wrong, as a merge patch for the good one, and the complaint.
struct Wrong {
  std::string_view patch;
  std::string_view complaint;
};

class WrongVpnNetwork : public testing::TestWithParam<Wrong> {};

TEST_P(WrongVpnNetwork, IsComplainedAboutInOneLine) {
  Document document = parse_document(kNetwork, "vpn.json");
  document.json.merge_patch(Json::parse(GetParam().patch));
  EXPECT_THAT([&] { network_from_document(document); },
              testing::ThrowsMessage<InputError>(
                  testing::AllOf(testing::StartsWith(std::string(GetParam().complaint)),
                                 testing::Not(testing::HasSubstr("\n")))));
}

INSTANTIATE_TEST_SUITE_P(
    Parameters, WrongVpnNetwork,
    testing::Values(
        Wrong{R"({"nodes": {"gw": {"parameters": {"outside": null}}}})",
              "vpn.json: /nodes/gw/parameters/outside: is missing; must be the name of a link"},
        Wrong{R"({"nodes": {"gw": {"parameters": {"inside": "hotspot"}}}})",
              "vpn.json: /nodes/gw/parameters/inside: is `hotspot`, where gw is not attached"},
        Wrong{R"({"nodes": {"gw": {"parameters": {"pool": "10.0.0.65/26"}}}})",
              "vpn.json: /nodes/gw/parameters/pool: is \"10.0.0.65/26\", an address within a "
              "prefix; must be a prefix such as 10.0.0.64/26"},
        Wrong{R"({"nodes": {"gw": {"parameters": {"pool": "ten"}}}})",
              "vpn.json: /nodes/gw/parameters/pool: is \"ten\"; must be an address"},
        Wrong{R"({"nodes": {"gw": {"parameters": {"ike": ["aes128-sha256"]}}}})",
              "vpn.json: /nodes/gw/parameters/ike/0: is \"aes128-sha256\"; must be a proposal such "
              "as aes128-sha256-modp2048"},
        Wrong{R"({"nodes": {"gw": {"parameters": {"ike": ["aes128gcm16-sha256-modp2048"]}}}})",
              "vpn.json: /nodes/gw/parameters/ike/0: is "},
        Wrong{R"({"nodes": {"gw": {"parameters": {"esp": ["aes128"]}}}})",
              "vpn.json: /nodes/gw/parameters/esp/0: is \"aes128\"; must be a proposal such as "
              "aes128-sha256 or aes256gcm16"},
        Wrong{R"({"nodes": {"gw": {"parameters": {"esp": []}}}})",
              "vpn.json: /nodes/gw/parameters/esp: is []; must be an array of proposals for ESP"},
        Wrong{R"({"nodes": {"gw": {"parameters": {"mobke": true}}}})",
              "vpn.json: /nodes/gw/parameters/mobke: unknown member `mobke`, did you mean "
              "`mobike`?"},
        Wrong{R"({"nodes": {"mn": {"parameters": {"vpn": {"gateway": "gw.pub"}}}}})",
              "vpn.json: /nodes/mn/parameters/vpn/gateway: unknown address `gw.pub`"},
        Wrong{R"({"nodes": {"mn": {"parameters": {"detection": {"retries": -1}}}}})",
              "vpn.json: /nodes/mn/parameters/detection/retries: is -1; must be a whole number"},
        Wrong{
            R"({"nodes": {"ar": {"parameters": {"dhcp": [{"link": "inside", "pool": "10.0.0.0/28"}]}}}})",
            "vpn.json: /nodes/ar/parameters/dhcp/0/link: is `inside`, where ar is not attached"},
        Wrong{
            R"({"nodes": {"ar": {"parameters": {"dhcp": [{"link": "hotspot", "pool": "10.0.0.0/28"}]}}}})",
            "vpn.json: /nodes/ar/parameters/dhcp/0/pool: is 10.0.0.0/28, which is not on the link "
            "hotspot; must be within the prefix there"}));

INSTANTIATE_TEST_SUITE_P(
    Credentials, WrongVpnNetwork,
    testing::Values(
        Wrong{R"({"ike": [{"between": ["mn", "gw"], "ids": {"mn": "a", "gw": "b"}}]})",
              "vpn.json: /ike/0/psk: is missing; must be 1 to 256 printable characters"},
        Wrong{
            R"({"ike": [{"between": ["mn", "gw"], "psk": "a\"b", "ids": {"mn": "a", "gw": "b"}}]})",
            "vpn.json: /ike/0/psk: is \"a\\\"b\"; must be 1 to 256 printable characters"},
        Wrong{R"({"ike": [{"between": ["mn", "mn"], "psk": "p", "ids": {"mn": "a", "gw": "b"}}]})",
              "vpn.json: /ike/0/between/1: is the same node again; must be another node"},
        Wrong{R"({"ike": [{"between": ["mn", "gv"], "psk": "p", "ids": {"mn": "a", "gw": "b"}}]})",
              "vpn.json: /ike/0/between/1: unknown node `gv`, did you mean `gw`?"},
        Wrong{R"({"ike": [{"between": ["mn", "gw"], "psk": "p", "ids": {"mn": "a"}}]})",
              "vpn.json: /ike/0/ids: is an object; must be what the two nodes call themselves"},
        Wrong{R"({"ike": [{"between": ["mn", "gw"], "psk": "p", "ids": {"mn": "a", "ar": "b"}}]})",
              "vpn.json: /ike/0/ids/ar: is of none of the two nodes; must be of one that"},
        Wrong{
            R"({"ike": [{"between": ["mn", "gw"], "psk": "p", "ids": {"mn": "a b", "gw": "b"}}]})",
            "vpn.json: /ike/0/ids/mn: is \"a b\"; must be an ID such as mn@example.com"},
        Wrong{R"({"ike": [{"between": ["mn", "gw"], "psk": "p", "ids": {"mn": "a", "gw": "a"}}]})",
              "vpn.json: /ike/0/ids/mn: is the ID of the other node, too; must be another"},
        Wrong{R"({"ike": [{"between": ["mn", "gw"], "psk": "p", "ids": {"mn": "a", "gw": "b"}},
                          {"between": ["gw", "mn"], "psk": "q", "ids": {"mn": "a", "gw": "b"}}]})",
              "vpn.json: /ike/1: is for two nodes that have credentials already"},
        Wrong{R"({"ike": [{"between": ["mn", "gw"], "psk": "p", "ids": {"mn": "a", "gw": "b"}},
                          {"between": ["ar", "gw"], "psk": "q", "ids": {"ar": "a", "gw": "b"}}]})",
              "vpn.json: /ike/1/ids/ar: is the ID of mn for gw, too; must be another"}));

}  // namespace
}  // namespace mipvet::model

#include "engine/model/network_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mipvet::model {
namespace {

constexpr std::string_view kNetwork = R"({
 "network": "dmz", "title": "A proxy in a DMZ",
 "ha_parameter": {"type": 126, "sub_type": 3},
 "windows": {"reply": 1.5, "jitter": 0.25},
 "links": {"visited": {"side": "external"}, "public": {"side": "external"},
           "private": {"side": "dmz"}, "home": {"side": "home"}},
 "nodes": {
   "mn": {"role": "mobile-node", "home_address": "10.1.0.5", "nai": "mn@example.com",
          "edition": "RFC 2002", "attachments": {"visited": {}, "home": {"address": "10.1.0.5/24"}},
          "parameters": {"home_agent": "ha.home", "registrar": "mipp.public", "lifetime": 300}},
   "fa": {"role": "foreign-agent",
          "attachments": {"visited": {"address": "192.0.2.1/24"}, "public": {"address": "203.0.113.1/24"}},
          "routes": [{"to": "10.0.0.0/8", "via": "mipp.public"}, {"to": "ha.home", "via": "203.0.113.10"}],
          "parameters": {"serves": "visited", "care_of": "fa.public"}},
   "mipp": {"role": "mip-proxy", "supports": ["simultaneous", "nai"],
          "attachments": {"public": {"address": "203.0.113.10/24", "mac": "02:00:00:00:00:aa"},
                          "private": {"address": "10.0.0.1/24", "gateway": "10.0.0.2"}},
          "parameters": {"home_agents": ["ha.home"], "internal_prefixes": ["10.0.0.0/8", "ha.private"]}},
   "ha": {"role": "home-agent", "judged": false, "deviates": ["RFC3344-3.8.2-01"],
          "attachments": {"private": {"address": "10.0.0.2/24"}, "home": {"address": "10.1.0.1/24"}},
          "parameters": {"home": "home"}}},
 "security_associations": [
   {"between": ["mn", "mipp"], "spi": 256, "algorithm": "hmac-md5", "key": "00112233445566778899aabbccddeeff"},
   {"between": ["mn", "ha"], "spi": 512, "algorithm": "keyed-md5", "key": "0123", "replay": "nonces", "tolerance": 9}]
})";

wire::Ipv4Address ip(std::string_view text) {
  return wire::Ipv4Address::parse(text).value();
}

Network dmz() {
  return network_from_document(parse_document(kNetwork, "dmz.json"));
}

TEST(NetworkFile, LoadsEverything) {
  const Network network = dmz();
  EXPECT_EQ(network.name, "dmz");
  EXPECT_EQ(network.title, "A proxy in a DMZ");
  EXPECT_EQ(network.decode.ha_parameter_type, 126);
  EXPECT_EQ(network.decode.ha_parameter_sub_type, 3);
  EXPECT_EQ(network.windows.reply, std::chrono::milliseconds(1500));
  EXPECT_EQ(network.windows.jitter, std::chrono::milliseconds(250));
  EXPECT_EQ(network.tester_mac.to_string(), "02:00:00:00:ff:ff");
  ASSERT_EQ(network.links.size(), 4U);
  EXPECT_EQ(network.links[2].name, "private");
  EXPECT_EQ(network.links[2].side, Side::dmz);

  ASSERT_EQ(network.nodes.size(), 4U);
  const Node& mn = network.nodes[0];
  EXPECT_EQ(mn.role, Role::mobile_node);
  EXPECT_EQ(mn.edition, Edition::rfc2002);
  EXPECT_EQ(mn.nai, "mn@example.com");
  EXPECT_TRUE(mn.judged);
  EXPECT_EQ(mn.home_address->to_string(), "10.1.0.5/32");
  EXPECT_FALSE(mn.is_population());
  EXPECT_FALSE(mn.attachments[0].address);
  EXPECT_EQ(mn.attachments[1].mac.to_string(), "02:00:00:03:00:00");
  EXPECT_EQ(mn.parameters["home_agent"], "10.1.0.1");
  EXPECT_EQ(mn.parameters["registrar"], "203.0.113.10");
  EXPECT_EQ(mn.parameters["lifetime"], 300);

  const Node& fa = network.nodes[1];
  EXPECT_EQ(fa.edition, Edition::rfc3344);
  EXPECT_EQ(fa.parameters["care_of"], "203.0.113.1");
  ASSERT_EQ(fa.routes.size(), 2U);
  EXPECT_EQ(fa.routes[0].destination.to_string(), "10.0.0.0/8");
  EXPECT_EQ(fa.routes[0].next_hop, ip("203.0.113.10"));
  EXPECT_EQ(fa.routes[1].destination.to_string(), "10.1.0.1/32");

  const Node& mipp = network.nodes[2];
  EXPECT_TRUE(mipp.declares("simultaneous"));
  EXPECT_FALSE(mipp.declares("broadcast"));
  EXPECT_EQ(mipp.attachments[0].mac.to_string(), "02:00:00:00:00:aa");
  EXPECT_EQ(mipp.attachments[1].gateway, ip("10.0.0.2"));
  EXPECT_EQ(mipp.parameters["home_agents"][0], "10.1.0.1");
  EXPECT_EQ(mipp.parameters["internal_prefixes"][1], "10.0.0.2/32");
  EXPECT_FALSE(network.nodes[3].judged);
  EXPECT_EQ(network.nodes[3].deviates, (std::vector<std::string>{"RFC3344-3.8.2-01"}));
  EXPECT_TRUE(mipp.deviates.empty());

  ASSERT_EQ(network.associations.size(), 2U);
  const auto& nonces = network.associations[1].association;
  EXPECT_EQ(nonces.spi, 512U);
  EXPECT_EQ(nonces.algorithm, crypto::Algorithm::keyed_md5);
  EXPECT_EQ(nonces.key, (wire::Buffer{0x01, 0x23}));
  EXPECT_EQ(nonces.replay, crypto::Replay::nonces);
  EXPECT_EQ(nonces.tolerance, std::chrono::seconds(9));
}

TEST(Network, FindsOwnersAddressesAndAssociations) {
  const Network network = dmz();
  EXPECT_EQ(network.find_node("ha"), 3);
  EXPECT_EQ(network.find_node("hb"), kNobody);
  EXPECT_EQ(network.find_link("home"), LinkId{3});
  EXPECT_EQ(network.find_link("hom"), std::nullopt);
  EXPECT_EQ(network.owner(ip("10.1.0.5")), 0);
  EXPECT_EQ(network.owner(ip("10.1.0.1")), 3);
  EXPECT_EQ(network.owner(ip("10.1.0.9")), kNobody);
  EXPECT_EQ(network.owner(*wire::MacAddress::parse("02:00:00:00:00:aa")), 2);
  EXPECT_EQ(network.owner(network.tester_mac), kNobody);
  EXPECT_EQ(network.resolve("mipp.private"), ip("10.0.0.1"));
  EXPECT_EQ(network.resolve("mn.home_address"), ip("10.1.0.5"));
  EXPECT_EQ(network.resolve("192.0.2.9"), ip("192.0.2.9"));
  EXPECT_EQ(network.resolve("mn.visited"), std::nullopt);
  EXPECT_EQ(network.resolve("mipp"), std::nullopt);
  EXPECT_EQ(network.association(2, 0)->association.spi, 256U);
  EXPECT_EQ(network.association(0, 3, 512)->association.spi, 512U);
  EXPECT_EQ(network.association(0, 3, 513), nullptr);
  EXPECT_EQ(network.association(1, 3), nullptr);
}

TEST(Network, KnowsAPopulationByItsPrefix) {
  Document document = parse_document(kNetwork, "dmz.json");
  document.json["nodes"]["mn"]["home_address"] = "10.2.0.0/16";
  const Network network = network_from_document(document);
  EXPECT_TRUE(network.nodes[0].is_population());
  EXPECT_EQ(network.owner(ip("10.2.200.1")), 0);
}

/// A document with one thing wrong, as a merge patch for the good one, and the complaint.
struct Wrong {
  std::string_view patch;
  std::string_view complaint;
};

class WrongNetwork : public testing::TestWithParam<Wrong> {};

TEST_P(WrongNetwork, IsComplainedAboutInOneLine) {
  Document document = parse_document(kNetwork, "dmz.json");
  document.json.merge_patch(Json::parse(GetParam().patch));
  EXPECT_THAT([&] { network_from_document(document); },
              testing::ThrowsMessage<InputError>(std::string(GetParam().complaint)));
}

INSTANTIATE_TEST_SUITE_P(
    Schema, WrongNetwork,
    testing::Values(
        Wrong{R"({"network": null})",
              "dmz.json: /network: is missing; must be the network's name (schema)"},
        Wrong{R"({"network": 7})", "dmz.json: /network: is 7; must be the network's name (schema)"},
        Wrong{R"({"lnks": {}})",
              "dmz.json: /lnks: unknown member `lnks`, did you mean `links`? (schema)"},
        Wrong{R"({"links": {"visited": {"side": "outside"}}})",
              "dmz.json: /links/visited/side: is \"outside\"; must be one of external, dmz, "
              "internal, home (schema)"},
        Wrong{R"({"links": {"visited": null, "public": null, "private": null, "home": null}})",
              "dmz.json: /links: is {}; must be an object with 1 to 100 links by name (schema)"},
        Wrong{R"({"nodes": {"mn": {"role": null}}})",
              "dmz.json: /nodes/mn/role: is missing; must be one of mobile-node, mobile-router, "
              "secure-mobile-node, foreign-agent, nat, home-agent, gateway-home-agent, mip-proxy, "
              "security-gateway, vpn-gateway, correspondent-node, firewall, router (schema)"},
        Wrong{R"({"nodes": {"mn": {"parameters": {"lifetime": -5}}}})",
              "dmz.json: /nodes/mn/parameters/lifetime: is -5; must be a whole number of seconds "
              "from 0 to 65535 (schema)"},
        Wrong{R"({"nodes": {"mn": {"parameters": {"lifetime": 1e300}}}})",
              "dmz.json: /nodes/mn/parameters/lifetime: is 1e+300; must be a whole number of "
              "seconds from 0 to 65535 (schema)"},
        Wrong{R"({"nodes": {"mn": {"parameters": {"lifetme": 5}}}})",
              "dmz.json: /nodes/mn/parameters/lifetme: unknown member `lifetme`, did you mean "
              "`lifetime`? (schema)"},
        Wrong{R"({"nodes": {"ha": {"parameters": {"registrar": "10.0.0.1"}}}})",
              "dmz.json: /nodes/ha/parameters/registrar: unknown member `registrar`, there are: "
              "home, advertise, max_lifetime, reverse_tunneling, deny, udp_tunnel, answers, delay "
              "(schema)"},
        Wrong{R"({"nodes": {"x": {"role": "firewall", "attachments": {"home": {}},
                                  "parameters": {"a": 1}}}})",
              "dmz.json: /nodes/x/parameters/a: unknown member `a` (schema)"},
        Wrong{R"({"security_associations": [{"between": ["mn", "ha"], "spi": 5, "key": "00"}]})",
              "dmz.json: /security_associations/0/spi: is 5; must be a whole number from 256 to "
              "4294967295 (RFC 3344 3.5.1) (schema)"},
        Wrong{R"({"security_associations": [7]})",
              "dmz.json: /security_associations/0: is 7; must be a security association (schema)"},
        Wrong{
            R"({"windows": {"reply": "soon"}})",
            "dmz.json: /windows/reply: is \"soon\"; must be a number of seconds from 0 to 1000000 "
            "(schema)"}));

INSTANTIATE_TEST_SUITE_P(
    Names, WrongNetwork,
    testing::Values(
        Wrong{R"({"nodes": {"Mn": {"role": "router", "attachments": {"home": {}}}}})",
              "dmz.json: /nodes/Mn: is no name; must be at most 32 lower-case letters, digits and "
              "-, a letter first"},
        Wrong{R"({"nodes": {"fa": {"attachments": {"publik": {}}}}})",
              "dmz.json: /nodes/fa/attachments/publik: unknown link `publik`, did you mean "
              "`public`?"},
        Wrong{R"({"nodes": {"fa": {"attachments": {"public": {"address": "203.0.113.1"}}}}})",
              "dmz.json: /nodes/fa/attachments/public/address: is \"203.0.113.1\"; must be an "
              "address with the length of the link's prefix such as 192.0.2.1/24"},
        Wrong{R"({"nodes": {"fa": {"attachments": {"public": {"address": "203.0.113.10/24"}}}}})",
              "dmz.json: /nodes/mipp/attachments/public/address: is 203.0.113.10, which fa has; "
              "must be an address of its own"},
        Wrong{R"({"nodes": {"fa": {"attachments": {"public": {"mac": "02:00:00:03:00:00"}}}}})",
              "dmz.json: /nodes/fa/attachments/public: has the MAC address 02:00:00:03:00:00 of "
              "mn; must have one of its own"},
        Wrong{R"({"nodes": {"fa": {"attachments": {"public": {"mac": "02:00:00:00:ff:ff"}}}}})",
              "dmz.json: /nodes/fa/attachments/public: has the tester's MAC address "
              "02:00:00:00:ff:ff; must have one of its own"},
        Wrong{R"({"tester": {"mac": "ff:ff:ff:ff:ff:ff"}})",
              "dmz.json: /tester/mac: is \"ff:ff:ff:ff:ff:ff\"; must be the MAC address of one "
              "station such as 02:00:00:00:00:01"},
        Wrong{R"({"nodes": {"mipp": {"attachments": {"private": {"gateway": "10.9.0.2"}}}}})",
              "dmz.json: /nodes/mipp/attachments/private/gateway: is 10.9.0.2, which is not on the "
              "link; must be in the prefix of the attachment's address"},
        Wrong{R"({"nodes": {"fa": {"routes": [{"to": "10.0.0.0/8", "via": "10.0.0.1"}]}}})",
              "dmz.json: /nodes/fa/routes/0/via: is 10.0.0.1, which is on no link of fa; must be a "
              "neighbour"},
        Wrong{R"({"nodes": {"fa": {"routes": [{"to": "10.0.0.0/33", "via": "10.0.0.1"}]}}})",
              "dmz.json: /nodes/fa/routes/0/to: is \"10.0.0.0/33\"; must be a prefix such as "
              "192.0.2.0/24"},
        Wrong{R"({"nodes": {"mn": {"parameters": {"registrar": "mip.public"}}}})",
              "dmz.json: /nodes/mn/parameters/registrar: unknown node `mip`, did you mean `mipp`?"},
        Wrong{R"({"nodes": {"mn": {"parameters": {"registrar": "mipp.publik"}}}})",
              "dmz.json: /nodes/mn/parameters/registrar: unknown address `mipp.publik`, did you "
              "mean `mipp.public`?"},
        Wrong{R"({"nodes": {"mn": {"parameters": {"registrar": "192.0.2.256"}}}})",
              "dmz.json: /nodes/mn/parameters/registrar: is \"192.0.2.256\"; must be an address "
              "such as 192.0.2.1 or mipp.private"},
        Wrong{R"({"nodes": {"fa": {"parameters": {"serves": "home"}}}})",
              "dmz.json: /nodes/fa/parameters/serves: is `home`, where fa is not attached; must be "
              "one of visited, public"},
        Wrong{R"({"nodes": {"ha": {"nai": "ha@example.com"}}})",
              "dmz.json: /nodes/ha/nai: stands at a home-agent; must stand at a mobile-node alone"},
        Wrong{R"({"nodes": {"fa": {"deviates": ["RFC3344-1.6-02"]}}})",
              "dmz.json: /nodes/fa/deviates: stands at a node that is judged; must stand beside "
              "\"judged\": false"},
        Wrong{R"({"nodes": {"mipp": {"supports": ["simultaneos"]}}})",
              "dmz.json: /nodes/mipp/supports/0: unknown condition `simultaneos`, did you mean "
              "`simultaneous`?"},
        Wrong{R"({"nodes": {"mn": {"home_address": "ha.home"}}})",
              "dmz.json: /nodes/mn/home_address: is \"ha.home\"; must be an address such as "
              "10.1.0.5 or a prefix of them"},
        Wrong{R"({"security_associations": [{"between": ["mn", "mn"], "spi": 256, "key": "00"}]})",
              "dmz.json: /security_associations/0/between/1: is the same node again; must be "
              "another node"},
        Wrong{R"({"security_associations": [{"between": ["mn", "ha"], "spi": 256, "key": "0g"}]})",
              "dmz.json: /security_associations/0/key: is \"0g\"; must be octets as hex digits"},
        Wrong{R"({"security_associations": [{"between": ["mn", "ha"], "spi": 256, "key": "00"},
                                            {"between": ["ha", "mn"], "spi": 256, "key": "01"}]})",
              "dmz.json: /security_associations/1/spi: is 256, which these nodes share already; "
              "must be another"}));

}  // namespace
}  // namespace mipvet::model

#pragma once

#include <string>
#include <string_view>

#include "engine/model/network_file.h"

/// The network that the tests of the roles play in: a foreign agent, a hot spot and a NAT outside,
/// a proxy in the DMZ, a home agent inside. Keys are those of nobody.
namespace mipvet::roles::testing {

inline constexpr std::string_view kNetwork = R"({
 "network": "roles",
 "links": {"visited": {"side": "external"}, "hotspot": {"side": "external"},
           "nat-inside": {"side": "external"}, "public": {"side": "external"},
           "private": {"side": "dmz"}, "home": {"side": "home"}, "inside": {"side": "internal"}},
 "nodes": {
   "mn": {"role": "mobile-node", "home_address": "10.1.0.5", "nai": "mn@example.com",
          "attachments": {"visited": {},
                          "hotspot": {"address": "198.51.100.77/24", "gateway": "ar.hotspot"},
                          "home": {"address": "10.1.0.5/24", "gateway": "ha.home"},
                          "inside": {"address": "10.2.0.77/24", "gateway": "ir.inside"}},
          "parameters": {"home_agent": "ha.private", "lifetime": 300}},
   "fa": {"role": "foreign-agent",
          "attachments": {"visited": {"address": "192.0.2.1/26"},
                          "public": {"address": "203.0.113.21/24", "gateway": "mipp.public"}},
          "parameters": {"serves": "visited", "care_of": "fa.public",
                         "advertise": {"interval": 1.0, "lifetime": 3,
                                       "registration_lifetime": 600}}},
   "ar": {"role": "router",
          "attachments": {"hotspot": {"address": "198.51.100.1/24"},
                          "public": {"address": "203.0.113.31/24", "gateway": "mipp.public"}}},
   "nat": {"role": "nat",
           "attachments": {"nat-inside": {"address": "192.168.1.1/24"},
                           "public": {"address": "203.0.113.41/24", "gateway": "mipp.public"}},
           "parameters": {"inside": "nat-inside", "outside": "public"}},
   "mipp": {"role": "mip-proxy", "supports": ["nat-traversal"],
            "attachments": {"public": {"address": "203.0.113.10/24", "gateway": "ar.public"},
                            "private": {"address": "10.0.0.10/24"}},
            "routes": [{"to": "10.1.0.0/24", "via": "ha.private"},
                       {"to": "10.2.0.0/24", "via": "ir.private"}],
            "parameters": {"public": "public", "private": "private", "location": "by-address",
                           "internal_prefixes": ["10.0.0.0/8"], "home_agents": ["ha.private"]}},
   "ha": {"role": "home-agent",
          "attachments": {"private": {"address": "10.0.0.2/24", "gateway": "mipp.private"},
                          "home": {"address": "10.1.0.1/24"}},
          "parameters": {"home": "home", "max_lifetime": 1800}},
   "ir": {"role": "router",
          "attachments": {"inside": {"address": "10.2.0.1/24"},
                          "private": {"address": "10.0.0.3/24"}}},
   "cn": {"role": "correspondent-node",
          "attachments": {"home": {"address": "10.1.0.9/24", "gateway": "ha.home"}},
          "parameters": {"peer": "10.1.0.5"}},
   "gw": {"role": "vpn-gateway",
          "attachments": {"public": {"address": "203.0.113.50/24"},
                          "inside": {"address": "10.2.0.50/24"}},
          "parameters": {"outside": "public", "inside": "inside"}},
   "vn": {"role": "mobile-node", "home_address": "10.1.0.6", "nai": "vn@example.com",
          "attachments": {"hotspot": {}, "inside": {}},
          "parameters": {"home_agent": "ha.private", "vpn": {"gateway": "gw.public"}}}},
 "ike": [{"between": ["vn", "gw"], "psk": "of vn and gw",
          "ids": {"vn": "vn@example.com", "gw": "gw.example.com"}}],
 "security_associations": [
   {"between": ["mn", "mipp"], "spi": 256, "key": "6d6e2d6d69707020736861726564206b"},
   {"between": ["mipp", "ha"], "spi": 512, "key": "6d6970702d686120736861726564206b"},
   {"between": ["mn", "ha"], "spi": 768, "key": "6d6e2d686120736861726564206b6579"}]
})";

/// `patch`: a JSON merge patch (RFC 7396) on the network above.
inline model::Network network(std::string_view patch = "{}") {
  nlohmann::json json = nlohmann::json::parse(kNetwork);
  json.merge_patch(nlohmann::json::parse(patch));
  return model::network_from_document(model::parse_document(json.dump(), "roles.json"));
}

inline wire::Ipv4Address ip(std::string_view dotted) {
  return wire::Ipv4Address::parse(dotted).value();
}

inline constexpr wire::Ipv4Address kMn{0x0A010005};           // 10.1.0.5, its home address
inline constexpr wire::Ipv4Address kHotspot{0xC633644D};      // 198.51.100.77, co-located
inline constexpr wire::Ipv4Address kInside{0x0A02004D};       // 10.2.0.77, co-located, inside
inline constexpr wire::Ipv4Address kFaVisited{0xC0000201};    // 192.0.2.1
inline constexpr wire::Ipv4Address kFaPublic{0xCB007115};     // 203.0.113.21, the care-of address
inline constexpr wire::Ipv4Address kProxy{0xCB00710A};        // 203.0.113.10
inline constexpr wire::Ipv4Address kProxyInside{0x0A00000A};  // 10.0.0.10
inline constexpr wire::Ipv4Address kHa{0x0A000002};           // 10.0.0.2
inline constexpr wire::Ipv4Address kCn{0x0A010009};           // 10.1.0.9

}  // namespace mipvet::roles::testing

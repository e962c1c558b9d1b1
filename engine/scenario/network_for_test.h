#pragma once

#include <string>
#include <string_view>

#include "engine/model/network_file.h"

/// A small network for the tests of scenarios: a mobile node, a foreign agent, a proxy, a home
/// agent.
namespace mipvet::scenario::testing {

inline constexpr std::string_view kNetwork = R"({
 "network": "dmz",
 "links": {"visited": {"side": "external"}, "public": {"side": "external"},
           "private": {"side": "dmz"}, "home": {"side": "home"}},
 "nodes": {
   "mn": {"role": "mobile-node", "home_address": "10.1.0.5",
          "attachments": {"visited": {}, "home": {"address": "10.1.0.5/24"}}},
   "fa": {"role": "foreign-agent",
          "attachments": {"visited": {"address": "192.0.2.1/24"},
                          "public": {"address": "203.0.113.1/24"}}},
   "mipp": {"role": "mip-proxy",
          "attachments": {"public": {"address": "203.0.113.10/24"},
                          "private": {"address": "10.0.0.1/24"}}},
   "ha": {"role": "home-agent",
          "attachments": {"private": {"address": "10.0.0.2/24"},
                          "home": {"address": "10.1.0.1/24"}}}},
 "security_associations": [
   {"between": ["mn", "mipp"], "spi": 256, "key": "00112233445566778899aabbccddeeff"},
   {"between": ["mn", "ha"], "spi": 512, "key": "ffeeddccbbaa99887766554433221100"},
   {"between": ["mn", "ha"], "spi": 513, "algorithm": "hmac-sha1", "key": "0102"},
   {"between": ["fa", "mn"], "spi": 300, "algorithm": "keyed-md5", "key": "aabb"}]
})";

inline model::Network network() {
  return model::network_from_document(model::parse_document(kNetwork, "dmz.json"));
}

// Nodes and links by their place in the file.
inline constexpr model::NodeId kMn = 0, kFa = 1, kMipp = 2, kHa = 3;
inline constexpr model::LinkId kVisited = 0, kPublic = 1, kPrivate = 2, kHome = 3;

}  // namespace mipvet::scenario::testing

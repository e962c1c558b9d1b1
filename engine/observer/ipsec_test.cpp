#include "engine/observer/ipsec.h"

#include <fstream>

#include <gmock/gmock.h>

#include "engine/crypto/key_file.h"
#include "engine/model/network_file.h"
#include "engine/net/capture_file.h"
#include "engine/observer/facts_for_test.h"
#include "engine/observer/observer.h"

namespace mipvet::observer {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::filesystem::path source(std::string_view name) {
  return std::filesystem::path(MIPVET_SOURCE_DIR) / name;
}

/// The network of the captures in engine/crypto/test_logs: all that was seen is the gateway's side.
model::Network network_of_charons() {
  const auto text = R"({
    "network": "charons", "title": "Two charons and a NAT between them",
    "links": {"access": {"side": "external"}, "outside": {"side": "external"},
              "inside": {"side": "internal"}},
    "nodes": {
      "mn": {"role": "mobile-node", "home_address": "10.1.0.5",
             "attachments": {"access": {"address": "192.168.1.10/24", "gateway": "nat.access"}},
             "parameters": {"home_agent": "ha.inside"}},
      "nat": {"role": "nat",
              "attachments": {"access": {"address": "192.168.1.1/24"},
                              "outside": {"address": "203.0.113.41/24"}},
              "parameters": {"inside": "access", "outside": "outside"}},
      "gw": {"role": "vpn-gateway",
             "attachments": {"outside": {"address": "203.0.113.10/24"},
                             "inside": {"address": "10.0.0.1/24"}},
             "parameters": {"outside": "outside", "inside": "inside", "pool": "10.20.0.0/28"}},
      "ha": {"role": "home-agent", "attachments": {"inside": {"address": "10.0.0.2/24"}},
             "parameters": {"home": "inside"}}
    },
    "ike": [{"between": ["mn", "gw"], "psk": "nobody knows", "ids": {"mn": "mn", "gw": "gw"}}]
  })";
  const auto path =
      std::filesystem::path(::testing::TempDir()) / fmt::format("charons-{}.json", ::getpid());
  std::ofstream(path) << text;
  model::Network network = model::load_network(path);
  std::filesystem::remove(path);
  return network;
}

class Charons : public ::testing::Test {
 protected:
  Charons() : network_(network_of_charons()), observer_(network_, told_) {}

  void watch(std::string_view capture, std::string_view keys) {
    if (!keys.empty()) observer_.add_keys(crypto::load_keys(source(keys)));
    net::CaptureReader reader(source(capture));
    const LinkId link = *network_.find_link("outside");
    while (const auto frame = reader.next()) {
      observer_.frame({frame->time, link, frame->bytes}, frame->number);
      last_ = frame->time;
    }
    observer_.finish(last_ + std::chrono::minutes(2));
  }

  model::Network network_;
  testing::Recorder told_;
  Observer observer_;
  Time last_{};
};

TEST_F(Charons, PutsARealRunTogether) {
  watch("engine/crypto/test_logs/charon-cbc.pcap",
        "engine/crypto/test_logs/charon-cbc-gateway.log");
  for (const std::string& line : told_.lines) fmt::print("{}\n", line);
  EXPECT_THAT(told_.of("IkeSaChanged"), Not(IsEmpty()));
}

}  // namespace
}  // namespace mipvet::observer

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
using ::testing::Each;
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
  EXPECT_THAT(
      told_.of("IkeSaChanged"),
      ElementsAre("mn established mobike nat", "gw established mobike nat", "mn rekeyed mobike nat",
                  "gw rekeyed mobike nat", "mn deleted mobike nat", "gw deleted mobike nat",
                  "mn deleted mobike nat", "gw deleted mobike nat"));
  EXPECT_THAT(told_.of("ChildSaChanged"),
              ElementsAre("mn created 403eb985 685bc2f2 by it", "gw created 403eb985 685bc2f2",
                          "mn rekeyed 4372f34d f9f83fc9", "gw rekeyed 4372f34d f9f83fc9 by it",
                          "mn deleted 403eb985 685bc2f2", "gw deleted 403eb985 685bc2f2 by it",
                          "mn rekeyed 63e6610e 4ea981ae by it", "gw rekeyed 63e6610e 4ea981ae",
                          "mn deleted 4372f34d f9f83fc9 by it", "gw deleted 4372f34d f9f83fc9",
                          "mn rekeyed b9c46071 e03f15a5", "gw rekeyed b9c46071 e03f15a5 by it",
                          "mn deleted 63e6610e 4ea981ae", "gw deleted 63e6610e 4ea981ae by it"));
  EXPECT_THAT(told_.of("EspSent"),
              ElementsAre("gw 685bc2f2 1 of 0 opened ipv4", "gw f9f83fc9 1 of 0 opened ipv4",
                          "gw 4ea981ae 1 of 0 opened ipv4", "gw e03f15a5 1 of 0 opened ipv4"));
  // The secret is another one than the network declares.
  EXPECT_THAT(told_.of("IkeResponseSent"), Contains("gw ike-auth 1 opened auth invalid"));
  EXPECT_THAT(told_.of("AddressesUpdated"), Contains("gw answered 203.0.113.10 new 1 old 0"));
  EXPECT_THAT(told_.of("IkeRequestSettled"), Each(HasSubstr(" answered")));
}

TEST_F(Charons, WithoutKeysSeesHeadersAlone) {
  watch("engine/crypto/test_logs/charon-cbc.pcap", "");
  EXPECT_THAT(told_.of("IkeResponseSent"), Contains("gw ike-auth 1 no key"));
  EXPECT_THAT(told_.of("IkeRequestSettled"), Each(HasSubstr(" answered")));
  EXPECT_THAT(told_.of("IkeSaChanged"), IsEmpty());
  EXPECT_THAT(told_.of("EspSent"), Contains("gw 685bc2f2 1 of 0"));
}

TEST_F(Charons, OpensGcmToo) {
  watch("engine/crypto/test_logs/charon-gcm.pcap",
        "engine/crypto/test_logs/charon-gcm-gateway.log");
  EXPECT_THAT(told_.of("IkeSaChanged"), Contains("gw established mobike nat"));
  EXPECT_THAT(told_.of("EspSent"), Not(IsEmpty()));
  EXPECT_THAT(told_.of("EspSent"), Each(HasSubstr(" opened ipv4")));
}

}  // namespace
}  // namespace mipvet::observer

#include "engine/observer/ipsec.h"

#include <fstream>
#include <random>

#include <gmock/gmock.h>

#include "engine/crypto/key_file.h"
#include "engine/model/network_file.h"
#include "engine/net/capture_file.h"
#include "engine/observer/facts_for_test.h"
#include "engine/observer/ipsec_stage_for_test.h"
#include "engine/observer/observer.h"
#include "engine/wire/allocations_for_test.h"

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

/// Tells nobody anything.
class Deaf : public FactSink {
 public:
  void on(const RequestSent&) override {}
  void on(const RequestRelayed&) override {}
  void on(const RequestSettled&) override {}
  void on(const ReplySent&) override {}
  void on(const ReplyRelayed&) override {}
  void on(const ReplySettled&) override {}
  void on(const ReplyReceived&) override {}
  void on(const AdvertisementSent&) override {}
  void on(const SolicitationSent&) override {}
  void on(const DatagramSettled&) override {}
  void on(const ReverseTunnelled&) override {}
  void on(const ArpSent&) override {}
  void on(const IkeRequestSent&) override {}
  void on(const IkeResponseSent&) override {}
  void on(const IkeRequestSettled&) override {}
  void on(const IkeExchangeEnded&) override {}
  void on(const IkeSaChanged&) override {}
  void on(const ChildSaChanged&) override {}
  void on(const AddressesUpdated&) override {}
  void on(const EspSent&) override {}
  void on(const EspSettled&) override {}
  void on(const DatagramForwarded&) override {}
  void on(const KeepaliveSent&) override {}
  void on(const PathRefreshed&) override {}
  void on(const TrafficSent&) override {}
  void on(const RegistrationSent&) override {}
  void on(const StayReviewed&) override {}
};

TEST(Ipsec, EspOfAKnownSaAllocatesNothing) {
  testing::Stage stage;
  struct Kept {
    Time time;
    LinkId link;
    wire::Buffer octets;
  };
  std::vector<Kept> frames;
  stage.spoil = [&](wire::Buffer& frame) {
    frames.push_back({stage.now, *stage.network.find_link(stage.on), frame});
  };
  stage.get_lease();
  stage.connect();
  const auto send = [&] {
    const wire::Ipv4Address home = stage.address("mn.home_address");
    const wire::Buffer data =
        wire::udp_datagram({home, stage.address("cn.home")}, {1000, 2000}, wire::Buffer(100));
    const wire::Buffer inner = wire::ipip_datagram({stage.tia, stage.address("ha.home")}, data);
    for (int i = 0; i < 50; ++i) {
      stage.send_esp(true, inner);
      stage.put("inside", "gw", "ha", inner);
    }
  };
  const std::size_t begin = frames.size();
  send();
  const std::size_t warm = frames.size();
  send();

  Deaf deaf;
  Observer observer(stage.network, deaf);
  observer.add_keys({{stage.keys}, stage.children});
  const auto watch = [&](std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; ++i)
      observer.frame({frames[i].time, frames[i].link, frames[i].octets});
  };
  watch(0, begin);
  EXPECT_GT(mipvet::testing::allocations_of([&] { watch(begin, warm); }), 0U);
  EXPECT_EQ(mipvet::testing::allocations_of([&] { watch(warm, frames.size()); }), 0U);
}

TEST(Ipsec, TakesAnyOctets) {
  for (std::uint32_t seed = 1; seed < 150; ++seed) {
    testing::Stage stage;
    std::minstd_rand random(seed);
    stage.spoil = [&](wire::Buffer& frame) {
      for (int i = 0; i < 3; ++i)
        if (random() % 4 == 0) frame[random() % frame.size()] = static_cast<std::uint8_t>(random());
      if (random() % 16 == 0) frame.resize(random() % frame.size());
    };
    stage.get_lease();
    stage.connect();
    const wire::Buffer inner = wire::udp_datagram({stage.tia, stage.address("ha.inside")},
                                                  {434, 434}, wire::Buffer(40, 1));
    for (int i = 0; i < 10; ++i) stage.send_esp(i % 2 == 0, inner);
    stage.finish(std::chrono::minutes(5));
    EXPECT_LE(stage.observer.ipsec()->ike().records().size(), 2U);
  }
}

}  // namespace
}  // namespace mipvet::observer

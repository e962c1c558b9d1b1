#include "engine/net/impairment.h"

#include <array>

#include <gmock/gmock.h>

#include "engine/net/network_for_test.h"
#include "engine/net/sim.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/frame.h"

namespace mipvet::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;

struct Seen {
  std::uint8_t tag;
  Duration time;
  bool by_tester;
  bool operator==(const Seen&) const = default;
};
void PrintTo(const Seen& seen, std::ostream* out) {
  *out << "#" << int{seen.tag} << " at " << seen.time.count() << " ns"
       << (seen.by_tester ? " by the tester" : "");
}

/// Frames of two nodes on one link and of one on another, as they come out of the impairments.
class ImpairmentTest : public ::testing::Test {
 protected:
  ImpairmentTest() {
    for (model::NodeId node = 0; node < 2; ++node)
      nodes_.push_back(&world_.play(node, [](PortId, wire::Bytes) {}));
    world_.observe([this](const Frame& frame) {
      const wire::View header(wire::ethernet::layout, frame.bytes);
      seen_.push_back({frame.bytes.back(), frame.time - kSimulationBegins,
                       header.mac(wire::ethernet::source) == network_.tester_mac});
    });
  }

  void send(std::uint8_t tag, Duration when, model::NodeId node = 0, PortId port = 0) {
    nodes_[node]->schedule(when, [this, tag, node, port] {
      const wire::EthernetHeader header{network_.node(node).attachments[port].mac,
                                        wire::kBroadcastMac};
      const auto octets = wire::ethernet_frame(header, 0x1234, std::array{tag});
      nodes_[node]->transmit(port, octets);
    });
  }
  static std::function<bool(const wire::Packet&)> tagged(std::uint8_t tag) {
    return [tag](const wire::Packet& packet) { return packet.frame().back() == tag; };
  }
  const std::vector<Seen>& run() {
    world_.run();
    return seen_;
  }

  model::Network network_ = testing::NetworkBuilder()
                                .link("left")
                                .link("right")
                                .node("a", Role::tester)
                                .attach(0)
                                .attach(1)
                                .node("b", Role::tester)
                                .attach(0)
                                .network;
  SimulatedWorld world_{network_};
  std::vector<Environment*> nodes_;
  std::vector<Seen> seen_;
};

TEST_F(ImpairmentTest, DropsAsManyFramesAsItCounts) {
  world_.impairments().add({.link = 0, .matches = tagged(1), .effect = Drop{}, .count = 2});
  for (int n = 0; n < 3; ++n) send(1, seconds(n));
  send(2, seconds(0));
  EXPECT_THAT(run(), ElementsAre(Seen{2, seconds(0), false}, Seen{1, seconds(2), false}));
}

TEST_F(ImpairmentTest, HitsOnlyItsLinkAndItsSender) {
  world_.impairments().add({.link = 0, .sender = 1, .matches = {}, .effect = Drop{}, .count = 9});
  send(1, seconds(0), 0, 0);
  send(2, seconds(1), 1, 0);
  send(3, seconds(2), 0, 1);
  EXPECT_THAT(run(), ElementsAre(Seen{1, seconds(0), false}, Seen{3, seconds(2), false}));
}

TEST_F(ImpairmentTest, DelaysAFrameThatStaysItsSendersOwn) {
  world_.impairments().add({.link = 0, .matches = tagged(1), .effect = Delay{seconds(5)}});
  send(1, seconds(0));
  send(2, seconds(1));
  EXPECT_THAT(run(), ElementsAre(Seen{2, seconds(1), false}, Seen{1, seconds(5), false}));
}

TEST_F(ImpairmentTest, CopiesOfAFrameAreTheTesters) {
  world_.impairments().add(
      {.link = 0, .matches = {}, .effect = Duplicate{.copies = 2, .after = milliseconds(3)}});
  send(1, seconds(0));
  EXPECT_THAT(run(), ElementsAre(Seen{1, milliseconds(0), false}, Seen{1, milliseconds(3), true},
                                 Seen{1, milliseconds(6), true}));
}

TEST_F(ImpairmentTest, AnAlteredFrameIsTheTesters) {
  const auto edit = [](wire::Buffer& frame, const wire::Packet& packet) {
    EXPECT_EQ(packet.frame().size(), frame.size());
    frame.back() = 9;
  };
  world_.impairments().add({.link = 0, .matches = {}, .effect = Alter{edit}});
  send(1, seconds(0));
  send(2, seconds(1));
  EXPECT_THAT(run(), ElementsAre(Seen{9, seconds(0), true}, Seen{2, seconds(1), false}));
}

TEST_F(ImpairmentTest, AlteringDownToNothingIsNoCrash) {
  const auto edit = [](wire::Buffer& frame, const wire::Packet&) { frame.resize(1); };
  world_.impairments().add({.link = 0, .matches = {}, .effect = Alter{edit}});
  send(1, seconds(0));
  EXPECT_THAT(run(), ElementsAre(Seen{0xFF, seconds(0), false}));
}

TEST_F(ImpairmentTest, AReorderedFrameComesBehindTheNextOnes) {
  world_.impairments().add({.link = 0, .matches = tagged(1), .effect = Reorder{.frames = 2}});
  send(1, milliseconds(0));
  send(2, milliseconds(100));
  send(8, milliseconds(150), 0, 1);  // another link does not count
  send(3, milliseconds(200), 1);
  send(4, milliseconds(300));
  EXPECT_THAT(run(),
              ElementsAre(Seen{2, milliseconds(100), false}, Seen{8, milliseconds(150), false},
                          Seen{3, milliseconds(200), false}, Seen{1, milliseconds(200), false},
                          Seen{4, milliseconds(300), false}));
}

TEST_F(ImpairmentTest, AReorderedFrameIsNotHeldForEver) {
  world_.impairments().add({.link = 0, .matches = {}, .effect = Reorder{}});
  send(1, seconds(0));
  send(2, seconds(3));
  EXPECT_THAT(run(), ElementsAre(Seen{1, seconds(1), false}, Seen{2, seconds(3), false}));
}

TEST_F(ImpairmentTest, ClearingLetsGoWhatIsHeld) {
  world_.impairments().add({.link = 0, .matches = {}, .effect = Reorder{}, .count = 2});
  send(1, seconds(0));
  world_.schedule(milliseconds(10), [this] { world_.impairments().clear(); });
  send(2, milliseconds(20));
  EXPECT_THAT(run(),
              ElementsAre(Seen{1, milliseconds(10), false}, Seen{2, milliseconds(20), false}));
}

TEST_F(ImpairmentTest, TheFirstThatMatchesHits) {
  world_.impairments().add({.link = 0, .matches = tagged(1), .effect = Delay{seconds(2)}});
  world_.impairments().add({.link = 0, .matches = tagged(1), .effect = Drop{}});
  send(1, seconds(0));
  send(1, seconds(1));
  EXPECT_THAT(run(), ElementsAre(Seen{1, seconds(2), false}));
}

}  // namespace
}  // namespace mipvet::net

#include "engine/net/sim.h"

#include <chrono>
#include <optional>

#include <gmock/gmock.h>

#include "engine/net/network_for_test.h"

namespace mipvet::net {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;

wire::Buffer frame(std::uint8_t tag) {
  wire::Buffer octets(14, 0);
  octets[12] = 0x88;
  octets[13] = 0xB5;
  octets.push_back(tag);
  return octets;
}

/// a and b on `left`, b and c on `right`.
model::Network two_links() {
  return testing::NetworkBuilder()
      .link("left")
      .link("right")
      .node("a", Role::tester)
      .attach(0)
      .node("b", Role::tester)
      .attach(0)
      .attach(1)
      .node("c", Role::tester)
      .attach(1)
      .network;
}

struct Arrival {
  std::string node;
  PortId port;
  std::uint8_t tag;
  Duration time;
  bool operator==(const Arrival&) const = default;
};
void PrintTo(const Arrival& arrival, std::ostream* out) {
  *out << arrival.node << "/" << arrival.port << " #" << int{arrival.tag} << " at "
       << arrival.time.count() << " ns";
}

class SimulatedWorldTest : public ::testing::Test {
 protected:
  Environment& play(model::NodeId node) {
    return world_.play(node, [this, node](PortId port, wire::Bytes octets) {
      arrivals_.push_back({network_.node(node).name, port, octets.back(), elapsed()});
    });
  }
  Duration elapsed() const { return world_.now() - kSimulationBegins; }

  model::Network network_ = two_links();
  SimulatedWorld world_{network_};
  std::vector<Arrival> arrivals_;
};

TEST_F(SimulatedWorldTest, AFrameReachesEverybodyElseOnItsLinkAfterTheLatency) {
  Environment& a = play(0);
  play(1);
  play(2);
  a.schedule(seconds(1), [&] { a.transmit(0, frame(7)); });
  world_.run();
  EXPECT_THAT(arrivals_, ElementsAre(Arrival{"b", 0, 7, seconds(1) + kLinkLatency}));
}

TEST_F(SimulatedWorldTest, ObserversSeeFramesWhenTheyAreSentInOrder) {
  std::vector<std::pair<int, int>> seen;
  world_.observe([&](const Frame& one) {
    EXPECT_EQ(one.time, world_.now());
    seen.emplace_back(1, one.bytes.back());
    if (one.bytes.back() == 1) world_.inject(1, frame(2));
  });
  world_.observe([&](const Frame& one) { seen.emplace_back(2, one.bytes.back()); });
  world_.inject(0, frame(1));
  world_.run();
  EXPECT_THAT(seen,
              ElementsAre(std::pair(1, 1), std::pair(2, 1), std::pair(1, 2), std::pair(2, 2)));
}

TEST_F(SimulatedWorldTest, AnInjectedFrameReachesAllNodesOfTheLink) {
  play(0);
  play(1);
  world_.inject(0, frame(3));
  world_.run();
  EXPECT_THAT(arrivals_,
              ElementsAre(Arrival{"a", 0, 3, kLinkLatency}, Arrival{"b", 0, 3, kLinkLatency}));
}

TEST_F(SimulatedWorldTest, TheTimersOfAnEarlierLifeNeverFire) {
  Environment& before = play(0);
  bool fired = false;
  before.schedule(seconds(1), [&] { fired = true; });
  play(1);
  Environment& after = play(0);
  before.transmit(0, frame(1));
  before.schedule(seconds(1), [&] { fired = true; });
  after.schedule(seconds(2), [&] { after.transmit(0, frame(2)); });
  world_.run();
  EXPECT_FALSE(fired);
  EXPECT_THAT(arrivals_, ElementsAre(Arrival{"b", 0, 2, seconds(2) + kLinkLatency}));
}

TEST_F(SimulatedWorldTest, RunsUntilItIsStopped) {
  std::function<void()> tick = [&] { world_.schedule(seconds(1), tick); };
  tick();
  world_.schedule(seconds(10), [&] { world_.stop(); });
  world_.run();
  EXPECT_EQ(elapsed(), seconds(10));
}

TEST_F(SimulatedWorldTest, ImpairmentsActBeforeTheLink) {
  Environment& a = play(0);
  play(1);
  std::vector<int> seen;
  world_.observe([&](const Frame& one) { seen.push_back(one.bytes.back()); });
  world_.impairments().add({.link = 0, .matches = {}, .effect = Drop{}});
  a.transmit(0, frame(1));
  a.transmit(0, frame(2));
  world_.run();
  EXPECT_THAT(seen, ElementsAre(2));
  EXPECT_THAT(arrivals_, ElementsAre(Arrival{"b", 0, 2, kLinkLatency}));
}

/// What two chatting nodes put on the links within an hour, each at random times.
std::vector<wire::Buffer> an_hour_of_chatter(std::uint64_t seed) {
  const model::Network network = two_links();
  SimulatedWorld world(network, seed);
  std::vector<wire::Buffer> seen;
  world.observe([&](const Frame& one) { seen.emplace_back(one.bytes.begin(), one.bytes.end()); });
  std::function<void(Environment&)> chat = [&chat](Environment& node) {
    node.transmit(0, frame(static_cast<std::uint8_t>(node.random())));
    node.schedule(milliseconds(500 + node.random() % 1000), [&] { chat(node); });
  };
  chat(world.play(0, [](PortId, wire::Bytes) {}));
  chat(world.play(1, [](PortId, wire::Bytes) {}));
  world.schedule(hours(1), [&] { world.stop(); });
  world.run();
  return seen;
}

TEST(SimulatedWorldRun, TheSameSeedGivesTheSameOctets) {
  const auto begin = std::chrono::steady_clock::now();
  const auto once = an_hour_of_chatter(1);
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_GT(once.size(), 6000U);
  EXPECT_EQ(once, an_hour_of_chatter(1));
  EXPECT_NE(once, an_hour_of_chatter(2));
  EXPECT_LT(took, seconds(1)) << "a simulated hour is a matter of milliseconds";
}

}  // namespace
}  // namespace mipvet::net

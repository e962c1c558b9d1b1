#include "engine/net/sim.h"

#include <algorithm>
#include <utility>

#include "engine/net/randomness.h"

namespace mipvet::net {

namespace {
constexpr EventQueue::Owner kWorld = 0;  // players count from 1
constexpr model::NodeId kTester = model::kNobody;
}  // namespace

/// One life of a played node.
class SimulatedWorld::Player final : public Environment {
 public:
  Player(SimulatedWorld& world, model::NodeId node, std::uint32_t life, EventQueue::Owner owner,
         std::function<void(PortId, wire::Bytes)> receive)
      : receive_(std::move(receive)),
        world_(world),
        node_(node),
        owner_(owner),
        randomness_(world.seed_, node, life) {}

  Time now() const override { return world_.now_; }
  TimerId schedule(Duration after, std::function<void()> action) override {
    return over_ ? 0 : world_.schedule(owner_, after, std::move(action));
  }
  void cancel(TimerId timer) override { world_.events_.cancel(timer); }
  void transmit(PortId port, wire::Bytes frame) override {
    const auto& attachments = world_.network_.node(node_).attachments;
    if (over_ || port >= attachments.size()) return;
    const LinkId link = attachments[port].link;
    world_.impairments_.pass(
        link, node_, frame, [&world = world_, link, sender = End{node_, port}](wire::Bytes octets) {
          world.put_on(link, sender, octets);
        });
  }
  std::uint64_t random() override { return randomness_.next(); }
  void log_keys(std::string_view line) override {
    for (const auto& observer : world_.key_observers_) observer(line);
  }

  void receive(PortId port, wire::Bytes frame) { receive_(port, frame); }
  void end() {
    over_ = true;
    world_.events_.cancel_all(owner_);
  }

 private:
  std::function<void(PortId, wire::Bytes)> receive_;
  SimulatedWorld& world_;
  model::NodeId node_;
  EventQueue::Owner owner_;
  Randomness randomness_;
  bool over_ = false;
};

SimulatedWorld::SimulatedWorld(const model::Network& network, std::uint64_t seed)
    : network_(network),
      seed_(seed),
      impairments_(network,
                   [this](Duration after, std::function<void()> action) {
                     schedule(after, std::move(action));
                   }),
      ends_(network.links.size()),
      lives_(network.nodes.size()) {
  for (model::NodeId node = 0; node < network.node_count(); ++node) {
    const auto& attachments = network.node(node).attachments;
    for (PortId port = 0; port < static_cast<PortId>(attachments.size()); ++port)
      ends_.at(attachments[port].link).push_back({node, port});
  }
}

SimulatedWorld::~SimulatedWorld() = default;

Environment& SimulatedWorld::play(model::NodeId node,
                                  std::function<void(PortId, wire::Bytes)> receive) {
  auto& lives = lives_.at(node);
  if (!lives.empty()) lives.back()->end();
  lives.push_back(std::make_shared<Player>(*this, node, static_cast<std::uint32_t>(lives.size()),
                                           ++last_owner_, std::move(receive)));
  return *lives.back();
}

void SimulatedWorld::observe(std::function<void(const Frame&)> observer) {
  observers_.push_back(std::move(observer));
}

void SimulatedWorld::inject(LinkId link, wire::Bytes frame) {
  put_on(link, {kTester, 0}, frame);
}

TimerId SimulatedWorld::schedule(Duration after, std::function<void()> action) {
  return schedule(kWorld, after, std::move(action));
}

TimerId SimulatedWorld::schedule(EventQueue::Owner owner, Duration after,
                                 std::function<void()> action) {
  return events_.add(now_ + std::max(after, Duration::zero()), owner, std::move(action));
}

void SimulatedWorld::cancel(TimerId timer) {
  events_.cancel(timer);
}

void SimulatedWorld::run() {
  stopped_ = false;
  while (!stopped_ && !events_.empty()) {
    now_ = events_.next_due();
    events_.take()();
  }
}

// An event of its own, so that what an observer does about a frame comes after the frame, for all
// observers.
void SimulatedWorld::put_on(LinkId link, End sender, wire::Bytes frame) {
  const auto octets = std::make_shared<const wire::Buffer>(frame.begin(), frame.end());
  schedule(Duration::zero(), [this, link, sender, octets] {
    for (std::size_t i = 0; i < observers_.size(); ++i) observers_[i](Frame{now_, link, *octets});
    schedule(kLinkLatency, [this, link, sender, octets] { deliver(link, sender, *octets); });
  });
}

void SimulatedWorld::deliver(LinkId link, End sender, wire::Bytes frame) {
  for (const End& end : ends_.at(link)) {
    if (end == sender) continue;
    if (lives_[end.node].empty()) continue;
    const auto player = lives_[end.node].back();  // a copy: it may be replaced meanwhile
    player->receive(end.port, frame);
  }
}

}  // namespace mipvet::net

#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "engine/net/event_queue.h"
#include "engine/net/world.h"

namespace mipvet::net {

/// When the time of a simulated network begins: 2026-01-01T00:00:00Z.
inline constexpr Time kSimulationBegins{std::chrono::seconds(1767225600)};
/// What a frame takes from its sender's end of a link to all others.
inline constexpr Duration kLinkLatency = std::chrono::microseconds(500);

/// A network on virtual time: links are hubs, nothing is lost unless it is impaired. Nothing but
/// the seed and what is asked of it decides what happens: the same seed gives the same octets.
class SimulatedWorld final : public World {
 public:
  /// The network must outlive the world.
  explicit SimulatedWorld(const model::Network& network, std::uint64_t seed = 1);
  ~SimulatedWorld() override;

  Environment& play(model::NodeId node,
                    std::function<void(PortId, wire::Bytes frame)> receive) override;
  void observe(std::function<void(const Frame&)> observer) override;
  void observe_keys(std::function<void(std::string_view line)> observer) override {
    key_observers_.push_back(std::move(observer));
  }
  void inject(LinkId link, wire::Bytes frame) override;
  Impairments& impairments() override { return impairments_; }

  Time now() const override { return now_; }
  TimerId schedule(Duration after, std::function<void()> action) override;
  void cancel(TimerId timer) override;
  void run() override;
  void stop() override { stopped_ = true; }
  Duration jitter() const override { return Duration::zero(); }

 private:
  class Player;
  struct End {
    model::NodeId node;
    PortId port;
    bool operator==(const End&) const = default;
  };

  TimerId schedule(EventQueue::Owner owner, Duration after, std::function<void()> action);
  void put_on(LinkId link, End sender, wire::Bytes frame);
  void deliver(LinkId link, End sender, wire::Bytes frame);

  const model::Network& network_;
  std::uint64_t seed_;
  Time now_ = kSimulationBegins;
  bool stopped_ = false;
  EventQueue events_;
  Impairments impairments_;
  std::vector<std::vector<End>> ends_;  // by link
  std::deque<std::function<void(const Frame&)>> observers_;
  std::deque<std::function<void(std::string_view)>> key_observers_;
  EventQueue::Owner last_owner_ = 0;
  // By node; the last one lives. The earlier ones stay, for they may still call.
  std::vector<std::vector<std::shared_ptr<Player>>> lives_;
};

}  // namespace mipvet::net

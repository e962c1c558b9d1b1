#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/system_timer.hpp>

#include "engine/net/event_queue.h"
#include "engine/net/lab.h"
#include "engine/net/packet_socket.h"
#include "engine/net/world.h"

namespace mipvet::net {

/// A network on real time: the links are bridges in a network namespace that is made for it, each
/// played node has a packet socket at each of its links, and every link has one that sees all its
/// frames with the kernel's timestamps. Implementations under test are put at the links through
/// `lab()` before `up()`. A request to stop ends `run`. Needs root; throws DeviceError.
class LiveWorld final : public World {
 public:
  LiveWorld(const model::Network& network, std::uint64_t seed,
            const std::set<model::NodeId>& external, std::stop_token stop = {});
  ~LiveWorld() override;

  Lab& lab() { return lab_; }
  /// Makes the network; before any node is played.
  void up();
  /// Calls `when_readable` whenever the file can be read, from `run`; an empty one ends that.
  void watch(int file, std::function<void()> when_readable);

  Environment& play(model::NodeId node,
                    std::function<void(PortId, wire::Bytes frame)> receive) override;
  void observe(std::function<void(const Frame&)> observer) override;
  void observe_keys(std::function<void(std::string_view line)> observer) override {
    key_observers_.push_back(std::move(observer));
  }
  void inject(LinkId link, wire::Bytes frame) override;
  Impairments& impairments() override { return impairments_; }

  Time now() const override;
  TimerId schedule(Duration after, std::function<void()> action) override;
  void cancel(TimerId timer) override { events_.cancel(timer); }
  void run() override;
  void stop() override { context_.stop(); }
  Duration jitter() const override { return jitter_; }
  /// Frames that went by unseen, because this process was not run in time.
  std::uint64_t lost() const;

 private:
  class Player;
  using Descriptor = boost::asio::posix::stream_descriptor;
  struct Watched {
    std::unique_ptr<Descriptor> descriptor;
    std::function<void()> when_readable;
  };

  TimerId schedule(EventQueue::Owner owner, Duration after, std::function<void()> action);
  void wait_for_timer();
  /// What was due then happens now.
  void late(Time due);
  void wait_for(const std::shared_ptr<Watched>& watched);
  void see(LinkId link, PacketSocket& socket);
  void tell(Time until);

  const model::Network& network_;
  std::uint64_t seed_;
  Lab lab_;
  std::map<std::pair<model::NodeId, PortId>, std::string> port_devices_;
  std::vector<std::string> injection_devices_;  // by link
  std::map<std::pair<model::NodeId, PortId>, std::unique_ptr<PacketSocket>> ports_;
  std::vector<std::unique_ptr<PacketSocket>> injection_;
  std::vector<std::unique_ptr<PacketSocket>> observing_;
  boost::asio::io_context context_;
  boost::asio::system_timer timer_{context_};
  std::map<int, std::shared_ptr<Watched>> watched_;
  EventQueue events_;
  Impairments impairments_;
  std::deque<std::function<void(const Frame&)>> observers_;
  std::deque<std::function<void(std::string_view)>> key_observers_;
  // Held back a little: links tell at different times.
  std::multimap<std::pair<Time, LinkId>, wire::Buffer> seen_;
  std::vector<std::vector<std::shared_ptr<Player>>> lives_;
  EventQueue::Owner last_owner_ = 0;
  Duration jitter_{};
  std::stop_token stop_;
};

}  // namespace mipvet::net

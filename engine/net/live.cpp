#include "engine/net/live.h"

#include <algorithm>
#include <unistd.h>

#include "engine/net/randomness.h"
#include "engine/net/real_time.h"

namespace mipvet::net {

namespace {

constexpr EventQueue::Owner kWorld = 0;  // players count from 1
/// How long frames are held back until they are told in order of their timestamps.
constexpr Duration kHold = std::chrono::milliseconds(20);

std::vector<std::string> link_names(const model::Network& network) {
  std::vector<std::string> names;
  for (const model::Link& link : network.links) names.push_back(link.name);
  return names;
}

}  // namespace

/// One life of a played node.
class LiveWorld::Player final : public Environment {
 public:
  Player(LiveWorld& world, model::NodeId node, std::uint32_t life, EventQueue::Owner owner,
         std::function<void(PortId, wire::Bytes)> receive)
      : receive_(std::move(receive)),
        world_(world),
        node_(node),
        owner_(owner),
        randomness_(world.seed_, node, life) {}

  Time now() const override { return world_.now(); }
  TimerId schedule(Duration after, std::function<void()> action) override {
    return over_ ? 0 : world_.schedule(owner_, after, std::move(action));
  }
  void cancel(TimerId timer) override { world_.events_.cancel(timer); }
  void transmit(PortId port, wire::Bytes frame) override {
    const auto socket = world_.ports_.find({node_, port});
    if (over_ || socket == world_.ports_.end()) return;
    PacketSocket& device = *socket->second;
    world_.impairments_.pass(world_.network_.node(node_).attachments[port].link, node_, frame,
                             [&device](wire::Bytes octets) { device.send(octets); });
  }
  std::uint64_t random() override { return randomness_.next(); }
  void log_keys(std::string_view line) override {
    for (const auto& observer : world_.key_observers_) observer(line);
  }

  void receive(PortId port, wire::Bytes frame) {
    if (!over_) receive_(port, frame);
  }
  void end() {
    over_ = true;
    world_.events_.cancel_all(owner_);
  }

 private:
  std::function<void(PortId, wire::Bytes)> receive_;
  LiveWorld& world_;
  model::NodeId node_;
  EventQueue::Owner owner_;
  Randomness randomness_;
  bool over_ = false;
};

LiveWorld::LiveWorld(const model::Network& network, std::uint64_t seed,
                     const std::set<model::NodeId>& external, std::stop_token stop)
    : network_(network),
      seed_(seed),
      lab_(link_names(network)),
      impairments_(network,
                   [this](Duration after, std::function<void()> action) {
                     schedule(after, std::move(action));
                   }),
      lives_(network.nodes.size()),
      stop_(std::move(stop)) {
  for (model::NodeId node = 0; node < network.node_count(); ++node) {
    if (external.contains(node)) continue;
    const auto& attachments = network.node(node).attachments;
    for (PortId port = 0; port < static_cast<PortId>(attachments.size()); ++port)
      port_devices_[{node, port}] = lab_.add_port(network.link(attachments[port].link).name);
  }
  for (const model::Link& link : network.links)
    injection_devices_.push_back(lab_.add_port(link.name));
}

LiveWorld::~LiveWorld() {
  for (auto& [file, watched] : watched_) watched->descriptor->release();
}

void LiveWorld::up() {
  lab_.up();
  const std::string& ns = lab_.network_namespace();
  for (LinkId link = 0; link < network_.link_count(); ++link) {
    observing_.push_back(std::make_unique<PacketSocket>(
        lab_.bridge_device(network_.link(link).name), ns, Outgoing::kIgnored));
    injection_.push_back(std::make_unique<PacketSocket>(injection_devices_[link], ns));
    PacketSocket& socket = *observing_.back();
    watch(socket.fd(), [this, link, &socket] { see(link, socket); });
  }
  for (const auto& [end, device] : port_devices_) {
    ports_[end] = std::make_unique<PacketSocket>(device, ns);
    PacketSocket& socket = *ports_[end];
    watch(socket.fd(), [this, end = end, &socket] {
      while (const auto frame = socket.receive()) {
        if (lives_[end.first].empty()) continue;
        late(frame->time);
        const auto player = lives_[end.first].back();  // a copy: it may be replaced meanwhile
        player->receive(end.second, frame->bytes);
      }
    });
  }
}

void LiveWorld::watch(int file, std::function<void()> when_readable) {
  if (const auto old = watched_.find(file); old != watched_.end()) {
    old->second->when_readable = nullptr;
    old->second->descriptor->release();
    watched_.erase(old);
  }
  if (!when_readable) return;
  const auto watched = std::make_shared<Watched>();
  watched->descriptor = std::make_unique<Descriptor>(context_, file);
  watched->when_readable = std::move(when_readable);
  watched_[file] = watched;
  wait_for(watched);
}

void LiveWorld::wait_for(const std::shared_ptr<Watched>& watched) {
  watched->descriptor->async_wait(
      Descriptor::wait_read, [this, watched](const boost::system::error_code& error) {
        if (error || !watched->when_readable) return;
        const auto action = watched->when_readable;  // a copy: it may end the watching
        action();
        if (watched->when_readable) wait_for(watched);
      });
}

Environment& LiveWorld::play(model::NodeId node, std::function<void(PortId, wire::Bytes)> receive) {
  auto& lives = lives_.at(node);
  if (!lives.empty()) lives.back()->end();
  lives.push_back(std::make_shared<Player>(*this, node, static_cast<std::uint32_t>(lives.size()),
                                           ++last_owner_, std::move(receive)));
  return *lives.back();
}

void LiveWorld::observe(std::function<void(const Frame&)> observer) {
  observers_.push_back(std::move(observer));
}

void LiveWorld::inject(LinkId link, wire::Bytes frame) {
  injection_.at(link)->send(frame);
}

Time LiveWorld::now() const {
  return std::chrono::system_clock::now();
}

TimerId LiveWorld::schedule(Duration after, std::function<void()> action) {
  return schedule(kWorld, after, std::move(action));
}

TimerId LiveWorld::schedule(EventQueue::Owner owner, Duration after, std::function<void()> action) {
  const TimerId timer =
      events_.add(now() + std::max(after, Duration::zero()), owner, std::move(action));
  wait_for_timer();
  return timer;
}

void LiveWorld::wait_for_timer() {
  if (events_.empty()) return;
  // Setting the time anew cancels the wait before.
  timer_.expires_at(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(events_.next_due()));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    while (!events_.empty() && events_.next_due() <= now() && !context_.stopped()) {
      late(events_.next_due());
      events_.take()();
    }
    wait_for_timer();
  });
}

void LiveWorld::late(Time due) {
  jitter_ = std::max(jitter_, now() - due);
}

void LiveWorld::see(LinkId link, PacketSocket& socket) {
  while (const auto frame = socket.receive())
    seen_.emplace(std::pair(frame->time, link),
                  wire::Buffer(frame->bytes.begin(), frame->bytes.end()));
}

void LiveWorld::tell(Time until) {
  // A busy machine may let us read one link long before another: first all that is there.
  for (LinkId link = 0; link < static_cast<LinkId>(observing_.size()); ++link)
    see(link, *observing_[link]);
  while (!seen_.empty() && seen_.begin()->first.first <= until && !context_.stopped()) {
    const auto seen = seen_.extract(seen_.begin());
    const auto& [time, link] = seen.key();
    for (std::size_t i = 0; i < observers_.size(); ++i)
      observers_[i](Frame{time, link, seen.mapped()});
  }
}

std::uint64_t LiveWorld::lost() const {
  std::uint64_t total = 0;
  for (const auto& socket : observing_) total += socket->lost();
  return total;
}

void LiveWorld::run() {
  const RealTime on_time;
  context_.restart();
  const std::stop_callback stopping(stop_, [this] { context_.stop(); });
  std::function<void()> tell_regularly = [&] {
    tell(now() - kHold);
    schedule(kWorld, kHold / 4, [&] { tell_regularly(); });
  };
  schedule(kWorld, kHold / 4, [&] { tell_regularly(); });
  context_.run();
  events_.cancel_all(kWorld);
}

}  // namespace mipvet::net

#include "engine/net/act.h"

#include <algorithm>
#include <array>
#include <unistd.h>

namespace mipvet::net {

ActingEnvironment::ActingEnvironment(model::NodeId node, std::uint64_t seed,
                                     std::map<PortId, std::unique_ptr<Device>> devices)
    : devices_(std::move(devices)), randomness_(seed, node, 0) {}

ActingEnvironment::~ActingEnvironment() {
  for (auto& [port, descriptor] : descriptors_) descriptor->release();
  if (input_) input_->release();
}

void ActingEnvironment::run(std::function<void(PortId, wire::Bytes)> receive,
                            std::function<void(const std::string&)> line) {
  receive_ = std::move(receive);
  line_ = std::move(line);
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
  signals_.async_wait([this](const boost::system::error_code&, int) { context_.stop(); });
  for (const auto& [port, device] : devices_) {
    descriptors_[port] = std::make_unique<Descriptor>(context_, device->fd());
    wait_for_frames(port);
  }
  boost::system::error_code no_input;  // /dev/null cannot be waited for
  input_ = std::make_unique<Descriptor>(context_);
  input_->assign(STDIN_FILENO, no_input);
  if (!no_input) wait_for_lines();
  wait_for_timer();
  context_.run();
}

Time ActingEnvironment::now() const {
  return std::chrono::system_clock::now();
}

TimerId ActingEnvironment::schedule(Duration after, std::function<void()> action) {
  const TimerId timer =
      events_.add(now() + std::max(after, Duration::zero()), 0, std::move(action));
  wait_for_timer();
  return timer;
}

void ActingEnvironment::transmit(PortId port, wire::Bytes frame) {
  if (const auto device = devices_.find(port); device != devices_.end())
    device->second->send(frame);
}

void ActingEnvironment::wait_for_timer() {
  if (events_.empty()) return;
  timer_.expires_at(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(events_.next_due()));
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    while (!events_.empty() && events_.next_due() <= now()) events_.take()();
    wait_for_timer();
  });
}

void ActingEnvironment::wait_for_frames(PortId port) {
  descriptors_[port]->async_wait(Descriptor::wait_read,
                                 [this, port](const boost::system::error_code& error) {
                                   if (error) return;
                                   Device& device = *devices_[port];
                                   while (const auto frame = device.receive())
                                     receive_(port, frame->bytes);
                                   wait_for_frames(port);
                                 });
}

void ActingEnvironment::wait_for_lines() {
  input_->async_wait(Descriptor::wait_read, [this](const boost::system::error_code& error) {
    if (error) return;
    std::array<char, 4096> octets{};
    const ssize_t count = read(STDIN_FILENO, octets.data(), octets.size());
    if (count <= 0) return;  // no more commands; the node goes on
    unread_.append(octets.data(), static_cast<std::size_t>(count));
    for (auto end = unread_.find('\n'); end != std::string::npos; end = unread_.find('\n')) {
      const std::string line = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      if (!line.empty()) line_(line);
    }
    wait_for_lines();
  });
}

}  // namespace mipvet::net

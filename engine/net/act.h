#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/system_timer.hpp>

#include "engine/net/device.h"
#include "engine/net/environment.h"
#include "engine/net/event_queue.h"
#include "engine/net/randomness.h"

namespace mipvet::net {

/// What one node stands on that is played in a process of its own: real time, and devices of the
/// network namespace that the process is in.
class ActingEnvironment final : public Environment {
 public:
  /// `devices`: one for each port that is attached.
  ActingEnvironment(model::NodeId node, std::uint64_t seed,
                    std::map<PortId, std::unique_ptr<Device>> devices);
  ~ActingEnvironment() override;

  /// Plays until SIGINT or SIGTERM. `line` gets the lines of standard input.
  void run(std::function<void(PortId, wire::Bytes frame)> receive,
           std::function<void(const std::string&)> line);

  Time now() const override;
  TimerId schedule(Duration after, std::function<void()> action) override;
  void cancel(TimerId timer) override { events_.cancel(timer); }
  void transmit(PortId port, wire::Bytes frame) override;
  std::uint64_t random() override { return randomness_.next(); }
  void log_keys(std::string_view line) override {
    if (keys_) keys_(line);
  }
  /// Gets the lines that the node logs from now on.
  void observe_keys(std::function<void(std::string_view line)> keys) { keys_ = std::move(keys); }

 private:
  using Descriptor = boost::asio::posix::stream_descriptor;

  void wait_for_timer();
  void wait_for_frames(PortId port);
  void wait_for_lines();

  std::map<PortId, std::unique_ptr<Device>> devices_;
  Randomness randomness_;
  boost::asio::io_context context_;
  boost::asio::system_timer timer_{context_};
  boost::asio::signal_set signals_{context_};
  std::map<PortId, std::unique_ptr<Descriptor>> descriptors_;
  std::unique_ptr<Descriptor> input_;
  std::string unread_;
  EventQueue events_;
  std::function<void(PortId, wire::Bytes)> receive_;
  std::function<void(const std::string&)> line_;
  std::function<void(std::string_view)> keys_;
};

}  // namespace mipvet::net

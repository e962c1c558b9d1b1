#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "engine/net/frame.h"

namespace mipvet::net {

/// Index of an attachment of a node, in the order of the declared network. A mobile node has one
/// for every link that it may visit; it is up or down.
using PortId = std::uint16_t;

using TimerId = std::uint64_t;

/// All that a role may ask of the world. In the simulated network it is virtual, live it stands on
/// Boost.Asio; a role cannot tell which.
class Environment {
 public:
  virtual ~Environment() = default;

  virtual Time now() const = 0;
  /// Calls `action` once, `after` from now, unless cancelled. Never calls it at once.
  virtual TimerId schedule(Duration after, std::function<void()> action) = 0;
  virtual void cancel(TimerId timer) = 0;
  /// Puts an Ethernet frame on the link of a port. The frame is copied.
  virtual void transmit(PortId port, wire::Bytes frame) = 0;
  /// Uniform over all values; seeded, so that a simulated run is the same every time.
  virtual std::uint64_t random() = 0;
  /// A line of the key log (engine/crypto/key_log.h), before the first packet that uses the keys.
  virtual void log_keys(std::string_view /*line*/) {}
};

}  // namespace mipvet::net

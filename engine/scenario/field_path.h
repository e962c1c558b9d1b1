#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/net/frame.h"
#include "engine/wire/packet.h"
#include "engine/wire/value.h"

namespace mipvet::scenario {

/// A field of a frame as scenarios name it: `lifetime` is one of the message itself,
/// `mobile-home-authentication.spi` one of an extension, `ipv4.time_to_live` one of a header.
/// `ipv4` and `udp` are the innermost, which carry the message; of extensions the first is meant.
struct FieldPath {
  const wire::Layout* layer = nullptr;  ///< null: the message
  wire::Field field;
  std::string text;

  /// Of a layer that carries the message, not of the message or an extension.
  bool is_in_header() const;
  /// The layer of a packet that the field is in, or null.
  const wire::Layer* find(const wire::Packet& packet) const;
  /// Nothing where the packet has no such layer or is too short.
  std::optional<wire::Value> read(const wire::Packet& packet) const;
  /// As people read it; "missing" where it is not there.
  std::string show(const wire::Packet& packet) const;
};

/// The value of a field in a frame that an earlier step named: `rrq.identification`.
struct Recall {
  std::string frame;
  FieldPath path;
};

/// The NTP timestamp of the moment, or some seconds off it: `now`, `now-3600` (RFC 3344 §5.7.1).
struct Timestamp {
  net::Duration offset{};
};

using Operand = std::variant<wire::Value, Recall, Timestamp>;

}  // namespace mipvet::scenario

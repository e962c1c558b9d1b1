#pragma once

#include <chrono>
#include <cstdint>

#include "engine/wire/bytes.h"

namespace mipvet::net {

/// Nanoseconds since 1970-01-01T00:00:00Z. In a simulated network it starts at a fixed date, so
/// that timestamps on the wire (RFC 3344 §5.7.1) are plausible and runs are deterministic.
using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;
using Duration = std::chrono::nanoseconds;

/// Index of a link in the declared network.
using LinkId = std::uint16_t;

/// One Ethernet frame as it was seen on a link. The bytes live until the next frame is read.
struct Frame {
  Time time;
  LinkId link;
  wire::Bytes bytes;
};

}  // namespace mipvet::net

#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/wire/ipv4.h"
#include "engine/wire/layout.h"

namespace mipvet::observer {

/// FNV-1a, to tell octets apart cheaply; not against an adversary.
constexpr std::uint64_t digest(wire::Bytes octets, std::uint64_t state = 0xCBF29CE484222325U) {
  for (const std::uint8_t octet : octets) state = (state ^ octet) * 0x100000001B3U;
  return state;
}

/// The same on both ends of a hop or a tunnel: all but time to live and header checksum.
inline std::uint64_t datagram_digest(wire::View datagram) {
  const wire::Bytes octets = datagram.bytes();
  if (octets.size() < wire::ip::layout.minimum) return 0;
  const std::uint64_t head = digest(octets.first(wire::ip::time_to_live.first_octet()));
  const std::uint64_t addresses =
      digest(octets.subspan(wire::ip::source.first_octet(), 8), head ^ octets[9]);
  const std::size_t length = std::min<std::size_t>(datagram[wire::ip::total_length], octets.size());
  return digest(octets.first(length).subspan(std::min(wire::ip::layout.minimum, length)),
                addresses);
}

}  // namespace mipvet::observer

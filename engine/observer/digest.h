#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string_view>

#include <boost/container_hash/hash.hpp>

#include "engine/wire/ipv4.h"
#include "engine/wire/layout.h"

namespace mipvet::observer {

/// To tell octets apart cheaply, within one run; not against an adversary.
inline std::uint64_t digest(wire::Bytes octets, std::uint64_t state = 0) {
  // Of the library's hashes the one that takes eight octets at a time.
  const std::string_view text(reinterpret_cast<const char*>(octets.data()), octets.size());
  std::size_t result = state;
  boost::hash_combine(result, std::hash<std::string_view>{}(text));
  return result;
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

#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace mipvet::wire {

/// Octets as they stand on the wire, owned by somebody else.
using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

/// Octets that are owned: a frame on its way, a message being built.
using Buffer = std::vector<std::uint8_t>;

}  // namespace mipvet::wire

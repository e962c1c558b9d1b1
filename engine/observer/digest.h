#pragma once

#include <cstdint>

#include "engine/wire/bytes.h"

namespace mipvet::observer {

/// FNV-1a, to tell octets apart cheaply; not against an adversary.
constexpr std::uint64_t digest(wire::Bytes octets, std::uint64_t state = 0xCBF29CE484222325U) {
  for (const std::uint8_t octet : octets) state = (state ^ octet) * 0x100000001B3U;
  return state;
}

}  // namespace mipvet::observer

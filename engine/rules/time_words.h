#pragma once

#include <chrono>

#include "engine/observer/facts.h"

/// What rules about time share.
namespace mipvet::rules {

/// Scheduling and link delays between what a node means and what is seen.
inline constexpr observer::Duration kTolerance = std::chrono::milliseconds(50);
/// The shortest time between two registration requests (RFC 3344 §3.6.3).
inline constexpr observer::Duration kShortest = std::chrono::seconds(1);

inline double seconds(observer::Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace mipvet::rules

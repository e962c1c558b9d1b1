#pragma once

#include <cstddef>

namespace mipvet::observer {

/// What is remembered of thousands of mobile nodes does not stay in the caches. What will be looked
/// at soon is asked for here, and there by then.
inline void prefetch(const void* octets, std::size_t size) {
  constexpr std::size_t kLine = 64;
  const auto* first = static_cast<const char*>(octets);
  for (std::size_t offset = 0; offset < size; offset += kLine)
    __builtin_prefetch(first + offset, 1);
}

}  // namespace mipvet::observer

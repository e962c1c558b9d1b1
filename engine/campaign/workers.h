#pragma once

#include <cstddef>
#include <functional>

namespace mipvet::campaign {

/// Does `work(0)` to `work(count - 1)` in `jobs` threads, each index once, in ascending order of
/// their begin. After an exception no further index is begun, and the exception is thrown on.
void for_each_index(std::size_t count, unsigned jobs, const std::function<void(std::size_t)>& work);

}  // namespace mipvet::campaign

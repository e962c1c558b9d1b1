#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace mipvet::cli {

/// Calls `work(i)` for each i below `count`, `jobs` at a time, in no order. What one throws is
/// thrown here after those under way are done; no others are begun then.
template <typename Work>
void for_each_index(std::size_t count, unsigned jobs, const Work& work) {
  std::atomic<std::size_t> next{0};
  std::mutex telling;
  std::exception_ptr problem;
  const auto worker = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        const std::scoped_lock lock(telling);
        problem = std::current_exception();
        next = count;
      }
    }
  };
  {
    std::vector<std::jthread> helpers;
    for (std::size_t job = 1; job < std::min<std::size_t>(jobs, count); ++job)
      helpers.emplace_back(worker);
    worker();
  }
  if (problem) std::rethrow_exception(problem);
}

}  // namespace mipvet::cli

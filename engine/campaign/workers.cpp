#include "engine/campaign/workers.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace mipvet::campaign {

void for_each_index(std::size_t count, unsigned jobs,
                    const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next{0};
  std::mutex telling;
  std::exception_ptr problem;
  const auto take_turns = [&] {
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
    for (unsigned job = 1; job < std::min<std::size_t>(jobs, count); ++job)
      helpers.emplace_back(take_turns);
    take_turns();
  }
  if (problem) std::rethrow_exception(problem);
}

}  // namespace mipvet::campaign

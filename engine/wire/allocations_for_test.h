#pragma once

#include <atomic>
#include <cstdlib>
#include <new>

/// Counts what a test program allocates, by an operator new of its own: include it in one file of
/// the program.
namespace mipvet::testing {

inline std::atomic<std::size_t> allocations{0};

template <typename Action>
std::size_t allocations_of(Action action) {
  const std::size_t before = allocations;
  action();
  return allocations - before;
}

}  // namespace mipvet::testing

// All forms that end in these deletes, or the sanitizers find a foreign pair. Not inlined, or g++
// takes the pair for mismatched (-Wmismatched-new-delete).
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++mipvet::testing::allocations;
  return std::malloc(size == 0 ? 1 : size);
}
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (void* memory = operator new(size, std::nothrow)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

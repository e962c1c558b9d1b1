#pragma once

#include <cstddef>

namespace mipvet::net {

/// How often this program has allocated memory by `new`.
std::size_t allocations();

}  // namespace mipvet::net

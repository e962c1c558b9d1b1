#pragma once

#include <cstdint>
#include <random>

#include "engine/model/network.h"

namespace mipvet::net {

/// The random numbers of one life of a node: the same for the same seed, and other ones for
/// another node and after a restart.
class Randomness {
 public:
  Randomness(std::uint64_t seed, model::NodeId node, std::uint32_t life)
      : engine_(seed ^ node ^ (std::uint64_t{life} << 32)) {}

  std::uint64_t next() { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

}  // namespace mipvet::net

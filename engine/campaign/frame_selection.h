#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "engine/model/finding.h"

namespace mipvet::campaign {

/// Which frames of a run a report shows: all of them, or of a longer run those that findings cite
/// with what went on around them, and the beginning.
class FrameSelection {
 public:
  static constexpr std::uint64_t kMost = 20'000;
  static constexpr std::uint64_t kAround = 20;  ///< before and behind a frame that is cited

  FrameSelection(const std::vector<model::Finding>& findings, std::uint64_t total);

  /// Frames by their numbers, from 1.
  bool holds(std::uint64_t number) const {
    return number <= beginning_ || around_.contains(number);
  }

 private:
  std::uint64_t beginning_;  ///< all up to this one
  std::set<std::uint64_t> around_;
};

}  // namespace mipvet::campaign

#pragma once

#include <cstddef>

#include "engine/model/result.h"

namespace mipvet::reports {

/// Requirements of a campaign, each counted once with its worst verdict over all scenarios and
/// nodes. `total` is that of all ledgers.
struct Totals {
  std::size_t total = 0;
  std::size_t checked = 0;
  std::size_t passed = 0;
  std::size_t failed = 0;
  std::size_t warned = 0;
  std::size_t inconclusive = 0;
};

Totals count(const model::Campaign& campaign);

}  // namespace mipvet::reports

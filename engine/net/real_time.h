#pragma once

#include <sched.h>

namespace mipvet::net {

/// While it lives, this thread runs before ordinary ones, so that what a node of ours sends is on
/// time on a busy machine. Implementations that are started meanwhile are scheduled as ever. Where
/// it is not permitted nothing changes: the run's jitter tells.
class RealTime {
 public:
  RealTime();
  ~RealTime();
  RealTime(const RealTime&) = delete;
  RealTime& operator=(const RealTime&) = delete;

 private:
  int policy_;
  sched_param parameters_{};
};

}  // namespace mipvet::net

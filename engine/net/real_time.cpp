#include "engine/net/real_time.h"

namespace mipvet::net {

// A thread that runs wild is kept from starving the machine by the kernel's limit for real-time
// threads (sched_rt_runtime_us).
RealTime::RealTime() : policy_(sched_getscheduler(0)) {
  sched_getparam(0, &parameters_);
  const sched_param lowest{.sched_priority = sched_get_priority_min(SCHED_RR)};
  sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &lowest);
}

RealTime::~RealTime() {
  if (policy_ >= 0) sched_setscheduler(0, policy_, &parameters_);
}

}  // namespace mipvet::net

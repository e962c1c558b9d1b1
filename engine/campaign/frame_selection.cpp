#include "engine/campaign/frame_selection.h"

#include <algorithm>

namespace mipvet::campaign {

FrameSelection::FrameSelection(const std::vector<model::Finding>& findings, std::uint64_t total)
    : beginning_(std::min(total, kMost)) {
  if (total <= kMost) return;
  const auto add = [&](const model::Finding& finding) {
    for (const model::Evidence& evidence : finding.frames) {
      const std::uint64_t cited = evidence.capture_frame;
      const std::uint64_t first = cited > kAround ? cited - kAround : 1;
      for (std::uint64_t n = first; n <= std::min(total, cited + kAround); ++n)
        if (around_.size() < kMost) around_.insert(n);
    }
  };
  // What decides a verdict comes first, should there be too much of it.
  for (const bool broken : {true, false})
    for (const model::Finding& finding : findings)
      if (model::is_broken(finding) == broken) add(finding);
  beginning_ = kMost - around_.size();
}

}  // namespace mipvet::campaign

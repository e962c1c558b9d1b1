#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "engine/model/finding.h"

namespace mipvet::reports {

/// Where a person finds the evidence: "frame 7 on private, octets 43-44", both ends counted in.
inline std::string place(const model::Evidence& evidence, std::string_view frame = "frame ") {
  const auto& [first, end] = evidence.range;
  const std::string where = fmt::format("{}{} on {}", frame, evidence.capture_frame, evidence.link);
  if (end <= first) return where;
  if (end == first + 1) return fmt::format("{}, octet {}", where, first);
  return fmt::format("{}, octets {}-{}", where, first, end - 1);
}

}  // namespace mipvet::reports

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/rules/ledger/ledger.h"

namespace mipvet::rules {

/// All that is known about a requirement, for a person to read: lines of at most 100 columns, the
/// last one ended. `scenarios` prove the requirement, `deviations` break it.
std::string explain(const Requirement& requirement, std::span<const std::string_view> scenarios,
                    std::span<const std::string_view> deviations);

/// One line of a list, not ended: id, level, severity, testable (or "withdrawn"), what is required,
/// cut after 80 columns.
std::string one_line(const Requirement& requirement);

}  // namespace mipvet::rules

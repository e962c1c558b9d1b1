#pragma once

#include <string>

#include "engine/model/result.h"

namespace mipvet::reports {

/// SARIF 2.1.0 (OASIS): a rule for each broken requirement, a result for each nonconformance, which
/// points at the line of the scenario file that names the requirement, else at its first line (of a
/// capture: at the capture). Known failures are suppressed results with their reasons; faults of
/// the tool are notifications, never results.
std::string sarif_report(const model::Campaign& campaign);

}  // namespace mipvet::reports

#pragma once

#include <string>

#include "engine/model/result.h"

namespace mipvet::reports {

/// The JSON report of the contract (schema 1): verdict, scenarios with their findings, and how many
/// requirements were checked.
std::string json_report(const model::Campaign& campaign);

}  // namespace mipvet::reports

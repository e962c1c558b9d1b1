#pragma once

#include <string>

#include "engine/model/result.h"

namespace mipvet::reports {

/// The campaign for people: one HTML file that needs nothing besides itself, from the findings that
/// the JSON report has and from the recordings of the scenarios (ScenarioResult::recording). The
/// page is put together from reports/html; what it shows stands in it as JSON, a block for the
/// campaign and one for the frames of each scenario, which is read when the scenario is opened.
std::string html_report(const model::Campaign& campaign);

}  // namespace mipvet::reports

#pragma once

#include <string>

#include "engine/model/result.h"

namespace mipvet::reports {

/// JUnit XML as CI systems read it: one test case for each scenario; failed requirements in the
/// failure's text, warnings apart from them in the case's output.
std::string junit_report(const model::Campaign& campaign);

}  // namespace mipvet::reports

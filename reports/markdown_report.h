#pragma once

#include <string>

#include "engine/model/result.h"

namespace mipvet::reports {

/// A summary for the page of a CI job (GitHub's flavour of Markdown): verdict and counts, then what
/// failed, what warned, what is known, and scenarios that came to no verdict; of each at most 100.
std::string markdown_report(const model::Campaign& campaign);

}  // namespace mipvet::reports

#pragma once

#include <string>

#include "engine/model/result.h"

namespace mipvet::reports {

struct TextOptions {
  bool colour = false;  ///< ANSI colours, for a terminal
};

/// A table a person can read: one line for each scenario, then each failure with its requirement,
/// frame, octets, what was expected and observed, and the command that replays it.
std::string text_report(const model::Campaign& campaign, const TextOptions& options = {});

}  // namespace mipvet::reports

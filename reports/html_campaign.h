#pragma once

#include <nlohmann/json.hpp>

#include "engine/model/result.h"

namespace mipvet::reports::html {

/// The campaign without its frames, for the HTML report. A campaign has a hundred findings for each
/// scenario, nearly all of them passed: these are four numbers each, what else is told is told
/// once.
///
///     {"mipvet", "verdict", "strict", "totals": {...},
///      "drafts": [[tag, document, title], ...],
///      "requirements": [[id, draft, section, level, testable], ...]   of all ledgers
///      "texts": {"<requirement>": [text, when, observe, violation]}   of those that were judged
///      "names": [...]                                                 of nodes and roles
///      "scenarios": [{"id", "title", "file", "verdict", "reason", "mode", "iuts", "duration_s",
///                     "seed", "jitter_s", "frames", "shown", "capture", "replay",
///                     "findings": [requirement, node, verdict, evaluated, ...],
///                     "details": [[n-th finding, role, expected, observed,
///                                  [[frame, link, first octet, end], ...],
///                                  why it is known], ...]}]}
///
/// Details are of findings that neither passed nor were not applicable.
nlohmann::ordered_json campaign_json(const model::Campaign& campaign);

}  // namespace mipvet::reports::html

#pragma once

#include <filesystem>
#include <vector>

#include "engine/model/result.h"

namespace mipvet::reports {

/// A campaign from its JSON report (json_report.h). Throws model::InputError.
model::Campaign load_json_report(const std::filesystem::path& path);

/// The campaign that the reports are parts of: all shards of one, in the order of the whole run, or
/// campaigns of which none is a shard, one behind the other. Throws model::InputError where a shard
/// is missing or there twice, where shards and whole campaigns are mixed, and where they were not
/// judged alike (`--strict`).
model::Campaign merge_reports(const std::vector<std::filesystem::path>& paths);

}  // namespace mipvet::reports

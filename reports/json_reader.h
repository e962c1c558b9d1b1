#pragma once

#include <filesystem>
#include <vector>

#include "engine/model/document.h"
#include "engine/model/result.h"

namespace mipvet::reports {

/// A campaign from its JSON report (json_report.h), for complaints a document of that name. Throws
/// model::InputError.
model::Campaign read_json_report(const model::Document& document);

/// The same from a file. Captures that lie beside it now (in a folder that came from another job,
/// for one) are found there: the longest end of a capture's path that is a file below the report's
/// folder.
model::Campaign load_json_report(const std::filesystem::path& path);

/// The campaign that the reports are parts of: all shards of one, in the order of the whole run, or
/// campaigns of which none is a shard, one behind the other. Throws model::InputError where a shard
/// is missing or there twice, where shards and whole campaigns are mixed, and where they were not
/// judged alike (`--strict`).
model::Campaign merge_reports(const std::vector<std::filesystem::path>& paths);

}  // namespace mipvet::reports

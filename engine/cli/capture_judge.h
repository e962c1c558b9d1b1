#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/crypto/key_log.h"
#include "engine/model/baseline.h"
#include "engine/model/network.h"
#include "engine/model/recording.h"
#include "engine/model/result.h"
#include "engine/rules/rule_book.h"

namespace mipvet::cli {

/// A capture of one link, or with interfaces that bear the names of links.
struct CaptureFile {
  std::filesystem::path path;
  std::optional<std::string> link;  ///< all its frames are of this link
};

/// Judges captures of one run, frames in order of time over all files. Throws net::CaptureError
/// and model::InputError (an interface or link that the network does not have).
model::ScenarioResult judge_captures(const std::vector<CaptureFile>& captures,
                                     const model::Network& network, const rules::RuleBook& book,
                                     const crypto::KeyLog& keys, bool strict,
                                     const model::Baseline& baseline = {});

/// The frames of the same captures that a report shows: they are read once more. Throws as above.
model::Recording record_captures(const std::vector<CaptureFile>& captures,
                                 const model::Network& network, const crypto::KeyLog& keys,
                                 const model::ScenarioResult& result);

}  // namespace mipvet::cli

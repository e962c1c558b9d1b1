#pragma once

#include <filesystem>
#include <vector>

#include "engine/crypto/key_log.h"

namespace mipvet::campaign {

/// The keys of the files, in their order; of no files, of those that lie beside the captures.
/// Throws model::InputError where one cannot be used.
crypto::KeyLog load_keys(const std::vector<std::filesystem::path>& files,
                         const std::vector<std::filesystem::path>& captures = {});

/// What `run --captures` left beside a capture: CAPTURE with .keys and, of implementations under
/// test, CAPTURE.logs/*.keys; sorted.
std::vector<std::filesystem::path> key_files_beside(const std::filesystem::path& capture);

}  // namespace mipvet::campaign

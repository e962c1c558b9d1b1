#pragma once

#include <filesystem>
#include <vector>

#include "engine/crypto/key_log.h"

namespace mipvet::campaign {

/// The keys of the files, in their order. Throws model::InputError where one cannot be used.
crypto::KeyLog load_keys(const std::vector<std::filesystem::path>& files);

/// What `run --captures` left beside the captures: CAPTURE with .keys and, of implementations under
/// test, CAPTURE.logs/*.keys, sorted.
std::vector<std::filesystem::path> key_files_beside(
    const std::vector<std::filesystem::path>& captures);

}  // namespace mipvet::campaign

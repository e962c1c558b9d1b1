#pragma once

#include <filesystem>
#include <string_view>

#include "engine/crypto/key_log.h"

namespace mipvet::crypto {

/// Keys in whichever form the text shows: a key log, one of Wireshark's tables
/// (wireshark_tables.h), or a log of charon (charon_log.h), whose lines say which thread wrote
/// them: `13[IKE] ...`. Errors as of read_key_log. An empty text is an empty log.
KeyLog read_keys(std::string_view text, std::string_view file);

/// The same of a file; std::invalid_argument, too, where it cannot be read.
KeyLog load_keys(const std::filesystem::path& file);

}  // namespace mipvet::crypto

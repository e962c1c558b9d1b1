#pragma once

#include <string>

namespace mipvet::model {

/// Writes a whole file. Throws InputError with the reason.
void write_file(const std::string& path, const std::string& content);

}  // namespace mipvet::model

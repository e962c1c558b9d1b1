#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/wire/bytes.h"

namespace mipvet::wire {

/// Octets as two hexadecimal digits each, of either case and nothing between them; nothing if the
/// text is anything else. The empty text is no octets.
std::optional<Buffer> from_hex(std::string_view digits);

std::string to_hex(Bytes octets);  ///< lower case

}  // namespace mipvet::wire

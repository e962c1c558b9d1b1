#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/wire/bytes.h"

namespace mipvet::crypto {

/// Octets as two hexadecimal digits each, of either case and nothing between them; nothing if the
/// text is anything else. The empty text is no octets.
std::optional<wire::Buffer> from_hex(std::string_view digits);

std::string to_hex(wire::Bytes octets);  ///< lower case

}  // namespace mipvet::crypto

#pragma once

#include <array>

#include "engine/wire/layout.h"

/// UDP, RFC 768.
namespace mipvet::wire::udp {

inline constexpr Field source_port = number("source_port", 0, 2);
inline constexpr Field destination_port = number("destination_port", 2, 2);
/// Header and payload.
inline constexpr Field length = number("length", 4, 2);
/// 0: the sender computed none.
inline constexpr Field checksum = number("checksum", 6, 2);
inline constexpr std::array fields{source_port, destination_port, length, checksum};
inline constexpr Layout layout{"udp", 8, fields, "RFC 768"};

}  // namespace mipvet::wire::udp

#pragma once

#include <array>

#include "engine/wire/layout.h"

/// Frames of the EtherType ethernet::kMarker that the tool itself puts on a link, so that a capture
/// shows where a scenario begins and ends.
namespace mipvet::wire::marker {

inline constexpr std::uint32_t kMagic = 0x6D707674;  // "mpvt"
inline constexpr std::uint8_t kBegin = 1;
inline constexpr std::uint8_t kEnd = 2;
/// Nobody's; bridges drop frames from 00:00:00:00:00:00.
inline constexpr MacAddress kSource{{0x02, 0, 0, 0, 0xFF, 0xFE}};

inline constexpr Field magic = number("magic", 0, 4);
inline constexpr Field kind = number("kind", 4, 1);
/// Zero octets behind it are the link's padding and no part of it.
inline constexpr Field text = wire::text("text", 5);
inline constexpr std::array fields{magic, kind, text};
inline constexpr Layout layout{"marker", 5, fields, "mipvet"};

}  // namespace mipvet::wire::marker

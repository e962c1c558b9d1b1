#pragma once

#include <array>

#include "engine/wire/layout.h"

/// Ethernet II.
namespace mipvet::wire::ethernet {

inline constexpr std::uint16_t kIpv4 = 0x0800;
inline constexpr std::uint16_t kArp = 0x0806;
/// IEEE 802 local experimental: the frames that the tool itself puts on a link (marker.h).
inline constexpr std::uint16_t kMarker = 0x88B5;

inline constexpr Field destination = mac("destination", 0);
inline constexpr Field source = mac("source", 6);
inline constexpr Field ethertype = number("ethertype", 12, 2);
inline constexpr std::array fields{destination, source, ethertype};
inline constexpr Layout layout{"ethernet", 14, fields, "RFC 894"};

}  // namespace mipvet::wire::ethernet

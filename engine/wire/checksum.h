#pragma once

#include <cstdint>

#include "engine/wire/address.h"
#include "engine/wire/bytes.h"

namespace mipvet::wire {

/// One's complement sum of 16-bit words, folded, RFC 1071; an odd last octet is padded with zero.
/// Sums of parts may be added where every part but the last has an even number of octets.
std::uint16_t ones_sum(Bytes octets, std::uint32_t initial = 0);

/// The Internet checksum over all octets. Over octets that hold a right checksum it is 0.
inline std::uint16_t checksum(Bytes octets) {
  return static_cast<std::uint16_t>(~ones_sum(octets));
}

/// Sum of the pseudo header of RFC 768, to be given to `ones_sum` as the initial value.
constexpr std::uint32_t pseudo_header_sum(Ipv4Address source, Ipv4Address destination,
                                          std::uint8_t protocol, std::uint16_t length) {
  return (source.value >> 16) + (source.value & 0xFFFF) + (destination.value >> 16) +
         (destination.value & 0xFFFF) + protocol + length;
}

/// What belongs into the checksum field of a UDP datagram (header and payload, at least 8 octets):
/// never 0, which would mean "none". What the field holds now does not count.
std::uint16_t udp_checksum(Ipv4Address source, Ipv4Address destination, Bytes datagram);

}  // namespace mipvet::wire

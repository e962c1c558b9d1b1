#pragma once

#include <array>

#include "engine/wire/layout.h"

/// ARP for IPv4 over Ethernet, RFC 826. Gratuitous and proxy ARP (RFC 3344 §4.6) are of this shape.
namespace mipvet::wire::arp {

inline constexpr std::uint16_t kRequest = 1;
inline constexpr std::uint16_t kReply = 2;

inline constexpr Field hardware_type = number("hardware_type", 0, 2);
inline constexpr Field protocol_type = number("protocol_type", 2, 2);
inline constexpr Field hardware_length = number("hardware_length", 4, 1);
inline constexpr Field protocol_length = number("protocol_length", 5, 1);
inline constexpr Field operation = number("operation", 6, 2);
inline constexpr Field sender_mac = mac("sender_mac", 8);
inline constexpr Field sender_ip = ipv4("sender_ip", 14);
inline constexpr Field target_mac = mac("target_mac", 18);
inline constexpr Field target_ip = ipv4("target_ip", 24);
inline constexpr std::array fields{hardware_type,   protocol_type, hardware_length,
                                   protocol_length, operation,     sender_mac,
                                   sender_ip,       target_mac,    target_ip};
inline constexpr Layout layout{"arp", 28, fields, "RFC 826"};

}  // namespace mipvet::wire::arp

#pragma once

#include <array>

#include "engine/wire/layout.h"

/// The IPv4 header, RFC 791 §3.1. Also the outer and the inner header of IP-in-IP, RFC 2003.
namespace mipvet::wire::ip {

inline constexpr std::uint8_t kIcmp = 1;
inline constexpr std::uint8_t kIpv4 = 4;
inline constexpr std::uint8_t kUdp = 17;
inline constexpr std::uint8_t kGre = 47;
inline constexpr std::uint8_t kMinimalEncapsulation = 55;
inline constexpr std::uint8_t kEsp = 50;

inline constexpr Field version = bits("version", 0, 0, 4);
/// In words of four octets.
inline constexpr Field header_length = bits("header_length", 0, 4, 4);
inline constexpr Field type_of_service = number("type_of_service", 1, 1);
inline constexpr Field total_length = number("total_length", 2, 2);
inline constexpr Field identification = number("identification", 4, 2);
inline constexpr Field reserved_flag = flag("reserved_flag", 6, 0);
inline constexpr Field dont_fragment = flag("dont_fragment", 6, 1);
inline constexpr Field more_fragments = flag("more_fragments", 6, 2);
/// In units of eight octets.
inline constexpr Field fragment_offset = bits("fragment_offset", 6, 3, 13);
inline constexpr Field time_to_live = number("time_to_live", 8, 1);
inline constexpr Field protocol = number("protocol", 9, 1);
inline constexpr Field checksum = number("checksum", 10, 2);
inline constexpr Field source = ipv4("source", 12);
inline constexpr Field destination = ipv4("destination", 16);
inline constexpr Field options = octets("options", 20);
inline constexpr std::array fields{version,         header_length, type_of_service, total_length,
                                   identification,  reserved_flag, dont_fragment,   more_fragments,
                                   fragment_offset, time_to_live,  protocol,        checksum,
                                   source,          destination,   options};
inline constexpr Layout layout{"ipv4", 20, fields, "RFC 791 §3.1"};

}  // namespace mipvet::wire::ip

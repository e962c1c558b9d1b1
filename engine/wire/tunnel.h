#pragma once

#include <array>

#include "engine/wire/layout.h"

/// Tunnel headers between two IPv4 headers. IP-in-IP (RFC 2003) has none of its own.
namespace mipvet::wire {

/// Minimal forwarding header, RFC 2004 §3.1: takes the place of the inner IPv4 header.
namespace minimal_encapsulation {
inline constexpr Field protocol = number("protocol", 0, 1);
inline constexpr Field source_present = flag("source_present", 1, 0);
inline constexpr Field reserved = bits("reserved", 1, 1, 7);
/// Over this header alone.
inline constexpr Field checksum = number("checksum", 2, 2);
inline constexpr Field original_destination = ipv4("original_destination", 4);
/// There only when `source_present` is set; otherwise the outer source is the original one.
inline constexpr Field original_source = ipv4("original_source", 8);
inline constexpr std::array fields{protocol, source_present,       reserved,
                                   checksum, original_destination, original_source};
inline constexpr Layout layout{"minimal-encapsulation", 8, fields, "RFC 2004 §3.1"};
}  // namespace minimal_encapsulation

/// GRE, RFC 2784 §2.1, with the key and sequence number bits of RFC 2890 §2.
namespace gre {
inline constexpr Field checksum_present = flag("checksum_present", 0, 0);
/// RFC 1701 only; a receiver of RFC 2784 discards packets that set it.
inline constexpr Field routing_present = flag("routing_present", 0, 1);
inline constexpr Field key_present = flag("key_present", 0, 2);
inline constexpr Field sequence_present = flag("sequence_present", 0, 3);
inline constexpr Field reserved_0 = bits("reserved_0", 0, 4, 9);
inline constexpr Field version = bits("version", 1, 5, 3);
/// An EtherType.
inline constexpr Field protocol_type = number("protocol_type", 2, 2);
/// Checksum, key and sequence number, as far as their bits announce them.
inline constexpr Field optional_fields = octets("optional_fields", 4);
inline constexpr std::array fields{checksum_present, routing_present, key_present,
                                   sequence_present, reserved_0,      version,
                                   protocol_type,    optional_fields};
inline constexpr Layout layout{"gre", 4, fields, "RFC 2784 §2.1"};
}  // namespace gre

}  // namespace mipvet::wire

#pragma once

#include <array>

#include "engine/wire/layout.h"
#include "engine/wire/mip4.h"

/// ICMP: echo and errors (RFC 792), router discovery (RFC 1256) and agent discovery (RFC 3344 §2).
namespace mipvet::wire::icmp {

inline constexpr std::uint8_t kEchoReplyType = 0;
inline constexpr std::uint8_t kUnreachableType = 3;
inline constexpr std::uint8_t kEchoRequestType = 8;
inline constexpr std::uint8_t kAdvertisementType = 9;
inline constexpr std::uint8_t kSolicitationType = 10;
inline constexpr std::uint8_t kTimeExceededType = 11;

inline constexpr std::uint8_t kNetworkUnreachable = 0;
inline constexpr std::uint8_t kHostUnreachable = 1;
inline constexpr std::uint8_t kProtocolUnreachable = 2;
inline constexpr std::uint8_t kPortUnreachable = 3;
inline constexpr std::uint8_t kFragmentationNeeded = 4;
inline constexpr std::uint8_t kAdministrativelyProhibited = 13;

// The first four octets are the same in every message.
inline constexpr Field type = number("type", 0, 1);
inline constexpr Field code = number("code", 1, 1);
inline constexpr Field checksum = number("checksum", 2, 2);

/// A message of a type that is none of the others.
namespace other {
inline constexpr Field data = octets("data", 4);
inline constexpr std::array fields{type, code, checksum, data};
inline constexpr Layout layout{"icmp", 4, fields, "RFC 792"};
}  // namespace other

namespace echo {
inline constexpr Field identifier = number("identifier", 4, 2);
inline constexpr Field sequence_number = number("sequence_number", 6, 2);
inline constexpr Field data = octets("data", 8);
inline constexpr std::array fields{type, code, checksum, identifier, sequence_number, data};
inline constexpr Layout request{"echo-request", 8, fields, "RFC 792", kEchoRequestType};
inline constexpr Layout reply{"echo-reply", 8, fields, "RFC 792", kEchoReplyType};
}  // namespace echo

/// Destination Unreachable and Time Exceeded. The head of the datagram that provoked the error
/// follows: quoted layers of their own.
namespace error {
inline constexpr Field unused = number("unused", 4, 2);
/// RFC 1191 §4, with code kFragmentationNeeded; otherwise unused.
inline constexpr Field next_hop_mtu = number("next_hop_mtu", 6, 2);
inline constexpr std::array fields{type, code, checksum, unused, next_hop_mtu};
inline constexpr Layout unreachable{"icmp-unreachable", 8, fields, "RFC 792", kUnreachableType};
inline constexpr Layout time_exceeded{"time-exceeded", 8, fields, "RFC 792", kTimeExceededType};
}  // namespace error

/// Router Advertisement, RFC 1256 §3. With a Mobility Agent Advertisement extension behind its
/// addresses it is an Agent Advertisement, RFC 3344 §2.1.
namespace advertisement {
/// Code of an agent that does not route common traffic, RFC 3344 §2.1.
inline constexpr std::uint8_t kNoCommonTraffic = 16;
inline constexpr Field num_addrs = number("num_addrs", 4, 1);
/// In words of four octets; 2 in RFC 1256.
inline constexpr Field addr_entry_size = number("addr_entry_size", 5, 1);
inline constexpr Field lifetime = number("lifetime", 6, 2);
/// The entries: a router address and its preference level each.
inline constexpr Field addresses = octets("addresses", 8);
inline constexpr std::array fields{type,     code,     checksum, num_addrs, addr_entry_size,
                                   lifetime, addresses};
inline constexpr Layout router{"router-advertisement", 8, fields, "RFC 1256 §3",
                               kAdvertisementType};
inline constexpr Layout agent{"agent-advertisement", 8, fields, "RFC 3344 §2.1",
                              kAdvertisementType};

/// Octets that the announced entries take.
constexpr std::size_t addresses_size(View advertisement) {
  return static_cast<std::size_t>(advertisement[num_addrs] * advertisement[addr_entry_size] * 4);
}
/// The i-th router address (from 0), 0.0.0.0 where it is not there. i < num_addrs.
constexpr Ipv4Address router_address(View advertisement, std::size_t i) {
  const auto entry = 8 + i * 4 * static_cast<std::size_t>(advertisement[addr_entry_size]);
  return advertisement.address(ipv4("router_address", static_cast<std::uint32_t>(entry)));
}
}  // namespace advertisement

/// Agent Solicitation: a Router Solicitation (RFC 1256 §3) with TTL 1, RFC 3344 §2.2.
namespace solicitation {
inline constexpr Field reserved = number("reserved", 4, 4);
inline constexpr std::array fields{type, code, checksum, reserved};
inline constexpr Layout layout{"agent-solicitation", 8, fields, "RFC 3344 §2.2", kSolicitationType};
}  // namespace solicitation

/// RFC 3344 §2.1.1; T is RFC 3024 §3.1, U is RFC 3519 §3.4.
namespace mobility_agent {
inline constexpr std::uint8_t kType = 16;
inline constexpr Field type = number("type", 0, 1);
inline constexpr Field length = number("length", 1, 1);
inline constexpr Field sequence_number = number("sequence_number", 2, 2);
inline constexpr Field registration_lifetime = number("registration_lifetime", 4, 2);
inline constexpr Field flags = bits("flags", 6, 0, 16);
inline constexpr Field registration_required = flag("registration_required", 6, 0);
inline constexpr Field busy = flag("busy", 6, 1);
inline constexpr Field home_agent = flag("home_agent", 6, 2);
inline constexpr Field foreign_agent = flag("foreign_agent", 6, 3);
inline constexpr Field minimal_encapsulation = flag("minimal_encapsulation", 6, 4);
inline constexpr Field gre_encapsulation = flag("gre_encapsulation", 6, 5);
inline constexpr Field reserved_r = flag("reserved_r", 6, 6);
inline constexpr Field reverse_tunneling = flag("reverse_tunneling", 6, 7);
inline constexpr Field udp_tunneling = flag("udp_tunneling", 7, 0);
inline constexpr Field reserved = bits("reserved", 7, 1, 7);
/// Zero or more addresses of four octets.
inline constexpr Field care_of_addresses = octets("care_of_addresses", 8);
inline constexpr std::array fields{type,
                                   length,
                                   sequence_number,
                                   registration_lifetime,
                                   flags,
                                   registration_required,
                                   busy,
                                   home_agent,
                                   foreign_agent,
                                   minimal_encapsulation,
                                   gre_encapsulation,
                                   reserved_r,
                                   reverse_tunneling,
                                   udp_tunneling,
                                   reserved,
                                   care_of_addresses};
inline constexpr Layout layout{"mobility-agent-advertisement", 8, fields, "RFC 3344 §2.1.1", kType};

constexpr std::size_t care_of_count(View extension) {
  return extension.octets(care_of_addresses).size() / 4;
}
/// The i-th care-of address (from 0), 0.0.0.0 where it is not there.
constexpr Ipv4Address care_of_address(View extension, std::size_t i) {
  return extension.address(ipv4("care_of_address", static_cast<std::uint32_t>(8 + 4 * i)));
}
}  // namespace mobility_agent

/// RFC 3344 §2.1.2: one octet for each router address of the advertisement.
namespace prefix_lengths {
inline constexpr std::uint8_t kType = 19;
inline constexpr Field type = number("type", 0, 1);
inline constexpr Field length = number("length", 1, 1);
inline constexpr Field prefix_lengths = octets("prefix_lengths", 2);
inline constexpr std::array fields{type, length, prefix_lengths};
inline constexpr Layout layout{"prefix-lengths", 2, fields, "RFC 3344 §2.1.2", kType};
}  // namespace prefix_lengths

/// The extensions of router discovery that have a type number of their own, RFC 3344 §1.8: a
/// numbering apart from that of registration messages. All others are `mip4::extension`.
inline constexpr std::array<const Layout*, 3> extensions{
    &mip4::padding::layout, &mobility_agent::layout, &prefix_lengths::layout};

}  // namespace mipvet::wire::icmp

#pragma once

#include <array>

#include "engine/wire/layout.h"

/// Mobile IPv4 registration messages on UDP port 434, and their extensions.
namespace mipvet::wire::mip4 {

inline constexpr std::uint16_t kPort = 434;

inline constexpr std::uint8_t kRequestType = 1;
inline constexpr std::uint8_t kReplyType = 3;
inline constexpr std::uint8_t kTunnelDataType = 4;

/// RFC 3344 §3.3: a lifetime of 0xffff means infinity, 0 asks for deregistration.
inline constexpr std::uint16_t kInfiniteLifetime = 0xFFFF;

/// Registration Request, RFC 3344 §3.3; T is RFC 3024 §3.2.
namespace request {
inline constexpr Field type = number("type", 0, 1);
inline constexpr Field flags = bits("flags", 1, 0, 8);
inline constexpr Field simultaneous_bindings = flag("simultaneous_bindings", 1, 0);
inline constexpr Field broadcast_datagrams = flag("broadcast_datagrams", 1, 1);
inline constexpr Field decapsulation_by_mobile_node = flag("decapsulation_by_mobile_node", 1, 2);
inline constexpr Field minimal_encapsulation = flag("minimal_encapsulation", 1, 3);
inline constexpr Field gre_encapsulation = flag("gre_encapsulation", 1, 4);
inline constexpr Field reserved_r = flag("reserved_r", 1, 5);
inline constexpr Field reverse_tunneling = flag("reverse_tunneling", 1, 6);
inline constexpr Field reserved_x = flag("reserved_x", 1, 7);
inline constexpr Field lifetime = number("lifetime", 2, 2);
inline constexpr Field home_address = ipv4("home_address", 4);
inline constexpr Field home_agent = ipv4("home_agent", 8);
inline constexpr Field care_of_address = ipv4("care_of_address", 12);
inline constexpr Field identification = number("identification", 16, 8);
inline constexpr std::array fields{type,
                                   flags,
                                   simultaneous_bindings,
                                   broadcast_datagrams,
                                   decapsulation_by_mobile_node,
                                   minimal_encapsulation,
                                   gre_encapsulation,
                                   reserved_r,
                                   reverse_tunneling,
                                   reserved_x,
                                   lifetime,
                                   home_address,
                                   home_agent,
                                   care_of_address,
                                   identification};
inline constexpr Layout layout{"registration-request", 24, fields, "RFC 3344 §3.3", kRequestType};
}  // namespace request

/// Registration Reply, RFC 3344 §3.4.
namespace reply {
inline constexpr Field type = number("type", 0, 1);
inline constexpr Field code = number("code", 1, 1);
inline constexpr Field lifetime = number("lifetime", 2, 2);
inline constexpr Field home_address = ipv4("home_address", 4);
inline constexpr Field home_agent = ipv4("home_agent", 8);
inline constexpr Field identification = number("identification", 12, 8);
inline constexpr std::array fields{type, code, lifetime, home_address, home_agent, identification};
inline constexpr Layout layout{"registration-reply", 20, fields, "RFC 3344 §3.4", kReplyType};
}  // namespace reply

/// A message on port 434 of a type that is none of the others.
namespace mobile_ip {
inline constexpr Field type = number("type", 0, 1);
inline constexpr std::array fields{type};
inline constexpr Layout layout{"mobile-ip", 1, fields, "RFC 3344 §1.8"};
}  // namespace mobile_ip

/// MIP Tunnel Data Message, RFC 3519 §3.3: the header before the tunnelled datagram.
namespace tunnel_data {
inline constexpr Field type = number("type", 0, 1);
inline constexpr Field next_header = number("next_header", 1, 1);
inline constexpr Field reserved = number("reserved", 2, 2);
inline constexpr std::array fields{type, next_header, reserved};
inline constexpr Layout layout{"udp-tunnel-data", 4, fields, "RFC 3519 §3.3", kTunnelDataType};
}  // namespace tunnel_data

/// Any extension in the short format, type and length in one octet each, RFC 3344 §1.9.
namespace extension {
inline constexpr Field type = number("type", 0, 1);
inline constexpr Field length = number("length", 1, 1);
inline constexpr Field data = octets("data", 2);
inline constexpr std::array fields{type, length, data};
inline constexpr Layout layout{"extension", 2, fields, "RFC 3344 §1.9"};

/// Types below 128 make a receiver that does not know them drop the message, RFC 3344 §1.8.
constexpr bool is_skippable(std::uint64_t extension_type) {
  return extension_type >= 128;
}
}  // namespace extension

/// One-byte padding, RFC 3344 §2.1.3: the only extension without a length.
namespace padding {
inline constexpr std::uint8_t kType = 0;
inline constexpr Field type = number("type", 0, 1);
inline constexpr std::array fields{type};
inline constexpr Layout layout{"padding", 1, fields, "RFC 3344 §2.1.3", kType};
}  // namespace padding

/// The three authentication extensions share one format, RFC 3344 §3.5.1.
namespace authentication {
inline constexpr std::uint8_t kMobileHomeType = 32;
inline constexpr std::uint8_t kMobileForeignType = 33;
inline constexpr std::uint8_t kForeignHomeType = 34;
inline constexpr Field type = number("type", 0, 1);
inline constexpr Field length = number("length", 1, 1);
inline constexpr Field spi = number("spi", 2, 4);
inline constexpr Field authenticator = octets("authenticator", 6);
inline constexpr std::array fields{type, length, spi, authenticator};
inline constexpr Layout mobile_home{"mobile-home-authentication", 6, fields, "RFC 3344 §3.5.2",
                                    kMobileHomeType};
inline constexpr Layout mobile_foreign{"mobile-foreign-authentication", 6, fields,
                                       "RFC 3344 §3.5.3", kMobileForeignType};
inline constexpr Layout foreign_home{"foreign-home-authentication", 6, fields, "RFC 3344 §3.5.4",
                                     kForeignHomeType};
}  // namespace authentication

/// Generalized authentication (MN-AAA), RFC 4721 §5: named by the ledgers as another
/// authorization-enabling extension.
namespace generalized_authentication {
inline constexpr std::uint8_t kType = 36;
inline constexpr Field type = number("type", 0, 1);
inline constexpr Field sub_type = number("sub_type", 1, 1);
inline constexpr Field length = number("length", 2, 2);
inline constexpr Field spi = number("spi", 4, 4);
inline constexpr Field authenticator = octets("authenticator", 8);
inline constexpr std::array fields{type, sub_type, length, spi, authenticator};
inline constexpr Layout layout{"generalized-authentication", 8, fields, "RFC 4721 §5", kType};
}  // namespace generalized_authentication

/// Network Access Identifier, RFC 2794 §2.
namespace nai {
inline constexpr std::uint8_t kType = 131;
inline constexpr Field type = number("type", 0, 1);
inline constexpr Field length = number("length", 1, 1);
inline constexpr Field nai = text("nai", 2);
inline constexpr std::array fields{type, length, nai};
inline constexpr Layout layout{"nai", 2, fields, "RFC 2794 §2", kType};
}  // namespace nai

/// HA Parameter, draft-adrangi-mobileip-vpn-traversal-02 §2.5.3. Type and Sub-Type were never
/// assigned: they are parameters of a network.
namespace ha_parameter {
inline constexpr std::uint8_t kDefaultType = 127;
inline constexpr std::uint8_t kDefaultSubType = 1;
inline constexpr Field type = number("type", 0, 1);
inline constexpr Field length = number("length", 1, 1);
inline constexpr Field sub_type = number("sub_type", 2, 1);
inline constexpr Field reserved = number("reserved", 3, 1);
inline constexpr Field home_agent_address = ipv4("home_agent_address", 4);
inline constexpr std::array fields{type, length, sub_type, reserved, home_agent_address};
inline constexpr Layout layout{"ha-parameter", 8, fields, "MIPP §2.5.3", kDefaultType};
}  // namespace ha_parameter

/// Encapsulating Delivery Style, RFC 3024 §3.3.
namespace encapsulating_delivery {
inline constexpr std::uint8_t kType = 130;
inline constexpr Field type = number("type", 0, 1);
inline constexpr Field length = number("length", 1, 1);
inline constexpr std::array fields{type, length};
inline constexpr Layout layout{"encapsulating-delivery-style", 2, fields, "RFC 3024 §3.3", kType};
}  // namespace encapsulating_delivery

/// UDP Tunnel Request, RFC 3519 §3.1.
namespace udp_tunnel_request {
inline constexpr std::uint8_t kType = 144;
inline constexpr Field type = number("type", 0, 1);
inline constexpr Field length = number("length", 1, 1);
inline constexpr Field sub_type = number("sub_type", 2, 1);
inline constexpr Field reserved_1 = number("reserved_1", 3, 1);
inline constexpr Field force = flag("force", 4, 0);
inline constexpr Field foreign_agent_required = flag("foreign_agent_required", 4, 1);
inline constexpr Field reserved_2 = bits("reserved_2", 4, 2, 6);
inline constexpr Field encapsulation = number("encapsulation", 5, 1);
inline constexpr Field reserved_3 = number("reserved_3", 6, 2);
inline constexpr std::array fields{type,       length,        sub_type,
                                   reserved_1, force,         foreign_agent_required,
                                   reserved_2, encapsulation, reserved_3};
inline constexpr Layout layout{"udp-tunnel-request", 8, fields, "RFC 3519 §3.1", kType};
}  // namespace udp_tunnel_request

/// UDP Tunnel Reply, RFC 3519 §3.2.
namespace udp_tunnel_reply {
inline constexpr std::uint8_t kType = 44;
inline constexpr Field type = number("type", 0, 1);
inline constexpr Field length = number("length", 1, 1);
inline constexpr Field sub_type = number("sub_type", 2, 1);
inline constexpr Field reply_code = number("reply_code", 3, 1);
inline constexpr Field force = flag("force", 4, 0);
inline constexpr Field reserved = bits("reserved", 4, 1, 15);
inline constexpr Field keepalive_interval = number("keepalive_interval", 6, 2);
inline constexpr std::array fields{type,  length,   sub_type,          reply_code,
                                   force, reserved, keepalive_interval};
inline constexpr Layout layout{"udp-tunnel-reply", 8, fields, "RFC 3519 §3.2", kType};
}  // namespace udp_tunnel_reply

/// Critical and normal vendor/organization specific extensions, RFC 3115 §2; their data stays
/// opaque.
namespace vendor_critical {
inline constexpr std::uint8_t kType = 38;
inline constexpr Field type = number("type", 0, 1);
inline constexpr Field reserved = number("reserved", 1, 1);
inline constexpr Field length = number("length", 2, 2);
inline constexpr Field vendor = number("vendor", 4, 4);
inline constexpr Field vendor_type = number("vendor_type", 8, 2);
inline constexpr Field data = octets("data", 10);
inline constexpr std::array fields{type, reserved, length, vendor, vendor_type, data};
inline constexpr Layout layout{"vendor-critical", 10, fields, "RFC 3115 §2.1", kType};
}  // namespace vendor_critical

namespace vendor_normal {
inline constexpr std::uint8_t kType = 134;
inline constexpr Field type = number("type", 0, 1);
inline constexpr Field length = number("length", 1, 1);
inline constexpr Field reserved = number("reserved", 2, 2);
inline constexpr Field vendor = number("vendor", 4, 4);
inline constexpr Field vendor_type = number("vendor_type", 8, 2);
inline constexpr Field data = octets("data", 10);
inline constexpr std::array fields{type, length, reserved, vendor, vendor_type, data};
inline constexpr Layout layout{"vendor-normal", 10, fields, "RFC 3115 §2.2", kType};
}  // namespace vendor_normal

/// The extensions of registration messages that have a type number of their own. All others are
/// `extension`.
inline constexpr std::array<const Layout*, 12> extensions{&padding::layout,
                                                          &authentication::mobile_home,
                                                          &authentication::mobile_foreign,
                                                          &authentication::foreign_home,
                                                          &generalized_authentication::layout,
                                                          &vendor_critical::layout,
                                                          &udp_tunnel_reply::layout,
                                                          &ha_parameter::layout,
                                                          &encapsulating_delivery::layout,
                                                          &nai::layout,
                                                          &vendor_normal::layout,
                                                          &udp_tunnel_request::layout};

/// Codes of a Registration Reply, RFC 3344 §3.4, RFC 3115 §2.4, RFC 3024 §3.4, RFC 3519 §8, RFC
/// 2794 §5, MIPP §2.4.1.
enum class Code : std::uint8_t {
  accepted = 0,
  accepted_without_simultaneous_bindings = 1,
  fa_reason_unspecified = 64,
  fa_administratively_prohibited = 65,
  fa_insufficient_resources = 66,
  fa_mobile_node_failed_authentication = 67,
  fa_home_agent_failed_authentication = 68,
  fa_requested_lifetime_too_long = 69,
  fa_poorly_formed_request = 70,
  fa_poorly_formed_reply = 71,
  fa_requested_encapsulation_unavailable = 72,
  fa_reverse_tunnel_unavailable = 74,
  fa_reverse_tunnel_mandatory = 75,
  fa_mobile_node_too_distant = 76,
  fa_invalid_care_of_address = 77,
  fa_registration_timeout = 78,
  fa_delivery_style_not_supported = 79,
  fa_home_network_unreachable = 80,
  fa_home_agent_host_unreachable = 81,
  fa_home_agent_port_unreachable = 82,
  fa_home_agent_unreachable = 88,
  fa_nonzero_home_address_required = 96,
  fa_missing_nai = 97,
  fa_missing_home_agent = 98,
  fa_missing_home_address = 99,
  fa_unsupported_vendor_of_mobile_node = 100,
  fa_unsupported_vendor_of_home_agent = 101,
  reason_unspecified = 128,
  administratively_prohibited = 129,
  insufficient_resources = 130,
  mobile_node_failed_authentication = 131,
  foreign_agent_failed_authentication = 132,
  identification_mismatch = 133,
  poorly_formed_request = 134,
  too_many_simultaneous_bindings = 135,
  unknown_home_agent_address = 136,
  reverse_tunnel_unavailable = 137,
  reverse_tunnel_mandatory = 138,
  requested_encapsulation_unavailable = 139,
  unsupported_vendor_of_mobile_node = 140,
  unsupported_vendor_of_foreign_agent = 141,
  requested_udp_encapsulation_unavailable = 142,
  missing_ha_parameter = 200,
  zero_ha_parameter = 201,
  home_agent_unreachable_by_icmp = 202,
  missing_nai_from_home_agent = 203,
  missing_home_address_from_home_agent = 204,
  missing_home_agent_from_home_agent = 205,
  mobile_node_inside = 206,
};

}  // namespace mipvet::wire::mip4

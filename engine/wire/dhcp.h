#pragma once

#include <array>

#include "engine/wire/layout.h"

/// DHCP for IPv4: the message (RFC 2131 §2) and the options (RFC 2132) that handing out an address
/// needs. All messages have one format; which it is says an option.
namespace mipvet::wire::dhcp {

inline constexpr std::uint16_t kServerPort = 67;
inline constexpr std::uint16_t kClientPort = 68;

inline constexpr std::uint8_t kBootRequest = 1;
inline constexpr std::uint8_t kBootReply = 2;
inline constexpr std::uint32_t kMagicCookie = 0x63825363;

inline constexpr Field op = number("op", 0, 1);
inline constexpr Field htype = number("htype", 1, 1);
inline constexpr Field hlen = number("hlen", 2, 1);
inline constexpr Field hops = number("hops", 3, 1);
inline constexpr Field xid = number("xid", 4, 4);
inline constexpr Field secs = number("secs", 8, 2);
inline constexpr Field flags = bits("flags", 10, 0, 16);
inline constexpr Field broadcast = flag("broadcast", 10, 0);
inline constexpr Field ciaddr = ipv4("ciaddr", 12);
inline constexpr Field yiaddr = ipv4("yiaddr", 16);
inline constexpr Field siaddr = ipv4("siaddr", 20);
inline constexpr Field giaddr = ipv4("giaddr", 24);
inline constexpr Field chaddr = mac("chaddr", 28);
inline constexpr Field chaddr_padding = octets("chaddr_padding", 34, 10);
inline constexpr Field sname = octets("sname", 44, 64);
inline constexpr Field file = octets("file", 108, 128);
inline constexpr Field magic_cookie = number("magic_cookie", 236, 4);
inline constexpr std::array fields{op,     htype,          hlen,   hops,   xid,         secs,
                                   flags,  broadcast,      ciaddr, yiaddr, siaddr,      giaddr,
                                   chaddr, chaddr_padding, sname,  file,   magic_cookie};

/// A message without a message type, or with one that is none of the others.
inline constexpr Layout other{"bootp", 240, fields, "RFC 951 §3"};

constexpr Layout message(std::string_view name) {
  return {name, 240, fields, "RFC 2131 §2"};
}
inline constexpr Layout discover = message("dhcp-discover");
inline constexpr Layout offer = message("dhcp-offer");
inline constexpr Layout request = message("dhcp-request");
inline constexpr Layout decline = message("dhcp-decline");
inline constexpr Layout ack = message("dhcp-ack");
inline constexpr Layout nak = message("dhcp-nak");
inline constexpr Layout release = message("dhcp-release");
inline constexpr Layout inform = message("dhcp-inform");
/// By message type - 1 (RFC 2132 §9.6).
inline constexpr std::array messages{&discover, &offer, &request, &decline,
                                     &ack,      &nak,   &release, &inform};

/// The number that the message type option has for one of `messages`.
constexpr std::uint8_t message_type_of(const Layout& layout) {
  for (std::size_t i = 0; i < messages.size(); ++i)
    if (messages[i] == &layout) return static_cast<std::uint8_t>(i + 1);
  return 0;
}

/// Options, RFC 2132: a code, a length and a value.
namespace option {
inline constexpr Field code = number("code", 0, 1);
inline constexpr Field length = number("length", 1, 1);

inline constexpr Field data = octets("data", 2);
inline constexpr std::array fields{code, length, data};
inline constexpr Layout layout{"dhcp-option", 2, fields, "RFC 2132 §2"};

/// A run of octets of zero, RFC 2132 §3.1.
inline constexpr Field padding = octets("padding", 0);
inline constexpr std::array pad_fields{padding};
inline constexpr Layout pad{"dhcp-pad", 1, pad_fields, "RFC 2132 §3.1"};
/// The last option, and what stands behind it.
inline constexpr Field rest = octets("rest", 1);
inline constexpr std::array end_fields{code, rest};
inline constexpr Layout end{"dhcp-end", 1, end_fields, "RFC 2132 §3.2", 255};

inline constexpr Field mask = ipv4("mask", 2);
inline constexpr std::array mask_fields{code, length, mask};
inline constexpr Layout subnet_mask{"dhcp-subnet-mask", 6, mask_fields, "RFC 2132 §3.3", 1};

/// The first of a list, most preferred.
inline constexpr Field address = ipv4("address", 2);
inline constexpr Field more = octets("more", 6);
inline constexpr std::array addresses_fields{code, length, address, more};
inline constexpr Layout router{"dhcp-router", 6, addresses_fields, "RFC 2132 §3.5", 3};
inline constexpr Layout domain_name_server{"dhcp-domain-name-server", 6, addresses_fields,
                                           "RFC 2132 §3.8", 6};

inline constexpr std::array address_fields{code, length, address};
inline constexpr Layout requested_address{"dhcp-requested-address", 6, address_fields,
                                          "RFC 2132 §9.1", 50};
inline constexpr Layout server_identifier{"dhcp-server-identifier", 6, address_fields,
                                          "RFC 2132 §9.7", 54};

inline constexpr Field seconds = number("seconds", 2, 4);
inline constexpr std::array seconds_fields{code, length, seconds};
inline constexpr Layout lease_time{"dhcp-lease-time", 6, seconds_fields, "RFC 2132 §9.2", 51};
inline constexpr Layout renewal_time{"dhcp-renewal-time", 6, seconds_fields, "RFC 2132 §9.11", 58};
inline constexpr Layout rebinding_time{"dhcp-rebinding-time", 6, seconds_fields, "RFC 2132 §9.12",
                                       59};

inline constexpr Field message_type = number("message_type", 2, 1);
inline constexpr std::array message_type_fields{code, length, message_type};
inline constexpr Layout type{"dhcp-message-type", 3, message_type_fields, "RFC 2132 §9.6", 53};

inline constexpr Field codes = octets("codes", 2);
inline constexpr std::array codes_fields{code, length, codes};
inline constexpr Layout parameter_request_list{"dhcp-parameter-request-list", 3, codes_fields,
                                               "RFC 2132 §9.8", 55};

inline constexpr Field text = wire::text("text", 2);
inline constexpr std::array text_fields{code, length, text};
inline constexpr Layout host_name{"dhcp-host-name", 3, text_fields, "RFC 2132 §3.14", 12};
inline constexpr Layout message{"dhcp-message", 3, text_fields, "RFC 2132 §9.9", 56};

inline constexpr Field octets_2 = number("octets", 2, 2);
inline constexpr std::array octets_2_fields{code, length, octets_2};
inline constexpr Layout maximum_message_size{"dhcp-maximum-message-size", 4, octets_2_fields,
                                             "RFC 2132 §9.10", 57};

inline constexpr Field id_type = number("id_type", 2, 1);
inline constexpr Field id = octets("id", 3);
inline constexpr std::array id_fields{code, length, id_type, id};
inline constexpr Layout client_identifier{"dhcp-client-identifier", 4, id_fields, "RFC 2132 §9.14",
                                          61};
}  // namespace option

/// Those with a table of their own; `type_value` is the code.
inline constexpr std::array options{&option::subnet_mask,
                                    &option::router,
                                    &option::domain_name_server,
                                    &option::host_name,
                                    &option::requested_address,
                                    &option::lease_time,
                                    &option::type,
                                    &option::server_identifier,
                                    &option::parameter_request_list,
                                    &option::message,
                                    &option::maximum_message_size,
                                    &option::renewal_time,
                                    &option::rebinding_time,
                                    &option::client_identifier,
                                    &option::end};

}  // namespace mipvet::wire::dhcp

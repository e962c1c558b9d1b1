#pragma once

#include <array>

#include "engine/wire/layout.h"

/// IKEv2 messages on UDP ports 500 and 4500 (RFC 7296 §3). The payloads and their substructures
/// follow a message as extensions do, in the order of the octets: a Security Association, its first
/// proposal, that one's transforms, ... What holds others has only its own octets as header.
/// Notifications have tables of their own: ike_notify.h.
namespace mipvet::wire::ike {

inline constexpr std::uint16_t kPort = 500;
inline constexpr std::uint16_t kNatPort = 4500;

/// Four zero octets before a message on port 4500 tell it from ESP (RFC 3948 §2.2).
namespace non_esp_marker {
inline constexpr Field marker = number("marker", 0, 4);
inline constexpr std::array fields{marker};
inline constexpr Layout layout{"non-esp-marker", 4, fields, "RFC 3948 §2.2"};
}  // namespace non_esp_marker

/// One octet 0xff on port 4500, RFC 3948 §2.3.
namespace keepalive {
inline constexpr std::uint8_t kOctet = 0xFF;
inline constexpr Field octet = number("octet", 0, 1);
inline constexpr std::array fields{octet};
inline constexpr Layout layout{"nat-keepalive", 1, fields, "RFC 3948 §2.3"};
}  // namespace keepalive

/// The header, RFC 7296 §3.1, the same for every exchange.
namespace message {
inline constexpr Field initiator_spi = number("initiator_spi", 0, 8);
inline constexpr Field responder_spi = number("responder_spi", 8, 8);
inline constexpr Field next_payload = number("next_payload", 16, 1);
inline constexpr Field major_version = bits("major_version", 17, 0, 4);
inline constexpr Field minor_version = bits("minor_version", 17, 4, 4);
inline constexpr Field exchange_type = number("exchange_type", 18, 1);
inline constexpr Field flags = bits("flags", 19, 0, 8);
inline constexpr Field response = flag("response", 19, 2);
inline constexpr Field version_flag = flag("version_flag", 19, 3);
inline constexpr Field initiator = flag("initiator", 19, 4);
inline constexpr Field message_id = number("message_id", 20, 4);
inline constexpr Field length = number("length", 24, 4);
inline constexpr std::array fields{initiator_spi, responder_spi, next_payload, major_version,
                                   minor_version, exchange_type, flags,        response,
                                   version_flag,  initiator,     message_id,   length};
}  // namespace message

inline constexpr std::uint8_t kIkeSaInit = 34;
inline constexpr std::uint8_t kIkeAuth = 35;
inline constexpr std::uint8_t kCreateChildSa = 36;
inline constexpr std::uint8_t kInformational = 37;

inline constexpr Layout ike_sa_init{"ike-sa-init", 28, message::fields, "RFC 7296 §1.2",
                                    kIkeSaInit};
inline constexpr Layout ike_auth{"ike-auth", 28, message::fields, "RFC 7296 §1.2", kIkeAuth};
inline constexpr Layout create_child_sa{"create-child-sa", 28, message::fields, "RFC 7296 §1.3",
                                        kCreateChildSa};
inline constexpr Layout informational{"informational", 28, message::fields, "RFC 7296 §1.4",
                                      kInformational};
/// A message of an exchange type that is none of the others.
inline constexpr Layout other_exchange{"ike-message", 28, message::fields, "RFC 7296 §3.1"};
inline constexpr std::array exchanges{&ike_sa_init, &ike_auth, &create_child_sa, &informational};

/// What every payload begins with, RFC 7296 §3.2.
namespace payload {
inline constexpr Field next_payload = number("next_payload", 0, 1);
inline constexpr Field critical = flag("critical", 1, 0);
inline constexpr Field reserved = bits("reserved", 1, 1, 7);
inline constexpr Field length = number("length", 2, 2);
inline constexpr Field body = octets("body", 4);
inline constexpr std::array fields{next_payload, critical, reserved, length, body};
/// The fields of a payload: its head, then its own.
template <typename... Own>
constexpr std::array<Field, 4 + sizeof...(Own)> with(const Own&... own) {
  return {next_payload, critical, reserved, length, own...};
}
/// A payload of a type that is none of the others.
inline constexpr Layout layout{"ike-payload", 4, fields, "RFC 7296 §3.2"};
}  // namespace payload

/// Security Association, RFC 7296 §3.3: proposals with transforms follow as layers of their own.
namespace security_association {
inline constexpr std::array fields = payload::with();
inline constexpr Layout layout{"security-association", 4, fields, "RFC 7296 §3.3", 33};
}  // namespace security_association

namespace proposal {
inline constexpr Field last = number("last", 0, 1);  ///< 0: the last one, 2: another follows
inline constexpr Field reserved = number("reserved", 1, 1);
inline constexpr Field length = number("length", 2, 2);
inline constexpr Field number_ = number("number", 4, 1);
inline constexpr Field protocol_id = number("protocol_id", 5, 1);
inline constexpr Field spi_size = number("spi_size", 6, 1);
inline constexpr Field transforms = number("transforms", 7, 1);
/// `spi_size` octets; the transforms follow as layers of their own.
inline constexpr Field spi = octets("spi", 8);
inline constexpr std::array fields{last,        reserved, length,     number_,
                                   protocol_id, spi_size, transforms, spi};
inline constexpr Layout layout{"proposal", 8, fields, "RFC 7296 §3.3.1"};
}  // namespace proposal

namespace transform {
inline constexpr Field last = number("last", 0, 1);  ///< 0: the last one, 3: another follows
inline constexpr Field reserved = number("reserved", 1, 1);
inline constexpr Field length = number("length", 2, 2);
inline constexpr Field transform_type = number("transform_type", 4, 1);
inline constexpr Field reserved_2 = number("reserved_2", 5, 1);
inline constexpr Field transform_id = number("transform_id", 6, 2);
inline constexpr std::array fields{last,           reserved,   length,
                                   transform_type, reserved_2, transform_id};
inline constexpr Layout layout{"transform", 8, fields, "RFC 7296 §3.3.2"};

inline constexpr std::uint8_t kEncryption = 1;
inline constexpr std::uint8_t kPrf = 2;
inline constexpr std::uint8_t kIntegrity = 3;
inline constexpr std::uint8_t kGroup = 4;
inline constexpr std::uint8_t kExtendedSequenceNumbers = 5;
}  // namespace transform

/// In the short form (`format` set) the value stands where the length does, RFC 7296 §3.3.5.
namespace transform_attribute {
inline constexpr Field format = flag("format", 0, 0);
inline constexpr Field attribute_type = bits("attribute_type", 0, 1, 15);
inline constexpr Field length_or_value = number("length_or_value", 2, 2);
inline constexpr Field value = octets("value", 4);
inline constexpr std::array fields{format, attribute_type, length_or_value, value};
inline constexpr Layout layout{"transform-attribute", 4, fields, "RFC 7296 §3.3.5"};

inline constexpr std::uint16_t kKeyLength = 14;
}  // namespace transform_attribute

namespace key_exchange {
inline constexpr Field group = number("group", 4, 2);
inline constexpr Field reserved_2 = number("reserved_2", 6, 2);
inline constexpr Field data = octets("data", 8);
inline constexpr std::array fields = payload::with(group, reserved_2, data);
inline constexpr Layout layout{"key-exchange", 8, fields, "RFC 7296 §3.4", 34};
}  // namespace key_exchange

/// RFC 7296 §3.5.
namespace identification {
inline constexpr Field id_type = number("id_type", 4, 1);
inline constexpr Field reserved_2 = number("reserved_2", 5, 3);
inline constexpr Field data = octets("data", 8);
inline constexpr std::array fields = payload::with(id_type, reserved_2, data);
inline constexpr Layout initiator{"identification-initiator", 8, fields, "RFC 7296 §3.5", 35};
inline constexpr Layout responder{"identification-responder", 8, fields, "RFC 7296 §3.5", 36};

inline constexpr std::uint8_t kIpv4Address = 1;
inline constexpr std::uint8_t kFqdn = 2;
inline constexpr std::uint8_t kRfc822Address = 3;
inline constexpr std::uint8_t kDerAsn1Dn = 9;
inline constexpr std::uint8_t kDerAsn1Gn = 10;
inline constexpr std::uint8_t kKeyId = 11;
}  // namespace identification

/// Certificate and Certificate Request, RFC 7296 §3.6, §3.7.
namespace certificate {
inline constexpr Field encoding = number("encoding", 4, 1);
inline constexpr Field data = octets("data", 5);
inline constexpr std::array fields = payload::with(encoding, data);
inline constexpr Layout layout{"certificate", 5, fields, "RFC 7296 §3.6", 37};
inline constexpr Layout request{"certificate-request", 5, fields, "RFC 7296 §3.7", 38};

inline constexpr std::uint8_t kX509Signature = 4;
}  // namespace certificate

namespace authentication {
inline constexpr Field method = number("method", 4, 1);
inline constexpr Field reserved_2 = number("reserved_2", 5, 3);
inline constexpr Field data = octets("data", 8);
inline constexpr std::array fields = payload::with(method, reserved_2, data);
inline constexpr Layout layout{"authentication", 8, fields, "RFC 7296 §3.8", 39};

inline constexpr std::uint8_t kRsa = 1;
inline constexpr std::uint8_t kSharedKey = 2;
inline constexpr std::uint8_t kDigitalSignature = 14;  // RFC 7427
}  // namespace authentication

namespace nonce {
inline constexpr Field data = octets("data", 4);
inline constexpr std::array fields = payload::with(data);
inline constexpr Layout layout{"nonce", 4, fields, "RFC 7296 §3.9", 40};
}  // namespace nonce

/// RFC 7296 §3.11. ESP and AH SPIs have four octets, of an IKE SA none is named.
namespace delete_ {
inline constexpr Field protocol_id = number("protocol_id", 4, 1);
inline constexpr Field spi_size = number("spi_size", 5, 1);
inline constexpr Field count = number("count", 6, 2);
inline constexpr Field spis = octets("spis", 8);
inline constexpr std::array fields = payload::with(protocol_id, spi_size, count, spis);
inline constexpr Layout layout{"delete", 8, fields, "RFC 7296 §3.11", 42};
}  // namespace delete_

namespace vendor_id {
inline constexpr Field data = octets("data", 4);
inline constexpr std::array fields = payload::with(data);
inline constexpr Layout layout{"vendor-id", 4, fields, "RFC 7296 §3.12", 43};
}  // namespace vendor_id

/// RFC 7296 §3.13: the selectors follow as layers of their own.
namespace traffic_selectors {
inline constexpr Field count = number("count", 4, 1);
inline constexpr Field reserved_2 = number("reserved_2", 5, 3);
inline constexpr std::array fields = payload::with(count, reserved_2);
inline constexpr Layout initiator{"traffic-selectors-initiator", 8, fields, "RFC 7296 §3.13", 44};
inline constexpr Layout responder{"traffic-selectors-responder", 8, fields, "RFC 7296 §3.13", 45};
}  // namespace traffic_selectors

/// RFC 7296 §3.13.1.
namespace traffic_selector {
inline constexpr Field ts_type = number("ts_type", 0, 1);
inline constexpr Field protocol = number("protocol", 1, 1);
inline constexpr Field length = number("length", 2, 2);
inline constexpr Field start_port = number("start_port", 4, 2);
inline constexpr Field end_port = number("end_port", 6, 2);
inline constexpr Field start_address = ipv4("start_address", 8);
inline constexpr Field end_address = ipv4("end_address", 12);
inline constexpr Field addresses = octets("addresses", 8);
inline constexpr std::array fields{ts_type,  protocol,      length,     start_port,
                                   end_port, start_address, end_address};
inline constexpr std::array other_fields{ts_type,    protocol, length,
                                         start_port, end_port, addresses};
inline constexpr Layout layout{"traffic-selector", 16, fields, "RFC 7296 §3.13.1"};
/// Of IPv6 addresses or a type that is none of these.
inline constexpr Layout other{"traffic-selector-other", 8, other_fields, "RFC 7296 §3.13.1"};

inline constexpr std::uint8_t kIpv4Range = 7;
inline constexpr std::uint8_t kIpv6Range = 8;
}  // namespace traffic_selector

/// SK, RFC 7296 §3.14: initialization vector, encrypted payloads, padding, pad length, checksum.
/// `next_payload` is the type of the first payload inside. Once opened (opener.h) the
/// initialization vector is all that is its own, and the payloads inside follow it.
namespace encrypted {
inline constexpr Field data = octets("data", 4);
inline constexpr std::array fields = payload::with(data);
inline constexpr Layout layout{"encrypted", 4, fields, "RFC 7296 §3.14", 46};
}  // namespace encrypted

/// RFC 7296 §3.15: the attributes follow as layers of their own.
namespace configuration {
inline constexpr Field cfg_type = number("cfg_type", 4, 1);
inline constexpr Field reserved_2 = number("reserved_2", 5, 3);
inline constexpr std::array fields = payload::with(cfg_type, reserved_2);
inline constexpr Layout layout{"configuration", 8, fields, "RFC 7296 §3.15", 47};

inline constexpr std::uint8_t kRequest = 1;
inline constexpr std::uint8_t kReply = 2;
inline constexpr std::uint8_t kSet = 3;
inline constexpr std::uint8_t kAck = 4;
}  // namespace configuration

/// RFC 7296 §3.15.1.
namespace configuration_attribute {
inline constexpr Field reserved = flag("reserved", 0, 0);
inline constexpr Field attribute_type = bits("attribute_type", 0, 1, 15);
inline constexpr Field length = number("length", 2, 2);
inline constexpr Field value = octets("value", 4);
inline constexpr std::array fields{reserved, attribute_type, length, value};
inline constexpr Layout layout{"configuration-attribute", 4, fields, "RFC 7296 §3.15.1"};

inline constexpr std::uint16_t kInternalIp4Address = 1;
inline constexpr std::uint16_t kInternalIp4Netmask = 2;
inline constexpr std::uint16_t kInternalIp4Dns = 3;
inline constexpr std::uint16_t kInternalIp4Dhcp = 6;
inline constexpr std::uint16_t kInternalIp4Subnet = 13;
}  // namespace configuration_attribute

namespace eap {
inline constexpr Field message = octets("message", 4);
inline constexpr std::array fields = payload::with(message);
inline constexpr Layout layout{"eap", 4, fields, "RFC 7296 §3.16", 48};
}  // namespace eap

/// All payloads but notifications, by their `type_value`.
inline constexpr std::array payloads{&security_association::layout,
                                     &key_exchange::layout,
                                     &identification::initiator,
                                     &identification::responder,
                                     &certificate::layout,
                                     &certificate::request,
                                     &authentication::layout,
                                     &nonce::layout,
                                     &delete_::layout,
                                     &vendor_id::layout,
                                     &traffic_selectors::initiator,
                                     &traffic_selectors::responder,
                                     &encrypted::layout,
                                     &configuration::layout,
                                     &eap::layout};

/// Parts of payloads.
inline constexpr std::array<const Layout*, 6> substructures{
    &proposal::layout,         &transform::layout,       &transform_attribute::layout,
    &traffic_selector::layout, &traffic_selector::other, &configuration_attribute::layout};
constexpr bool is_substructure(const Layout& layout) {
  for (const Layout* one : substructures)
    if (one == &layout) return true;
  return false;
}

/// Protocol identifiers of proposals, notifications and deletions, RFC 7296 §3.3.1.
inline constexpr std::uint8_t kProtocolIke = 1;
inline constexpr std::uint8_t kProtocolAh = 2;
inline constexpr std::uint8_t kProtocolEsp = 3;

}  // namespace mipvet::wire::ike

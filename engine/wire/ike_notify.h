#pragma once

#include <algorithm>
#include <array>

#include "engine/wire/ike.h"

/// Notifications (RFC 7296 §3.10), those of MOBIKE among them (RFC 4555 §4): each type has a table
/// of its own, with its name; types unknown here are `notify`.
namespace mipvet::wire::ike::notify {

inline constexpr std::uint8_t kPayloadType = 41;

inline constexpr Field protocol_id = number("protocol_id", 4, 1);
inline constexpr Field spi_size = number("spi_size", 5, 1);
inline constexpr Field notify_type = number("notify_type", 6, 2);
/// `spi_size` octets of SPI, then what the type says.
inline constexpr Field data = octets("data", 8);

/// A table with fields of its own behind the head.
template <typename... Own>
constexpr auto with(const Own&... own) {
  return payload::with(protocol_id, spi_size, notify_type, own...);
}

inline constexpr std::array fields = with(data);
inline constexpr Layout layout{"notify", 8, fields, "RFC 7296 §3.10", kPayloadType};

/// Of the Child SA that the notification is about. Where a table has this field, `spi_size` is 4;
/// where it has other fields of its own, `spi_size` is 0.
inline constexpr Field spi = number("spi", 8, 4);
inline constexpr std::array spi_fields = with(spi);
/// INVALID_SELECTORS: the start of the packet that was dropped.
inline constexpr Field packet = octets("packet", 12);
inline constexpr std::array invalid_selectors_fields = with(spi, packet);

inline constexpr Field payload_type = number("payload_type", 8, 1);
inline constexpr std::array unsupported_fields = with(payload_type);
inline constexpr Field invalid_message_id = number("invalid_message_id", 8, 4);
inline constexpr std::array invalid_message_id_fields = with(invalid_message_id);
inline constexpr Field invalid_spi = number("invalid_spi", 8, 4);
inline constexpr std::array invalid_spi_fields = with(invalid_spi);
/// INVALID_KE_PAYLOAD: the group that would be taken.
inline constexpr Field group = number("group", 8, 2);
inline constexpr std::array group_fields = with(group);
inline constexpr Field window_size = number("window_size", 8, 4);
inline constexpr std::array window_fields = with(window_size);
inline constexpr Field cpi = number("cpi", 8, 2);
inline constexpr Field transform_id = number("transform_id", 10, 1);
inline constexpr Field attributes = octets("attributes", 11);
inline constexpr std::array ipcomp_fields = with(cpi, transform_id, attributes);
/// NAT_DETECTION_*: SHA-1 over SPIs, address and port.
inline constexpr Field hash = octets("hash", 8, 20);
inline constexpr std::array hash_fields = with(hash);

inline constexpr Field address = ipv4("address", 8);
inline constexpr std::array address_fields = with(address);
inline constexpr Field ip6_address = octets("address", 8, 16);
inline constexpr std::array ip6_address_fields = with(ip6_address);

/// NO_NATS_ALLOWED with IPv4 addresses.
inline constexpr Field source_address = ipv4("source_address", 8);
inline constexpr Field destination_address = ipv4("destination_address", 12);
inline constexpr Field source_port = number("source_port", 16, 2);
inline constexpr Field destination_port = number("destination_port", 18, 2);
inline constexpr std::array no_nats_fields =
    with(source_address, destination_address, source_port, destination_port);

/// A type and its table.
struct Type {
  std::uint16_t number;
  Layout layout;
};
constexpr Type type(std::uint16_t number, std::string_view name, std::string_view source,
                    std::span<const Field> of = fields, std::size_t minimum = 8) {
  return {number, {name, minimum, of, source, kPayloadType}};
}

/// In the order of their numbers. Those of other RFCs are named because gateways send them.
inline constexpr std::array types{
    type(1, "unsupported-critical-payload", "RFC 7296 §2.5", unsupported_fields, 9),
    type(4, "invalid-ike-spi", "RFC 7296 §2.21"),
    type(5, "invalid-major-version", "RFC 7296 §2.5"),
    type(7, "invalid-syntax", "RFC 7296 §3.10.1"),
    type(9, "invalid-message-id", "RFC 7296 §2.3", invalid_message_id_fields, 12),
    type(11, "invalid-spi", "RFC 7296 §1.5", invalid_spi_fields, 12),
    type(14, "no-proposal-chosen", "RFC 7296 §2.7"),
    type(17, "invalid-ke-payload", "RFC 7296 §1.3", group_fields, 10),
    type(24, "authentication-failed", "RFC 7296 §2.21.2"),
    type(34, "single-pair-required", "RFC 7296 §2.9"),
    type(35, "no-additional-sas", "RFC 7296 §1.3"),
    type(36, "internal-address-failure", "RFC 7296 §3.15.4"),
    type(37, "failed-cp-required", "RFC 7296 §2.19"),
    type(38, "ts-unacceptable", "RFC 7296 §2.9"),
    type(39, "invalid-selectors", "RFC 7296 §3.10.1", invalid_selectors_fields, 12),
    type(40, "unacceptable-addresses", "RFC 4555 §4.1.1"),
    type(41, "unexpected-nat-detected", "RFC 4555 §4.1.2"),
    type(43, "temporary-failure", "RFC 7296 §2.25"),
    type(44, "child-sa-not-found", "RFC 7296 §2.25", spi_fields, 12),
    type(16384, "initial-contact", "RFC 7296 §2.4"),
    type(16385, "set-window-size", "RFC 7296 §2.3", window_fields, 12),
    type(16386, "additional-ts-possible", "RFC 7296 §2.9"),
    type(16387, "ipcomp-supported", "RFC 7296 §2.22", ipcomp_fields, 11),
    type(16388, "nat-detection-source-ip", "RFC 7296 §2.23", hash_fields, 28),
    type(16389, "nat-detection-destination-ip", "RFC 7296 §2.23", hash_fields, 28),
    type(16390, "cookie", "RFC 7296 §2.6"),
    type(16391, "use-transport-mode", "RFC 7296 §1.3.1"),
    type(16392, "http-cert-lookup-supported", "RFC 7296 §3.6"),
    type(16393, "rekey-sa", "RFC 7296 §1.3.3", spi_fields, 12),
    type(16394, "esp-tfc-padding-not-supported", "RFC 7296 §1.3.1"),
    type(16395, "non-first-fragments-also", "RFC 7296 §1.3.1"),
    type(16396, "mobike-supported", "RFC 4555 §4.2.1"),
    type(16397, "additional-ip4-address", "RFC 4555 §4.2.2", address_fields, 12),
    type(16398, "additional-ip6-address", "RFC 4555 §4.2.2", ip6_address_fields, 24),
    type(16399, "no-additional-addresses", "RFC 4555 §4.2.3"),
    type(16400, "update-sa-addresses", "RFC 4555 §4.2.4"),
    type(16401, "cookie2", "RFC 4555 §4.2.5"),
    type(16402, "no-nats-allowed", "RFC 4555 §4.2.6", no_nats_fields, 20),
    type(16404, "multiple-auth-supported", "RFC 4739 §2"),
    type(16406, "redirect-supported", "RFC 5685 §7.1"),
    type(16417, "eap-only-authentication", "RFC 5998 §3"),
    type(16418, "childless-ikev2-supported", "RFC 6023 §4"),
    type(16420, "ikev2-message-id-sync-supported", "RFC 6311 §8.1"),
    type(16430, "ikev2-fragmentation-supported", "RFC 7383 §2.3"),
    type(16431, "signature-hash-algorithms", "RFC 7427 §4"),
    type(16438, "intermediate-exchange-supported", "RFC 9242 §3.1")};
static_assert(std::ranges::is_sorted(types, {}, &Type::number));

/// NO_NATS_ALLOWED with IPv6 addresses: 36 octets of data.
inline constexpr Layout no_nats_allowed_ip6{"no-nats-allowed-ip6", 8, fields, "RFC 4555 §4.2.6",
                                            kPayloadType};

/// The table of a type; `notify` where it has none of its own.
constexpr const Layout& layout_of(std::uint64_t number) {
  const auto found = std::ranges::lower_bound(types, number, {}, &Type::number);
  return found != types.end() && found->number == number ? found->layout : layout;
}

/// The number of a table that `types` holds; nothing of any other.
constexpr std::optional<std::uint16_t> number_of(const Layout& of) {
  for (const Type& one : types)
    if (&one.layout == &of) return one.number;
  return std::nullopt;
}

/// The table of the type of that name, such as "update-sa-addresses": for code that means one.
consteval const Layout& named(std::string_view name) {
  for (const Type& one : types)
    if (one.layout.name == name) return one.layout;
  throw "no notification has this name";
}

}  // namespace mipvet::wire::ike::notify

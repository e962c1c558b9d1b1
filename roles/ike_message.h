#pragma once

#include <optional>
#include <vector>

#include "engine/crypto/ike_keys.h"
#include "engine/wire/ike_compose.h"
#include "engine/wire/ike_notify.h"

/// IKE messages as an endpoint reads and writes them (RFC 7296 §3).
namespace mipvet::roles {

namespace ike = wire::ike;

/// The number of a notification, by the name of its table: notification("cookie2").
consteval std::uint16_t notification(std::string_view name) {
  return *ike::notify::number_of(ike::notify::named(name));
}
/// Types below are errors, from it on they are of status (RFC 7296 §3.10.1).
inline constexpr std::uint16_t kFirstStatus = 16384;

struct IkeHeader {
  crypto::IkeSpis spis;
  std::uint8_t first_payload = 0;
  std::uint8_t major_version = 2;
  std::uint8_t exchange = 0;
  bool response = false;
  bool initiator = false;  ///< from the initiator of the IKE SA
  std::uint32_t message_id = 0;

  /// Nothing for octets that are no header, or a length that is not that of the message.
  static std::optional<IkeHeader> parse(wire::Bytes message);
};

struct IkePayload {
  std::uint8_t type = 0;
  bool critical = false;
  wire::Bytes octets;  ///< with its generic header

  wire::View view(const wire::Layout& layout) const { return {layout, octets}; }
};

struct IkeNotification {
  std::uint16_t type = 0;
  std::uint8_t protocol = 0;
  wire::Bytes spi;
  wire::Bytes data;
};

/// The payloads of one message, in their order; they refer to its octets.
class IkePayloads {
 public:
  IkePayloads() = default;
  /// Nothing where a length does not fit, or a payload is shorter than its kind.
  static std::optional<IkePayloads> parse(std::uint8_t first, wire::Bytes octets);

  const std::vector<IkePayload>& all() const { return all_; }
  const std::vector<IkeNotification>& notifications() const { return notifications_; }
  /// The first payload of a kind, or none.
  wire::View find(const wire::Layout& layout) const;
  const IkeNotification* notified(std::uint16_t type) const;
  /// The first error notification.
  const IkeNotification* error() const;
  /// The type of a payload with the critical bit that is unknown here (RFC 7296 §2.5).
  std::optional<std::uint8_t> unknown_critical() const;

 private:
  std::vector<IkePayload> all_;
  std::vector<IkeNotification> notifications_;
};

// What stands inside payloads; nothing where their lengths do not fit.

/// Of a Security Association payload. A transform with attributes that are unknown here has an id
/// that nobody offers: it cannot be chosen (RFC 7296 §3.3.6).
std::optional<std::vector<ike::Proposal>> proposals_in(wire::View security_association);
/// IPv4 ranges; others are passed over.
std::optional<std::vector<ike::TrafficSelector>> selectors_in(wire::View traffic_selectors);
std::optional<std::vector<ike::Attribute>> attributes_in(wire::View configuration);
/// The ESP SPIs of a Delete payload.
std::optional<std::vector<std::uint32_t>> spis_in(wire::View deletion);

wire::Buffer octets_of(std::uint64_t number, std::size_t size);
std::uint64_t number_in(wire::Bytes octets);

void add_notification(ike::PayloadChain& chain, std::uint16_t type, wire::Bytes data = {});
/// About a CHILD_SA.
void add_notification(ike::PayloadChain& chain, std::uint16_t type, std::uint32_t spi,
                      wire::Bytes data = {});
/// A Delete for ESP SAs; for the IKE SA where there are none (RFC 7296 §3.11).
void add_delete(ike::PayloadChain& chain, std::span<const std::uint32_t> spis);

}  // namespace mipvet::roles

#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "engine/observer/sighting.h"
#include "engine/wire/ike.h"
#include "engine/wire/ike_notify.h"

/// What the observer keeps of an IKE message (RFC 7296 §3) after its frame is gone.
namespace mipvet::observer {

/// What became of a value that the observer can recompute.
enum class Check : std::uint8_t {
  absent,   ///< it is not there
  valid,    ///< as recomputed
  invalid,  ///< another value
  unknown,  ///< what it takes to recompute it (keys, secrets, earlier messages) is not known
};

/// How far an encrypted message or packet could be read.
enum class Protection : std::uint8_t {
  clear,          ///< not encrypted at all
  opened,         ///< its integrity check value is right, and it was decrypted
  not_authentic,  ///< keys are known, and the integrity check value is not theirs
  no_key,         ///< nobody has told the keys
};

/// One payload or part of one; octets count from the start of the message. What an encrypted
/// payload held stands behind it, decrypted in its place.
struct PayloadPlace {
  const wire::Layout* layout = nullptr;
  wire::Defects defects = 0;
  std::uint16_t offset = 0;
  std::uint16_t length = 0;
};

/// An IKE message as it was seen on one link: its place, its octets (decrypted), its payloads.
/// `Place::offset` is that of the IKE header, behind the non-ESP marker. To be read as a Sighting.
struct IkeMessage : Place {
  static constexpr std::size_t kMaxOctets = 4096;
  static constexpr std::size_t kMaxPayloads = 160;

  IkeMessage() = default;
  IkeMessage(const IkeMessage& other) : Place(other) { *this = other; }
  /// Copies what is there and not the room behind it.
  IkeMessage& operator=(const IkeMessage& other);

  const wire::Layout* layout = &wire::ike::other_exchange;
  Protection protection = Protection::clear;
  bool has_marker = false;    ///< the non-ESP marker stands in front (RFC 3948 §2.2)
  bool clipped = false;       ///< larger than what is kept
  wire::Defects defects = 0;  ///< of the message and its payloads
  /// Of the octets as they were on the wire: the same for a copy, whatever link it is on.
  std::uint64_t digest = 0;
  Check auth = Check::absent;        ///< AUTH payload (RFC 7296 §2.15), by the declared secret
  Check nat_source = Check::absent;  ///< NAT_DETECTION_SOURCE_IP: valid if one of them is
  Check nat_destination = Check::absent;  ///< against the addresses and ports on this link
  bool repeats_nonce = false;             ///< its sender used this nonce in another exchange before
  std::uint16_t size = 0;
  std::uint16_t payload_count = 0;
  std::array<PayloadPlace, kMaxPayloads> payload_places;
  std::array<std::uint8_t, kMaxOctets> octets;

  std::uint64_t initiator_spi() const { return (*this)[wire::ike::message::initiator_spi]; }
  std::uint64_t responder_spi() const { return (*this)[wire::ike::message::responder_spi]; }
  std::uint32_t message_id() const {
    return static_cast<std::uint32_t>((*this)[wire::ike::message::message_id]);
  }
  std::uint8_t exchange() const {
    return static_cast<std::uint8_t>((*this)[wire::ike::message::exchange_type]);
  }
  bool is_request() const { return (*this)[wire::ike::message::response] == 0; }
  bool is_response() const { return !is_request(); }
  /// The initiator flag: sent by the initiator of this IKE SA.
  bool by_initiator() const { return (*this)[wire::ike::message::initiator] != 0; }
  /// Its payloads can be read: it was not encrypted, or it was opened.
  bool is_readable() const {
    return protection == Protection::clear || protection == Protection::opened;
  }

  wire::Bytes bytes() const { return {octets.data(), size}; }
  wire::View view() const { return {*layout, bytes()}; }
  std::uint64_t operator[](const wire::Field& field) const { return wire::read(bytes(), field); }

  /// All payloads and their parts, in the order of the octets.
  std::span<const PayloadPlace> payloads() const { return {payload_places.data(), payload_count}; }
  wire::View view(const PayloadPlace& place) const {
    return {*place.layout, bytes().subspan(place.offset, place.length)};
  }
  /// The n-th payload of a layout, or null: `find(wire::ike::nonce::layout)`,
  /// `find(wire::ike::notify::named("update-sa-addresses"))`.
  const PayloadPlace* find(const wire::Layout& wanted, std::size_t n = 0) const {
    for (const PayloadPlace& place : payloads())
      if (place.layout == &wanted && n-- == 0) return &place;
    return nullptr;
  }
  /// A view of the first payload of a layout; a view of nothing where there is none.
  wire::View payload(const wire::Layout& wanted) const {
    const PayloadPlace* place = find(wanted);
    return place == nullptr ? wire::View{} : view(*place);
  }
  bool carries(const wire::Layout& wanted) const { return find(wanted) != nullptr; }
  std::size_t count(const wire::Layout& wanted) const {
    std::size_t result = 0;
    for (const PayloadPlace& place : payloads()) result += place.layout == &wanted ? 1 : 0;
    return result;
  }
  /// The first error notification (type below 16384, RFC 7296 §3.10.1); null where there is none.
  const PayloadPlace* error() const;
  /// Its type; 0 where there is none.
  std::uint16_t error_type() const {
    const PayloadPlace* place = error();
    return place == nullptr
               ? std::uint16_t{0}
               : static_cast<std::uint16_t>(view(*place)[wire::ike::notify::notify_type]);
  }

  /// Octets in the frame that a field of the header, or a payload, occupies.
  wire::OctetRange range(const wire::Field& field) const {
    return {offset + static_cast<std::uint32_t>(field.first_octet()),
            offset + static_cast<std::uint32_t>(field.end_octet(size))};
  }
  wire::OctetRange range(const PayloadPlace& place) const {
    return {offset + place.offset, offset + place.offset + place.length};
  }
};

inline IkeMessage& IkeMessage::operator=(const IkeMessage& other) {
  if (this == &other) return *this;
  static_cast<Place&>(*this) = other;
  layout = other.layout;
  protection = other.protection;
  has_marker = other.has_marker;
  clipped = other.clipped;
  defects = other.defects;
  digest = other.digest;
  auth = other.auth;
  nat_source = other.nat_source;
  nat_destination = other.nat_destination;
  repeats_nonce = other.repeats_nonce;
  size = other.size;
  payload_count = other.payload_count;
  std::copy_n(other.payload_places.begin(), payload_count, payload_places.begin());
  std::copy_n(other.octets.begin(), size, octets.begin());
  return *this;
}

inline const PayloadPlace* IkeMessage::error() const {
  for (const PayloadPlace& place : payloads())
    if (place.layout->type_value == wire::ike::notify::kPayloadType &&
        place.length >= wire::ike::notify::layout.minimum &&
        view(place)[wire::ike::notify::notify_type] < 16384)
      return &place;
  return nullptr;
}

}  // namespace mipvet::observer

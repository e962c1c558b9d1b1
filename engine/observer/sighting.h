#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "engine/model/network.h"
#include "engine/net/frame.h"
#include "engine/wire/mip4.h"
#include "engine/wire/packet.h"

/// What the observer keeps of a frame after the frame is gone.
namespace mipvet::observer {

using model::NodeId;
using net::Duration;
using net::LinkId;
using net::Time;

/// Tells mobile nodes apart: a declared node, else the home address, else a digest of the NAI while
/// there is no home address (RFC 2794 §2).
using Identity = std::uint64_t;

/// What became of an authentication extension when it was recomputed with the declared keys.
enum class Authentication : std::uint8_t {
  absent,
  valid,
  invalid,      ///< a known SPI, but the authenticator is not right under its key
  unknown_spi,  ///< no declared association of these nodes has the SPI
};

/// The three authentication extensions of a registration message (RFC 3344 §3.5.2-3.5.4).
struct Authentications {
  Authentication mobile_home = Authentication::absent;
  Authentication mobile_foreign = Authentication::absent;
  Authentication foreign_home = Authentication::absent;
};

/// Where a message stood: enough to cite it and to say who sent it to whom.
struct Place {
  std::uint64_t frame = 0;  ///< 1-based number in the capture
  Time time;
  LinkId link = 0;
  std::uint32_t offset = 0;             ///< of the message's first octet in the frame
  std::uint32_t ip_offset = 0;          ///< of the IPv4 header that carries it; 0: there is none
  std::uint32_t udp_offset = 0;         ///< of the UDP header that carries it; 0: there is none
  NodeId sender = model::kNobody;       ///< who put it on this link; kNobody also for the tester
  NodeId transmitter = model::kNobody;  ///< who has the frame's source MAC address
  NodeId receiver = model::kNobody;     ///< whom it is addressed to, if that node is on this link
  bool by_tester = false;               ///< injected or altered by the tester: judges nobody
  bool tunnelled = false;               ///< inside an IP-in-IP or UDP tunnel, or ESP
  bool in_esp = false;                  ///< ... inside ESP, among others
  std::uint32_t esp_spi = 0;            ///< of the outermost ESP
  wire::MacAddress source_mac;
  wire::MacAddress destination_mac;
  wire::Ipv4Address source;
  wire::Ipv4Address destination;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint8_t ttl = 0;
  bool udp_checksum_wrong = false;
  bool udp_checksum_zero = false;
};

/// One extension of a sighted message; octets count from the start of the message.
struct ExtensionPlace {
  const wire::Layout* layout = nullptr;
  std::uint16_t offset = 0;
  std::uint16_t length = 0;
};

/// A registration message as it was seen on one link: its place, its own octets, its extensions.
struct Sighting : Place {
  static constexpr std::size_t kMaxOctets = 400;
  static constexpr std::size_t kMaxExtensions = 16;

  Sighting() = default;
  Sighting(const Sighting& other) : Place(other) { *this = other; }
  /// Copies what is there and not the room behind it: sightings are kept by the thousand.
  Sighting& operator=(const Sighting& other);

  const wire::Layout* layout = nullptr;
  /// Whom the registration is about, by home address or NAI; kNobody where nobody declared is.
  NodeId mobile_node = model::kNobody;
  /// Whom the Home Agent field names; kNobody where nobody declared is.
  NodeId agent = model::kNobody;
  Identity identity = 0;
  wire::Defects defects = 0;  ///< of the message and its extensions
  /// Larger than what is kept, or with more extensions: what is kept is its beginning.
  bool clipped = false;
  Authentications authentication;
  std::uint16_t size = 0;
  std::uint8_t extension_count = 0;
  std::array<ExtensionPlace, kMaxExtensions> extension_places;
  std::array<std::uint8_t, kMaxOctets> octets;

  wire::Bytes bytes() const { return {octets.data(), size}; }
  wire::View view() const { return {*layout, bytes()}; }
  std::uint64_t operator[](const wire::Field& field) const { return wire::read(bytes(), field); }
  wire::Ipv4Address address(const wire::Field& field) const {
    return {static_cast<std::uint32_t>(wire::read(bytes(), field))};
  }

  std::span<const ExtensionPlace> extensions() const {
    return {extension_places.data(), extension_count};
  }
  wire::View view(const ExtensionPlace& place) const {
    return {*place.layout, bytes().subspan(place.offset, place.length)};
  }
  /// The n-th extension of a layout, or null.
  const ExtensionPlace* find(const wire::Layout& wanted, std::size_t n = 0) const {
    for (const ExtensionPlace& place : extensions())
      if (place.layout == &wanted && n-- == 0) return &place;
    return nullptr;
  }
  /// A view of the first extension of a layout; a view of nothing where there is none.
  wire::View extension(const wire::Layout& wanted) const {
    const ExtensionPlace* place = find(wanted);
    return place == nullptr ? wire::View{} : view(*place);
  }
  bool carries(const wire::Layout& wanted) const { return find(wanted) != nullptr; }
  std::size_t count(const wire::Layout& wanted) const {
    std::size_t result = 0;
    for (const ExtensionPlace& place : extensions()) result += place.layout == &wanted ? 1 : 0;
    return result;
  }
  /// It has exactly one Mobile-Home authenticator, and that is right.
  bool is_authentic() const {
    return authentication.mobile_home == Authentication::valid &&
           count(wire::mip4::authentication::mobile_home) == 1;
  }
  /// Octets in the frame that a field of the message occupies.
  wire::OctetRange range(const wire::Field& field) const {
    return {offset + static_cast<std::uint32_t>(field.first_octet()),
            offset + static_cast<std::uint32_t>(field.end_octet(size))};
  }
  /// Octets in the frame that an extension, or a field of it, occupies.
  wire::OctetRange range(const ExtensionPlace& place) const {
    return {offset + place.offset, offset + place.offset + place.length};
  }
};

inline Sighting& Sighting::operator=(const Sighting& other) {
  if (this == &other) return *this;
  static_cast<Place&>(*this) = other;
  layout = other.layout;
  mobile_node = other.mobile_node;
  agent = other.agent;
  identity = other.identity;
  defects = other.defects;
  clipped = other.clipped;
  authentication = other.authentication;
  size = other.size;
  extension_count = other.extension_count;
  std::copy_n(other.extension_places.begin(), extension_count, extension_places.begin());
  std::copy_n(other.octets.begin(), size, octets.begin());
  return *this;
}

}  // namespace mipvet::observer

#include "engine/observer/ike_sighter.h"

#include <algorithm>

#include "engine/crypto/nat_detection.h"
#include "engine/observer/digest.h"
#include "engine/wire/opener.h"

namespace mipvet::observer {

namespace ike = wire::ike;
namespace notify = wire::ike::notify;

namespace {

Protection protection_of(const wire::Layer& encrypted) {
  if (wire::has(encrypted.defects, wire::Defect::not_authentic)) return Protection::not_authentic;
  return wire::is_open(encrypted) ? Protection::opened : Protection::no_key;
}

/// One of several may be right (RFC 7296 §2.23: a sender may put in what several addresses give).
void compare(Check& result, wire::View notification, const crypto::NatDetection& right) {
  const wire::Bytes hash = notification.octets(notify::hash);
  if (std::equal(hash.begin(), hash.end(), right.begin(), right.end()))
    result = Check::valid;
  else if (result == Check::absent)
    result = Check::invalid;
}

void look_for_nats(IkeMessage& message) {
  constexpr const wire::Layout& source = notify::named("nat-detection-source-ip");
  constexpr const wire::Layout& destination = notify::named("nat-detection-destination-ip");
  message.nat_source = message.nat_destination = Check::absent;
  const crypto::IkeSpis spis{message.initiator_spi(), message.responder_spi()};
  for (const PayloadPlace& place : message.payloads()) {
    if (place.layout == &source)
      compare(message.nat_source, message.view(place),
              crypto::nat_detection(spis, message.source, message.source_port));
    if (place.layout == &destination)
      compare(message.nat_destination, message.view(place),
              crypto::nat_detection(spis, message.destination, message.destination_port));
  }
}

}  // namespace

bool is_ike(const wire::Packet& packet) {
  const wire::Layout* layout = packet.message().layout;
  return layout == &ike::other_exchange ||
         std::ranges::find(ike::exchanges, layout) != ike::exchanges.end();
}

void sight_ike(const Place& place, wire::Bytes frame, const wire::Packet& packet,
               IkeMessage& result) {
  const wire::Layer& message = packet.message();
  static_cast<Place&>(result) = place;
  result.layout = message.layout;
  result.protection = Protection::clear;
  result.has_marker = packet.find(ike::non_esp_marker::layout) != nullptr;
  result.defects = message.defects;
  result.digest = digest(frame.subspan(message.offset, message.length));
  const wire::Bytes octets = packet.frame().subspan(message.offset, message.length);
  result.clipped = octets.size() > IkeMessage::kMaxOctets;
  result.size = static_cast<std::uint16_t>(std::min(octets.size(), IkeMessage::kMaxOctets));
  std::copy_n(octets.begin(), result.size, result.octets.begin());
  result.payload_count = 0;
  result.auth = Check::absent;
  for (const wire::Layer& layer : packet.extensions()) {
    if (!layer.is_extension || layer.is_quote) continue;
    result.defects |= layer.defects;
    if (layer.layout == &ike::encrypted::layout) result.protection = protection_of(layer);
    if (layer.layout == &ike::authentication::layout) result.auth = Check::unknown;
    const std::uint32_t offset = layer.offset - message.offset;
    if (result.payload_count == IkeMessage::kMaxPayloads || offset + layer.length > result.size) {
      result.clipped = true;
      break;
    }
    result.payload_places[result.payload_count++] = {layer.layout, layer.defects,
                                                     static_cast<std::uint16_t>(offset),
                                                     static_cast<std::uint16_t>(layer.length)};
  }
  // Encrypted in fragments (RFC 7383 §2.5), which nobody here puts together.
  constexpr std::uint64_t kEncryptedFragment = 53;
  if (result[ike::message::next_payload] == kEncryptedFragment)
    result.protection = Protection::no_key;
  look_for_nats(result);
}

}  // namespace mipvet::observer

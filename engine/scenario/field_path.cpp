#include "engine/scenario/field_path.h"

#include <algorithm>

#include "engine/wire/catalogue.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/udp.h"

namespace mipvet::scenario {

bool FieldPath::is_in_header() const {
  return std::ranges::find(wire::headers(), layer) != wire::headers().end();
}

const wire::Layer* FieldPath::find(const wire::Packet& packet) const {
  if (layer == nullptr) return &packet.message();
  if (layer == &wire::ip::layout) return packet.carrying_ip();
  if (layer == &wire::udp::layout) return packet.carrying_udp();
  const auto extensions = packet.extensions();
  const auto extension = std::ranges::find(extensions, layer, &wire::Layer::layout);
  if (extension != extensions.end()) return &*extension;
  return packet.find(*layer);
}

std::optional<wire::Value> FieldPath::read(const wire::Packet& packet) const {
  const wire::Layer* found = find(packet);
  if (found == nullptr || (layer == nullptr && found->layout->find(field.name) == nullptr))
    return std::nullopt;
  const wire::View view = packet.header(*found);
  if (!view.has(field)) return std::nullopt;
  const bool is_octets = field.bit_width == 0 || field.bit_width > 64;
  return is_octets ? wire::Value(view.octets(field)) : wire::Value(view[field]);
}

std::string FieldPath::show(const wire::Packet& packet) const {
  const wire::Layer* found = find(packet);
  return found == nullptr ? "missing" : wire::format_value(packet.header(*found), field);
}

}  // namespace mipvet::scenario

#include "engine/wire/packet.h"

#include "engine/wire/ipv4.h"
#include "engine/wire/udp.h"

namespace mipvet::wire {

const Layer* Packet::find(const Layout& layout, std::size_t n) const {
  for (const Layer& layer : layers())
    if (layer.layout == &layout && !layer.is_quote && n-- == 0) return &layer;
  return nullptr;
}

namespace {

const Layer* innermost(std::span<const Layer> layers, const Layout& layout) {
  for (std::size_t i = layers.size(); i-- > 0;)
    if (layers[i].layout == &layout && !layers[i].is_quote) return &layers[i];
  return nullptr;
}

}  // namespace

const Layer* Packet::carrying_ip() const {
  return innermost(layers(), ip::layout);
}
const Layer* Packet::carrying_udp() const {
  return innermost(layers(), udp::layout);
}

std::string_view to_string(Defect defect) {
  switch (defect) {
    case Defect::none:
      return "none";
    case Defect::truncated:
      return "truncated";
    case Defect::bad_length:
      return "bad length";
    case Defect::bad_checksum:
      return "bad checksum";
    case Defect::bad_version:
      return "bad version";
    case Defect::trailing:
      return "trailing octets";
    case Defect::too_many_layers:
      return "too many layers";
    case Defect::fragment:
      return "fragment";
    case Defect::not_authentic:
      return "not authentic";
  }
  return "unknown";
}

}  // namespace mipvet::wire

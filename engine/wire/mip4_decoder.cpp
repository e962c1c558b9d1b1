#include "engine/wire/checksum.h"
#include "engine/wire/decoder.h"
#include "engine/wire/icmp.h"
#include "engine/wire/mip4.h"

namespace mipvet::wire {

namespace {

const Layout& icmp_layout(std::uint8_t type) {
  switch (type) {
    case icmp::kEchoReplyType:
      return icmp::echo::reply;
    case icmp::kEchoRequestType:
      return icmp::echo::request;
    case icmp::kUnreachableType:
      return icmp::error::unreachable;
    case icmp::kTimeExceededType:
      return icmp::error::time_exceeded;
    case icmp::kAdvertisementType:
      return icmp::advertisement::router;
    case icmp::kSolicitationType:
      return icmp::solicitation::layout;
    default:
      return icmp::other::layout;
  }
}

}  // namespace

Decoder::Carries Decoder::mip4() {
  switch (frame_[at_]) {
    case mip4::kRequestType:
      registration(mip4::request::layout);
      return Carries::nothing;
    case mip4::kReplyType:
      registration(mip4::reply::layout);
      return Carries::nothing;
    case mip4::kTunnelDataType:
      return tunnel_data();
    default:
      add(mip4::mobile_ip::layout);
      return Carries::nothing;
  }
}

void Decoder::registration(const Layout& layout) {
  const Layer* layer = add_carrier(layout);
  if (layer == nullptr) return;
  at_ += layer->header;
  extensions(kRegistrationExtensions, true);
}

Decoder::Carries Decoder::tunnel_data() {
  const Layer* layer = add_carrier(mip4::tunnel_data::layout);
  if (layer == nullptr) return Carries::nothing;
  const std::uint64_t next = read(here(), mip4::tunnel_data::next_header);
  at_ += layer->header;
  // RFC 3519 §3.3: other protocols are no tunnelled datagrams.
  const Carries carried = by_protocol(next);
  const bool is_tunnel =
      carried == Carries::ipv4 || carried == Carries::gre || carried == Carries::minimal;
  return is_tunnel ? carried : Carries::nothing;
}

Decoder::Carries Decoder::icmp() {
  const std::uint8_t type = left() > 0 ? frame_[at_] : 0xFF;
  Layer* layer = add(icmp_layout(type));
  if (layer == nullptr) return Carries::nothing;
  if (whole_ && checksum(here()) != 0) mark(*layer, Defect::bad_checksum);
  if (layer->header < layer->layout->minimum) return Carries::nothing;
  switch (type) {
    case icmp::kUnreachableType:
    case icmp::kTimeExceededType:
      at_ += layer->header;
      in_quote_ = true;
      whole_ = false;
      return left() > 0 ? Carries::ipv4 : Carries::nothing;
    case icmp::kAdvertisementType:
      advertisement(*layer);
      break;
    case icmp::kSolicitationType:
      at_ += layer->header;
      extensions(kDiscoveryExtensions, false);
      break;
    default:
      layer->header = layer->length;
      break;
  }
  return Carries::nothing;
}

void Decoder::advertisement(Layer& layer) {
  const std::size_t addresses = icmp::advertisement::addresses_size(View(*layer.layout, here()));
  if (layer.header + addresses > left()) {
    layer.header = left();
    overruns(layer);
    return;
  }
  layer.header += static_cast<std::uint32_t>(addresses);
  at_ += layer.header;
  const std::size_t first = packet_.count_;
  extensions(kDiscoveryExtensions, false);
  for (std::size_t i = first; i < packet_.count_; ++i)
    if (packet_.layers_[i].layout == &icmp::mobility_agent::layout)
      layer.layout = &icmp::advertisement::agent;
}

/// The extensions at [at_, end_), RFC 3344 §1.8. One that runs over the end is the last.
void Decoder::extensions(const ExtensionTable& table, bool with_ha_parameter) {
  const std::uint32_t end = end_;
  while (at_ < end) {
    const std::uint8_t type = frame_[at_];
    ExtensionFormat format = table[type];
    std::uint32_t size = 1;
    bool is_over = false;
    if (type == mip4::padding::kType) {
      format.layout = &mip4::padding::layout;
    } else {
      if (with_ha_parameter && is_ha_parameter(end)) format = {&mip4::ha_parameter::layout};
      const bool has_length = end - at_ >= format.head;
      if (has_length) size = format.head + declared_length(format);
      is_over = !has_length || size > end - at_;
    }
    end_ = is_over ? end : at_ + size;
    Layer* layer = add(*format.layout, true);
    if (layer == nullptr) return;
    layer->header = layer->length;
    if (is_over) {
      overruns(*layer);
      return;
    }
    if (size < format.layout->minimum) mark(*layer, Defect::bad_length);
    at_ = end_;
  }
}

std::uint32_t Decoder::declared_length(const ExtensionFormat& format) const {
  std::uint32_t length = 0;
  for (std::uint32_t i = format.length_octet; i < format.head; ++i)
    length = (length << 8) | frame_[at_ + i];
  return length;
}

bool Decoder::is_ha_parameter(std::uint32_t end) const {
  return frame_[at_] == options_.ha_parameter_type && end - at_ >= 3 && frame_[at_ + 1] >= 1 &&
         frame_[at_ + 2] == options_.ha_parameter_sub_type;
}

}  // namespace mipvet::wire

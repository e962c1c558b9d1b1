#include "engine/wire/decoder.h"

#include "engine/wire/arp.h"
#include "engine/wire/checksum.h"
#include "engine/wire/esp.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/ike.h"
#include "engine/wire/marker.h"
#include "engine/wire/mip4.h"
#include "engine/wire/udp.h"

namespace mipvet::wire {

Decoder::Decoder(Packet& packet, Bytes frame, const DecodeOptions& options)
    : packet_(packet), frame_(frame), options_(options) {
  packet_.frame_ = frame;
  packet_.count_ = 0;
  packet_.message_ = 0;
  packet_.extension_count_ = 0;
  packet_.all_defects_ = 0;
  packet_.is_own_ = false;
  end_ = static_cast<std::uint32_t>(frame.size());
}

void Decoder::run() {
  Carries next = ethernet();
  while (next != Carries::nothing) next = step(next);
}

Decoder::Carries Decoder::step(Carries what) {
  switch (what) {
    case Carries::arp:
      return arp();
    case Carries::marker:
      return marker();
    case Carries::ipv4:
      return ipv4();
    case Carries::udp:
      return udp();
    case Carries::icmp:
      return icmp();
    case Carries::gre:
      return gre();
    case Carries::minimal:
      return minimal();
    case Carries::mip4:
      return mip4();
    case Carries::ike:
      return ike();
    case Carries::udp_encapsulated:
      return udp_encapsulated();
    case Carries::esp:
      return esp();
    case Carries::nothing:
      break;
  }
  return Carries::nothing;
}

Decoder::Carries Decoder::by_protocol(std::uint64_t protocol) {
  switch (protocol) {
    case ip::kUdp:
      return Carries::udp;
    case ip::kIcmp:
      return Carries::icmp;
    case ip::kIpv4:
      return Carries::ipv4;
    case ip::kGre:
      return Carries::gre;
    case ip::kMinimalEncapsulation:
      return Carries::minimal;
    case ip::kEsp:
      return Carries::esp;
    default:
      return Carries::nothing;
  }
}

Decoder::Carries Decoder::ethernet() {
  if (add_carrier(ethernet::layout) == nullptr) return Carries::nothing;
  const std::uint64_t ethertype = read(frame_, ethernet::ethertype);
  at_ = static_cast<std::uint32_t>(ethernet::layout.minimum);
  switch (ethertype) {
    case ethernet::kIpv4:
      return Carries::ipv4;
    case ethernet::kArp:
      return Carries::arp;
    case ethernet::kMarker:
      return Carries::marker;
    default:
      return Carries::nothing;
  }
}

Decoder::Carries Decoder::arp() {
  Layer* layer = add_carrier(arp::layout);
  if (layer == nullptr) return Carries::nothing;
  layer->length = layer->header;  // the rest is the link's padding
  const Bytes message = here();
  if (read(message, arp::hardware_length) != 6 || read(message, arp::protocol_length) != 4)
    mark(*layer, Defect::bad_length);
  return Carries::nothing;
}

Decoder::Carries Decoder::marker() {
  if (read(here(), marker::magic) != marker::kMagic) return Carries::nothing;
  while (left() > marker::layout.minimum && frame_[end_ - 1] == 0) --end_;
  if (Layer* layer = add(marker::layout)) layer->header = layer->length;
  return Carries::nothing;
}

Decoder::Carries Decoder::ipv4() {
  const Layer* parent = &packet_.layers_[packet_.count_ - 1];
  Layer* layer = add_carrier(ip::layout);
  if (layer == nullptr) return Carries::nothing;
  const Bytes header = here();
  if (read(header, ip::version) != 4) {
    mark(*layer, Defect::bad_version);
    return Carries::nothing;
  }
  const auto header_size = static_cast<std::uint32_t>(read(header, ip::header_length)) * 4;
  if (header_size < ip::layout.minimum) {
    mark(*layer, Defect::bad_length);
    return Carries::nothing;
  }
  if (header_size > left()) {
    layer->header = left();
    overruns(*layer);
    return Carries::nothing;
  }
  layer->header = header_size;
  if (checksum(header.first(header_size)) != 0) mark(*layer, Defect::bad_checksum);

  const auto total = static_cast<std::uint32_t>(read(header, ip::total_length));
  if (total < header_size) {
    mark(*layer, Defect::bad_length);
    return Carries::nothing;
  }
  const bool padded_by_link = parent->layout == &ethernet::layout;
  // A frame cannot be told from one that was cut short, a tunnel's payload can.
  if (padded_by_link) whole_ = false;
  if (total > left()) {
    overruns(*layer);
    whole_ = false;
  } else {
    // RFC 4303 §2.7: traffic flow confidentiality padding is right.
    const bool may_be_padded = padded_by_link || parent->layout == &esp::trailer::layout;
    if (total < left() && !may_be_padded) mark(*layer, Defect::trailing);
    end_ = at_ + total;
    layer->length = total;
    whole_ = true;
  }
  source_ = View(ip::layout, header).address(ip::source);
  destination_ = View(ip::layout, header).address(ip::destination);
  if (read(header, ip::more_fragments) != 0 || read(header, ip::fragment_offset) != 0) {
    mark(*layer, Defect::fragment);
    return Carries::nothing;
  }
  at_ += layer->header;
  return by_protocol(read(header, ip::protocol));
}

Decoder::Carries Decoder::udp() {
  Layer* layer = add_carrier(udp::layout);
  if (layer == nullptr) return Carries::nothing;
  const Bytes datagram = here();
  const auto length = static_cast<std::uint32_t>(read(datagram, udp::length));
  if (length < udp::layout.minimum) {
    mark(*layer, Defect::bad_length);
    return Carries::nothing;
  }
  if (length > left()) {
    overruns(*layer);
    whole_ = false;
  } else {
    if (length < left()) mark(*layer, Defect::trailing);
    end_ = at_ + length;
    layer->length = length;
    whole_ = true;
    const std::uint32_t sum =
        pseudo_header_sum(source_, destination_, ip::kUdp, static_cast<std::uint16_t>(length));
    if (read(datagram, udp::checksum) != 0 && ones_sum(datagram.first(length), sum) != 0xFFFF)
      mark(*layer, Defect::bad_checksum);
  }
  const auto is_of = [&](std::uint64_t port) {
    return read(datagram, udp::source_port) == port ||
           read(datagram, udp::destination_port) == port;
  };
  at_ += layer->header;
  if (left() == 0) return Carries::nothing;
  if (is_of(mip4::kPort)) return Carries::mip4;
  if (is_of(ike::kPort)) return Carries::ike;
  return is_of(ike::kNatPort) ? Carries::udp_encapsulated : Carries::nothing;
}

void Packet::decode(Bytes frame, const DecodeOptions& options) {
  Decoder(*this, frame, options).run();
}

}  // namespace mipvet::wire

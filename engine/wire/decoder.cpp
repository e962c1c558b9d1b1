#include <algorithm>

#include "engine/wire/arp.h"
#include "engine/wire/checksum.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/extension_table.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/marker.h"
#include "engine/wire/mip4.h"
#include "engine/wire/packet.h"
#include "engine/wire/tunnel.h"
#include "engine/wire/udp.h"

namespace mipvet::wire {

/// Walks from the outermost header inwards. Each step adds the layer that stands at [at_, end_),
/// narrows the range to what the layer carries and says what that is.
class Decoder {
 public:
  Decoder(Packet& packet, Bytes frame, const DecodeOptions& options)
      : packet_(packet), frame_(frame), options_(options) {
    packet_.frame_ = frame;
    packet_.count_ = 0;
    packet_.message_ = 0;
    packet_.extension_count_ = 0;
    packet_.all_defects_ = 0;
    end_ = static_cast<std::uint32_t>(frame.size());
  }

  void run() {
    Carries next = ethernet();
    while (next != Carries::nothing) next = step(next);
  }

 private:
  enum class Carries : std::uint8_t { nothing, arp, marker, ipv4, udp, icmp, gre, minimal, mip4 };

  Carries step(Carries what) {
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
      case Carries::nothing:
        break;
    }
    return Carries::nothing;
  }

  static Carries by_protocol(std::uint64_t protocol) {
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
      default:
        return Carries::nothing;
    }
  }

  std::uint32_t left() const { return end_ - at_; }
  Bytes here() const { return frame_.subspan(at_, left()); }

  void mark(Layer& layer, Defect defect) {
    layer.defects |= static_cast<Defects>(defect);
    if (!layer.is_quote) packet_.all_defects_ |= static_cast<Defects>(defect);
  }

  /// A length reaches beyond the octets that are there. Where the parent is whole, the length is
  /// wrong; where it is not, it may be right.
  void overruns(Layer& layer) {
    mark(layer, Defect::truncated);
    if (whole_) mark(layer, Defect::bad_length);
  }

  /// Adds a layer over [at_, end_). Null when the packet can hold no more.
  Layer* add(const Layout& layout, bool is_extension = false) {
    if (packet_.count_ == Packet::kMaxLayers) {
      mark(packet_.layers_[packet_.count_ - 1], Defect::too_many_layers);
      return nullptr;
    }
    Layer& layer = packet_.layers_[packet_.count_];
    const auto minimum = static_cast<std::uint32_t>(layout.minimum);
    layer = {&layout, at_, left(), std::min(minimum, left()), 0, is_extension, in_quote_};
    if (left() < minimum && !is_extension) mark(layer, Defect::truncated);
    if (!is_extension && !in_quote_) packet_.message_ = packet_.count_;
    if (is_extension && !in_quote_) ++packet_.extension_count_;
    ++packet_.count_;
    return &layer;
  }

  /// Adds a layer that carries others; null also when not even its header is whole.
  Layer* add_carrier(const Layout& layout) {
    Layer* layer = add(layout);
    return layer != nullptr && layer->header == layout.minimum ? layer : nullptr;
  }

  Carries ethernet() {
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

  Carries arp() {
    Layer* layer = add_carrier(arp::layout);
    if (layer == nullptr) return Carries::nothing;
    layer->length = layer->header;  // the rest is the link's padding
    const Bytes message = here();
    if (read(message, arp::hardware_length) != 6 || read(message, arp::protocol_length) != 4)
      mark(*layer, Defect::bad_length);
    return Carries::nothing;
  }

  Carries marker() {
    if (read(here(), marker::magic) != marker::kMagic) return Carries::nothing;
    while (left() > marker::layout.minimum && frame_[end_ - 1] == 0) --end_;
    if (Layer* layer = add(marker::layout)) layer->header = layer->length;
    return Carries::nothing;
  }

  Carries ipv4() {
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
      if (total < left() && !padded_by_link) mark(*layer, Defect::trailing);
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

  Carries udp() {
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
    const bool is_mobile_ip = read(datagram, udp::source_port) == mip4::kPort ||
                              read(datagram, udp::destination_port) == mip4::kPort;
    at_ += layer->header;
    return is_mobile_ip && left() > 0 ? Carries::mip4 : Carries::nothing;
  }

  Carries mip4() {
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

  void registration(const Layout& layout) {
    const Layer* layer = add_carrier(layout);
    if (layer == nullptr) return;
    at_ += layer->header;
    extensions(kRegistrationExtensions, true);
  }

  Carries tunnel_data() {
    const Layer* layer = add_carrier(mip4::tunnel_data::layout);
    if (layer == nullptr) return Carries::nothing;
    const std::uint64_t next = read(here(), mip4::tunnel_data::next_header);
    at_ += layer->header;
    return by_protocol_in_tunnel(next);
  }

  /// RFC 3519 §3.3: other protocols are no tunnelled datagrams.
  static Carries by_protocol_in_tunnel(std::uint64_t next_header) {
    const Carries carried = by_protocol(next_header);
    const bool is_tunnel =
        carried == Carries::ipv4 || carried == Carries::gre || carried == Carries::minimal;
    return is_tunnel ? carried : Carries::nothing;
  }

  Carries icmp() {
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

  static const Layout& icmp_layout(std::uint8_t type) {
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

  void advertisement(Layer& layer) {
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
  void extensions(const ExtensionTable& table, bool with_ha_parameter) {
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

  std::uint32_t declared_length(const ExtensionFormat& format) const {
    std::uint32_t length = 0;
    for (std::uint32_t i = format.length_octet; i < format.head; ++i)
      length = (length << 8) | frame_[at_ + i];
    return length;
  }

  bool is_ha_parameter(std::uint32_t end) const {
    return frame_[at_] == options_.ha_parameter_type && end - at_ >= 3 && frame_[at_ + 1] >= 1 &&
           frame_[at_ + 2] == options_.ha_parameter_sub_type;
  }

  Carries gre() {
    Layer* layer = add_carrier(gre::layout);
    if (layer == nullptr) return Carries::nothing;
    const Bytes header = here();
    std::uint32_t size = 4;
    if (read(header, gre::checksum_present) != 0) size += 4;
    if (read(header, gre::key_present) != 0) size += 4;
    if (read(header, gre::sequence_present) != 0) size += 4;
    layer->header = std::min(size, left());
    if (read(header, gre::version) != 0) {
      mark(*layer, Defect::bad_version);
      return Carries::nothing;
    }
    if (size > left()) {
      overruns(*layer);
      return Carries::nothing;
    }
    if (read(header, gre::checksum_present) != 0 && whole_ && checksum(header) != 0)
      mark(*layer, Defect::bad_checksum);
    const bool is_ipv4 = read(header, gre::protocol_type) == ethernet::kIpv4 &&
                         read(header, gre::routing_present) == 0;
    at_ += size;
    return is_ipv4 ? Carries::ipv4 : Carries::nothing;
  }

  Carries minimal() {
    Layer* layer = add_carrier(minimal_encapsulation::layout);
    if (layer == nullptr) return Carries::nothing;
    const View header(minimal_encapsulation::layout, here());
    const bool has_source = header[minimal_encapsulation::source_present] != 0;
    const std::uint32_t size = has_source ? 12 : 8;
    layer->header = std::min(size, left());
    if (size > left()) {
      overruns(*layer);
      return Carries::nothing;
    }
    if (checksum(header.bytes().first(size)) != 0) mark(*layer, Defect::bad_checksum);
    destination_ = header.address(minimal_encapsulation::original_destination);
    if (has_source) source_ = header.address(minimal_encapsulation::original_source);
    at_ += size;
    return by_protocol(header[minimal_encapsulation::protocol]);
  }

  Packet& packet_;
  Bytes frame_;
  const DecodeOptions& options_;
  std::uint32_t at_ = 0;
  std::uint32_t end_ = 0;
  bool in_quote_ = false;
  /// Everything that the layer around [at_, end_) declares is there.
  bool whole_ = false;
  // Of the datagram that is being taken apart, for the pseudo header.
  Ipv4Address source_;
  Ipv4Address destination_;
};

void Packet::decode(Bytes frame, const DecodeOptions& options) {
  Decoder(*this, frame, options).run();
}

}  // namespace mipvet::wire

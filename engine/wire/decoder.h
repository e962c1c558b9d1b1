#pragma once

#include <algorithm>
#include <optional>

#include "engine/wire/extension_table.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/opener.h"
#include "engine/wire/packet.h"

namespace mipvet::wire {

/// Walks from the outermost header inwards. Each step adds the layer that stands at [at_, end_),
/// narrows the range to what the layer carries and says what that is. The steps stand in one file
/// for each family of protocols.
class Decoder {
 public:
  Decoder(Packet& packet, Bytes frame, const DecodeOptions& options);
  void run();

 private:
  enum class Carries : std::uint8_t {
    nothing,
    arp,
    marker,
    ipv4,
    udp,
    icmp,
    gre,
    minimal,
    mip4,
    ike,
    udp_encapsulated,
    esp
  };

  Carries step(Carries what);
  static Carries by_protocol(std::uint64_t protocol);

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
  Layer* add(const Layout& layout, bool is_extension = false);
  /// Adds a layer that carries others; null also when not even its header is whole.
  Layer* add_carrier(const Layout& layout) {
    Layer* layer = add(layout);
    return layer != nullptr && layer->header == layout.minimum ? layer : nullptr;
  }

  // decoder.cpp: links, IPv4, UDP
  Carries ethernet();
  Carries arp();
  Carries marker();
  Carries ipv4();
  Carries udp();
  // tunnel_decoder.cpp
  Carries gre();
  Carries minimal();
  // esp_decoder.cpp: ESP, what shares its port behind NATs, and opening what is encrypted
  struct Plain {
    std::uint32_t first;
    std::uint32_t end;
  };
  Carries udp_encapsulated();
  Carries esp();
  MutableBytes to_open(Layer& layer, std::uint32_t first);
  std::optional<Plain> opened(Layer& layer, std::uint32_t first, MutableBytes sealed,
                              const Opening& opening);
  // mip4_decoder.cpp: Mobile IPv4, ICMP and the extensions of both
  Carries mip4();
  void registration(const Layout& layout);
  Carries tunnel_data();
  Carries icmp();
  void advertisement(Layer& layer);
  void extensions(const ExtensionTable& table, bool with_ha_parameter);
  std::uint32_t declared_length(const ExtensionFormat& format) const;
  bool is_ha_parameter(std::uint32_t end) const;
  // ike_decoder.cpp
  Carries ike();
  void payloads(Layer& message, std::uint8_t type, bool are_encrypted);
  void encrypted(Layer& message, Layer& payload, std::uint8_t first_type);
  void inside(Layer& payload);
  void proposals();
  void transforms(Layer& proposal, std::uint32_t count);
  void transform_attributes();
  void traffic_selectors(Layer& payload);
  void configuration_attributes();
  Layer* substructure(const Layout& layout, std::uint32_t length);

  Packet& packet_;
  Bytes frame_;
  const DecodeOptions& options_;
  std::uint32_t at_ = 0;
  std::uint32_t end_ = 0;
  bool in_quote_ = false;
  /// Everything that the layer around [at_, end_) declares is there.
  bool whole_ = false;
  /// How many times the opener was asked.
  std::size_t opened_ = 0;
  // Of the datagram that is being taken apart, for the pseudo header.
  Ipv4Address source_;
  Ipv4Address destination_;
};

// Here, so that each family's steps have it inlined.
inline Layer* Decoder::add(const Layout& layout, bool is_extension) {
  if (packet_.count_ == Packet::kMaxLayers) {
    mark(packet_.layers_[packet_.count_ - 1], Defect::too_many_layers);
    return nullptr;
  }
  Layer& layer = packet_.layers_[packet_.count_];
  const auto minimum = static_cast<std::uint32_t>(layout.minimum);
  layer = {&layout, at_, left(), std::min(minimum, left()), 0, is_extension, in_quote_};
  if (left() < minimum && !is_extension) mark(layer, Defect::truncated);
  if (!in_quote_ && is_extension) {
    ++packet_.extension_count_;
  } else if (!in_quote_) {
    packet_.message_ = packet_.count_;
    packet_.extension_count_ = 0;
  }
  ++packet_.count_;
  return &layer;
}

}  // namespace mipvet::wire

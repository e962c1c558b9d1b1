#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "engine/wire/layout.h"

namespace mipvet::wire {

/// What is wrong with a layer as it stands on the wire. A set of bits: a layer may have several.
enum class Defect : std::uint16_t {
  none = 0,
  /// The octets end before the layer's minimum or before the length that it declares.
  truncated = 1,
  /// A length field contradicts the octets (too small for its header, too large for its parent).
  bad_length = 2,
  bad_checksum = 4,
  bad_version = 8,
  /// Octets follow that belong to no layer.
  trailing = 16,
  /// More layers than a packet can hold; the rest is not dissected.
  too_many_layers = 32,
  /// A fragment: what it carries is not dissected.
  fragment = 64,
  /// Its integrity check value is wrong, by keys that the opener has.
  not_authentic = 128,
};
using Defects = std::uint16_t;
constexpr bool has(Defects set, Defect one) {
  return (set & static_cast<Defects>(one)) != 0;
}
std::string_view to_string(Defect defect);

/// One header, message or extension inside a frame. The layer reaches to the end of what it
/// carries; `header` octets are its own. Extensions are layers of their own behind their message.
/// Without initial values, so that a packet need not write all the layers that it has room for.
struct Layer {
  const Layout* layout;
  std::uint32_t offset;  ///< from the start of the frame
  std::uint32_t length;  ///< octets, header and payload
  std::uint32_t header;  ///< octets of the header alone
  Defects defects;
  bool is_extension;
  /// Belongs to the datagram that an ICMP error quotes, not to the packet's own story: such a layer
  /// is no message, `find` passes it over, and its defects are not the packet's (a quote is cut
  /// short by its nature).
  bool is_quote;
};

class Opener;

/// What a decoder has to be told because no specification fixes it.
struct DecodeOptions {
  std::uint8_t ha_parameter_type = 127;    ///< MIPP §2.5.3, never assigned
  std::uint8_t ha_parameter_sub_type = 1;  ///< MIPP §2.5.3, never assigned
  /// Decrypts IKE and ESP; they stay opaque without one.
  Opener* opener = nullptr;
};

/// A frame taken apart into layers, outermost first. Meant to be kept and used again for every
/// frame: decoding allocates nothing. The frame's octets are not copied, unless there is something
/// to open: then the packet decrypts in a copy of its own, where all octets keep their places.
class Packet {
 public:
  /// Some gateways propose a hundred transforms and more in one message.
  static constexpr std::size_t kMaxLayers = 192;
  /// How often the opener is asked for one frame, however deep it nests.
  static constexpr std::size_t kMaxOpened = 8;

  /// As after decoding an empty frame: one truncated Ethernet layer.
  Packet() { decode({}); }

  /// Takes an Ethernet frame apart. Any octets are taken; what is wrong is noted as defects. There
  /// is always at least the Ethernet layer.
  void decode(Bytes frame, const DecodeOptions& options = {});

  /// The octets that the layers refer to: those that were given, what was opened decrypted.
  Bytes frame() const { return is_own_ ? Bytes(own_) : frame_; }
  std::span<const Layer> layers() const { return {layers_.data(), count_}; }
  /// The defects of all layers together, those of quotes aside.
  Defects defects() const { return all_defects_; }

  /// The n-th layer (0-based, from outside) of a layout, or null. Quoted layers do not count.
  const Layer* find(const Layout& layout, std::size_t n = 0) const;
  /// The innermost layer that is neither extension nor quote: the message that this packet carries,
  /// inside all tunnels, e.g. a registration-request, icmp-unreachable, arp, udp, ipv4.
  const Layer& message() const { return layers_[message_]; }
  /// The extensions of the message, in their order.
  std::span<const Layer> extensions() const {
    return {layers_.data() + message_ + 1, extension_count_};
  }
  /// What an ICMP error quotes: the IPv4 header and what is there behind it, outermost first.
  std::span<const Layer> quoted() const {
    const std::size_t first = message_ + 1 + extension_count_;
    return {layers_.data() + first, count_ - first};
  }
  /// The IPv4 header that carries the message directly (the innermost), or null.
  const Layer* carrying_ip() const;
  /// Innermost UDP header, or null.
  const Layer* carrying_udp() const;

  /// All octets of a layer, header and what it carries.
  View view(const Layer& layer) const {
    return {*layer.layout, frame().subspan(layer.offset, layer.length)};
  }
  /// The octets of the header alone, so that a field "up to the end" (IPv4 options, the addresses
  /// of a router advertisement) ends where the header does.
  View header(const Layer& layer) const {
    return {*layer.layout, frame().subspan(layer.offset, layer.header)};
  }

 private:
  friend class Decoder;
  Bytes frame_;
  Buffer own_;
  bool is_own_ = false;
  std::array<Layer, kMaxLayers> layers_;
  std::size_t count_ = 0;
  std::size_t message_ = 0;
  std::size_t extension_count_ = 0;
  Defects all_defects_ = 0;
};

}  // namespace mipvet::wire

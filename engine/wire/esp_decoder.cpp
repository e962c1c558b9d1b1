#include "engine/wire/decoder.h"
#include "engine/wire/esp.h"
#include "engine/wire/ike.h"
#include "engine/wire/opener.h"

namespace mipvet::wire {

/// RFC 3948 §2: IKE with a marker, a keepalive, or ESP.
Decoder::Carries Decoder::udp_encapsulated() {
  if (left() == 1 && frame_[at_] == ike::keepalive::kOctet) {
    add(ike::keepalive::layout);
    return Carries::nothing;
  }
  if (left() < ike::non_esp_marker::layout.minimum ||
      read(here(), ike::non_esp_marker::marker) != 0)
    return Carries::esp;
  Layer* layer = add_carrier(ike::non_esp_marker::layout);
  if (layer == nullptr) return Carries::nothing;
  at_ += layer->header;
  return Carries::ike;
}

/// Without keys nothing is known of what is behind the sequence number.
Decoder::Carries Decoder::esp() {
  Layer* layer = add_carrier(esp::layout);
  if (layer == nullptr) return Carries::nothing;
  layer->header = layer->length;
  const MutableBytes sealed = to_open(*layer, at_);
  if (sealed.empty()) return Carries::nothing;
  const auto plain =
      opened(*layer, at_, sealed, options_.opener->open_esp(sealed, source_, destination_));
  if (!plain) return Carries::nothing;
  // Padding, pad length and next header are encrypted with the payload (RFC 4303 §2).
  const std::uint32_t size = plain->end - plain->first;
  if (size < 2 || frame_[plain->end - 2] + 2U > size) {
    mark(*layer, Defect::bad_length);
    return Carries::nothing;
  }
  layer->header = plain->first - layer->offset;
  at_ = plain->end - 2;
  Layer* trailer = add(esp::trailer::layout, true);
  if (trailer == nullptr) return Carries::nothing;
  trailer->header = trailer->length;
  const std::uint64_t next = read(here(), esp::trailer::next_header);
  at_ = plain->first;
  end_ = plain->end - 2 - frame_[plain->end - 2];
  return by_protocol(next);
}

/// The octets from `first` to the end of a layer in the packet's own copy of the frame, for the
/// opener; none where there is nobody to open them or no sense in it.
MutableBytes Decoder::to_open(Layer& layer, std::uint32_t first) {
  if (options_.opener == nullptr || in_quote_ || !whole_) return {};
  if (opened_ == Packet::kMaxOpened) {
    mark(layer, Defect::too_many_layers);
    return {};
  }
  ++opened_;
  Buffer& copy = packet_.own_;
  if (!packet_.is_own_) {
    copy.assign(frame_.begin(), frame_.end());
    packet_.is_own_ = true;
    frame_ = copy;
  }
  return MutableBytes(copy).subspan(first, layer.offset + layer.length - first);
}

/// What was decrypted, as octets of the frame.
std::optional<Decoder::Plain> Decoder::opened(Layer& layer, std::uint32_t first,
                                              MutableBytes sealed, const Opening& opening) {
  if (opening.result == Opening::Result::not_authentic) mark(layer, Defect::not_authentic);
  if (opening.result != Opening::Result::opened) return std::nullopt;
  const Plain plain{first + opening.first, first + opening.end};
  const bool is_inside = opening.first <= opening.end && opening.end <= sealed.size() &&
                         plain.first >= layer.offset + layer.layout->minimum;
  return is_inside ? std::optional(plain) : std::nullopt;
}

}  // namespace mipvet::wire

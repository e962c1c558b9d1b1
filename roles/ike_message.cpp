#include "roles/ike_message.h"

#include <algorithm>

namespace mipvet::roles {
namespace {

using wire::Bytes;
using wire::View;
namespace payload = ike::payload;

/// No transform has it: RFC 7296 §3.3.2 reserves it for private use.
constexpr std::uint16_t kUnknownTransform = 0xFFFF;

constexpr std::uint8_t kFirstPayload = 33;
constexpr std::uint8_t kLastPayload = 48;

const wire::Layout& layout_of(std::uint8_t type) {
  if (type == ike::notify::kPayloadType) return ike::notify::layout;
  for (const wire::Layout* one : ike::payloads)
    if (one->type_value == type) return *one;
  return payload::layout;
}

/// Cuts the next part, `minimum` octets at least, off octets. Its size stands in `length`.
std::optional<Bytes> take_part(Bytes& octets, const wire::Field& length, std::size_t minimum) {
  const std::uint64_t size = wire::read(octets, length);
  if (octets.size() < minimum || size < minimum || size > octets.size()) return std::nullopt;
  const Bytes part = octets.first(size);
  octets = octets.subspan(size);
  return part;
}

}  // namespace

std::optional<IkeHeader> IkeHeader::parse(Bytes message) {
  namespace field = ike::message;
  const View view(ike::other_exchange, message);
  if (message.size() < ike::other_exchange.minimum || view[field::length] != message.size())
    return std::nullopt;
  return IkeHeader{{view[field::initiator_spi], view[field::responder_spi]},
                   static_cast<std::uint8_t>(view[field::next_payload]),
                   static_cast<std::uint8_t>(view[field::major_version]),
                   static_cast<std::uint8_t>(view[field::exchange_type]),
                   view[field::response] != 0,
                   view[field::initiator] != 0,
                   static_cast<std::uint32_t>(view[field::message_id])};
}

std::optional<IkePayloads> IkePayloads::parse(std::uint8_t first, Bytes octets) {
  IkePayloads result;
  std::uint8_t type = first;
  while (type != 0) {
    const auto part = take_part(octets, payload::length, layout_of(type).minimum);
    if (!part) return std::nullopt;
    const View view(payload::layout, *part);
    result.all_.push_back({type, view[payload::critical] != 0, *part});
    if (type == ike::notify::kPayloadType) {
      namespace notify = ike::notify;
      const std::size_t spi_size = view[notify::spi_size];
      const Bytes rest = part->subspan(notify::layout.minimum);
      if (spi_size > rest.size()) return std::nullopt;
      result.notifications_.push_back({static_cast<std::uint16_t>(view[notify::notify_type]),
                                       static_cast<std::uint8_t>(view[notify::protocol_id]),
                                       rest.first(spi_size), rest.subspan(spi_size)});
    }
    if (type == *ike::encrypted::layout.type_value) break;  // the last one by definition
    type = static_cast<std::uint8_t>(view[payload::next_payload]);
  }
  return result;
}

View IkePayloads::find(const wire::Layout& layout) const {
  for (const IkePayload& one : all_)
    if (one.type == layout.type_value) return one.view(layout);
  return {};
}

const IkeNotification* IkePayloads::notified(std::uint16_t type) const {
  const auto found = std::ranges::find(notifications_, type, &IkeNotification::type);
  return found == notifications_.end() ? nullptr : &*found;
}

const IkeNotification* IkePayloads::error() const {
  for (const IkeNotification& one : notifications_)
    if (one.type < kFirstStatus) return &one;
  return nullptr;
}

std::optional<std::uint8_t> IkePayloads::unknown_critical() const {
  for (const IkePayload& one : all_)
    if (one.critical && (one.type < kFirstPayload || one.type > kLastPayload)) return one.type;
  return std::nullopt;
}

namespace {

/// The head of a proposal or transform is as long as its layout says.
std::optional<ike::Transform> transform_in(Bytes octets) {
  namespace field = ike::transform;
  namespace attribute = ike::transform_attribute;
  const View view(field::layout, octets);
  ike::Transform result{static_cast<std::uint8_t>(view[field::transform_type]),
                        static_cast<std::uint16_t>(view[field::transform_id]), std::nullopt};
  for (Bytes rest = octets.subspan(field::layout.minimum); !rest.empty();) {
    const View one(attribute::layout, rest);
    if (rest.size() < attribute::layout.minimum) return std::nullopt;
    const std::uint64_t value = one[attribute::length_or_value];
    const bool is_short = one[attribute::format] != 0;
    if (is_short && one[attribute::attribute_type] == attribute::kKeyLength)
      result.key_length = static_cast<std::uint16_t>(value);
    else
      result.id = kUnknownTransform;
    const std::size_t size = attribute::layout.minimum + (is_short ? 0 : value);
    if (size > rest.size()) return std::nullopt;
    rest = rest.subspan(size);
  }
  return result;
}

std::optional<ike::Proposal> proposal_in(Bytes octets) {
  namespace field = ike::proposal;
  const View view(field::layout, octets);
  Bytes rest = octets.subspan(field::layout.minimum);
  const std::size_t spi_size = view[field::spi_size];
  if (spi_size > rest.size()) return std::nullopt;
  ike::Proposal result{static_cast<std::uint8_t>(view[field::protocol_id]),
                       wire::Buffer(rest.begin(), rest.begin() + std::ptrdiff_t(spi_size)),
                       {},
                       static_cast<std::uint8_t>(view[field::number_])};
  rest = rest.subspan(spi_size);
  while (!rest.empty()) {
    const auto part = take_part(rest, ike::transform::length, ike::transform::layout.minimum);
    const auto transform = part ? transform_in(*part) : std::nullopt;
    if (!transform) return std::nullopt;
    result.transforms.push_back(*transform);
  }
  if (result.transforms.size() != view[field::transforms]) return std::nullopt;
  return result;
}

}  // namespace

std::optional<std::vector<ike::Proposal>> proposals_in(View security_association) {
  std::vector<ike::Proposal> result;
  Bytes rest = security_association.bytes().subspan(ike::security_association::layout.minimum);
  while (!rest.empty()) {
    const auto part = take_part(rest, ike::proposal::length, ike::proposal::layout.minimum);
    auto proposal = part ? proposal_in(*part) : std::nullopt;
    if (!proposal) return std::nullopt;
    result.push_back(std::move(*proposal));
  }
  return result;
}

std::optional<std::vector<ike::TrafficSelector>> selectors_in(View traffic_selectors) {
  namespace field = ike::traffic_selector;
  std::vector<ike::TrafficSelector> result;
  Bytes rest = traffic_selectors.bytes().subspan(traffic_selectors.layout()->minimum);
  std::uint64_t count = 0;
  for (; !rest.empty(); ++count) {
    const auto part = take_part(rest, field::length, field::other.minimum);
    if (!part) return std::nullopt;
    const View view(field::layout, *part);
    if (view[field::ts_type] != field::kIpv4Range) continue;
    if (part->size() != field::layout.minimum) return std::nullopt;
    result.push_back({view.address(field::start_address), view.address(field::end_address),
                      static_cast<std::uint8_t>(view[field::protocol]),
                      static_cast<std::uint16_t>(view[field::start_port]),
                      static_cast<std::uint16_t>(view[field::end_port])});
  }
  if (count != traffic_selectors[ike::traffic_selectors::count]) return std::nullopt;
  return result;
}

std::optional<std::vector<ike::Attribute>> attributes_in(View configuration) {
  namespace field = ike::configuration_attribute;
  std::vector<ike::Attribute> result;
  Bytes rest = configuration.bytes().subspan(ike::configuration::layout.minimum);
  while (!rest.empty()) {
    const View view(field::layout, rest);
    const std::size_t size = field::layout.minimum + view[field::length];
    if (size > rest.size()) return std::nullopt;
    const Bytes value = rest.first(size).subspan(field::layout.minimum);
    result.push_back({static_cast<std::uint16_t>(view[field::attribute_type]),
                      wire::Buffer(value.begin(), value.end())});
    rest = rest.subspan(size);
  }
  return result;
}

std::optional<std::vector<std::uint32_t>> spis_in(View deletion) {
  namespace field = ike::delete_;
  const Bytes spis = deletion.octets(field::spis);
  if (deletion[field::spi_size] != 4 || spis.size() != 4 * deletion[field::count])
    return std::nullopt;
  std::vector<std::uint32_t> result;
  for (std::size_t i = 0; i < spis.size(); i += 4)
    result.push_back(static_cast<std::uint32_t>(number_in(spis.subspan(i, 4))));
  return result;
}

wire::Buffer octets_of(std::uint64_t number, std::size_t size) {
  wire::Buffer result(size);
  for (std::size_t i = size; i > 0; --i, number >>= 8)
    result[i - 1] = static_cast<std::uint8_t>(number);
  return result;
}

std::uint64_t number_in(Bytes octets) {
  std::uint64_t result = 0;
  for (const std::uint8_t one : octets) result = result << 8 | one;
  return result;
}

void add_notification(ike::PayloadChain& chain, std::uint16_t type, Bytes data) {
  chain.add(ike::notify::layout, {{ike::notify::notify_type, type}}, data);
}

void add_notification(ike::PayloadChain& chain, std::uint16_t type, std::uint32_t spi, Bytes data) {
  wire::Buffer rest = octets_of(spi, 4);
  rest.insert(rest.end(), data.begin(), data.end());
  chain.add(ike::notify::layout,
            {{ike::notify::protocol_id, ike::kProtocolEsp},
             {ike::notify::spi_size, 4},
             {ike::notify::notify_type, type}},
            rest);
}

void add_delete(ike::PayloadChain& chain, std::span<const std::uint32_t> spis) {
  wire::Buffer octets;
  for (const std::uint32_t one : spis)
    for (const std::uint8_t octet : octets_of(one, 4)) octets.push_back(octet);
  const bool of_ike = spis.empty();
  chain.add(ike::delete_::layout,
            {{ike::delete_::protocol_id, of_ike ? ike::kProtocolIke : ike::kProtocolEsp},
             {ike::delete_::spi_size, of_ike ? 0 : 4},
             {ike::delete_::count, spis.size()}},
            octets);
}

}  // namespace mipvet::roles

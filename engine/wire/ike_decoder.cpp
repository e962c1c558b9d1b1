#include "engine/wire/decoder.h"
#include "engine/wire/ike.h"
#include "engine/wire/ike_notify.h"
#include "engine/wire/opener.h"

namespace mipvet::wire {

namespace {

const Layout& exchange_layout(std::uint64_t exchange_type) {
  for (const Layout* layout : ike::exchanges)
    if (*layout->type_value == exchange_type) return *layout;
  return ike::other_exchange;
}

using PayloadTable = std::array<const Layout*, 256>;

constexpr PayloadTable payload_table() {
  PayloadTable table{};
  for (const Layout*& layout : table) layout = &ike::payload::layout;
  for (const Layout* layout : ike::payloads) table[*layout->type_value] = layout;
  table[ike::notify::kPayloadType] = &ike::notify::layout;
  return table;
}
constexpr PayloadTable kPayloads = payload_table();

const Layout& payload_layout(std::uint8_t type, Bytes payload) {
  if (type != ike::notify::kPayloadType || payload.size() < ike::notify::layout.minimum)
    return *kPayloads[type];
  const std::uint64_t notify_type = read(payload, ike::notify::notify_type);
  const Layout& layout = ike::notify::layout_of(notify_type);
  // The addresses of NO_NATS_ALLOWED are of IPv6 when there are more octets than IPv4's.
  const bool is_ip6 =
      layout.fields.data() == ike::notify::no_nats_fields.data() && payload.size() > layout.minimum;
  return is_ip6 ? ike::notify::no_nats_allowed_ip6 : layout;
}

/// Whether the lengths that a payload declares beside its own fit into it.
bool is_consistent(const View& payload) {
  const std::size_t size = payload.bytes().size();
  if (payload.layout() == &ike::delete_::layout)
    return 8 + payload[ike::delete_::spi_size] * payload[ike::delete_::count] == size;
  if (payload.layout()->type_value != ike::notify::kPayloadType) return true;
  const std::uint64_t spi_size = payload[ike::notify::spi_size];
  const bool has_own_fields = payload.layout()->find(ike::notify::data.name) == nullptr;
  if (!has_own_fields) return 8 + spi_size <= size;
  return spi_size == (payload.layout()->find(ike::notify::spi.name) != nullptr ? 4 : 0);
}

}  // namespace

Decoder::Carries Decoder::ike() {
  const std::uint64_t exchange_type = read(here(), ike::message::exchange_type);
  Layer* message = add_carrier(exchange_layout(exchange_type));
  if (message == nullptr) return Carries::nothing;
  const View header(*message->layout, here());
  if (header[ike::message::major_version] != 2) {
    mark(*message, Defect::bad_version);
    return Carries::nothing;
  }
  const std::uint64_t length = header[ike::message::length];
  if (length < message->header) {
    mark(*message, Defect::bad_length);
    return Carries::nothing;
  }
  if (length > left()) {
    overruns(*message);
    whole_ = false;
  } else if (length < left()) {
    mark(*message, Defect::trailing);
    end_ = at_ + static_cast<std::uint32_t>(length);
    message->length = static_cast<std::uint32_t>(length);
  }
  const auto first = static_cast<std::uint8_t>(header[ike::message::next_payload]);
  at_ += message->header;
  payloads(*message, first, false);
  return Carries::nothing;
}

/// The chain of payloads at [at_, end_), RFC 7296 §3.2. One that runs over the end is the last.
void Decoder::payloads(Layer& message, std::uint8_t type, bool are_encrypted) {
  const std::uint32_t end = end_;
  while (type != 0) {
    const std::uint32_t head = static_cast<std::uint32_t>(ike::payload::layout.minimum);
    if (end - at_ < head) return overruns(message);
    const Bytes rest = here();
    const auto length = static_cast<std::uint32_t>(read(rest, ike::payload::length));
    const bool is_over = length > rest.size();
    end_ = is_over || length < head ? end : at_ + length;
    Layer* payload = add(payload_layout(type, here()), true);
    if (payload == nullptr) return;
    payload->header = payload->length;
    if (length < head) return mark(*payload, Defect::bad_length);
    if (is_over) return overruns(*payload);
    if (length < payload->layout->minimum)
      mark(*payload, Defect::bad_length);
    else if (!is_consistent(View(*payload->layout, here())))
      mark(*payload, Defect::bad_length);
    const std::uint32_t next = end_;
    // What follows inside an encrypted payload is named by it. It holds no other (RFC 7296 §3.1).
    const bool is_last = payload->layout == &ike::encrypted::layout;
    type = static_cast<std::uint8_t>(read(rest, ike::payload::next_payload));
    if (is_last && !are_encrypted)
      encrypted(message, *payload, type);
    else
      inside(*payload);
    at_ = next;
    end_ = end;
    if (is_last) break;
  }
  if (at_ < end) mark(message, Defect::trailing);
}

/// The payloads inside an encrypted one that stands at [at_, end_).
void Decoder::encrypted(Layer& message, Layer& payload, std::uint8_t first_type) {
  const MutableBytes sealed = to_open(payload, message.offset);
  if (sealed.empty()) return;
  const auto plain = opened(payload, message.offset, sealed,
                            options_.opener->open_ike(sealed, payload.offset - message.offset));
  if (!plain) return;
  // Pad length is the last octet, padding before it (RFC 7296 §3.14).
  const std::uint32_t size = plain->end - plain->first;
  const std::uint32_t behind = size == 0 ? 1 : frame_[plain->end - 1] + 1U;
  if (behind > size) return mark(payload, Defect::bad_length);
  payload.header = plain->first - payload.offset;
  at_ = plain->first;
  end_ = plain->end - behind;
  payloads(message, first_type, true);
}

/// The substructures of a payload that stands at [at_, end_).
void Decoder::inside(Layer& payload) {
  const auto head = static_cast<std::uint32_t>(payload.layout->minimum);
  if (payload.length < head) return;
  at_ += head;
  if (payload.layout == &ike::security_association::layout) {
    payload.header = head;
    proposals();
  } else if (payload.layout == &ike::traffic_selectors::initiator ||
             payload.layout == &ike::traffic_selectors::responder) {
    payload.header = head;
    traffic_selectors(payload);
  } else if (payload.layout == &ike::configuration::layout) {
    payload.header = head;
    configuration_attributes();
  }
}

/// Adds a substructure of a declared length at `at_` and leaves [at_, end_) around it; null where
/// nothing more can be read behind it.
Layer* Decoder::substructure(const Layout& layout, std::uint32_t length) {
  const bool is_over = length > left();
  const bool is_short = length < layout.minimum;
  if (!is_over && !is_short) end_ = at_ + length;
  Layer* layer = add(layout, true);
  if (layer == nullptr) return nullptr;
  layer->header = layer->length;
  if (is_over) overruns(*layer);
  if (is_short) mark(*layer, Defect::bad_length);
  return is_over || is_short ? nullptr : layer;
}

void Decoder::proposals() {
  for (const std::uint32_t end = end_; at_ < end; at_ = end_, end_ = end) {
    const Bytes rest = here();
    const auto length = static_cast<std::uint32_t>(read(rest, ike::proposal::length));
    Layer* layer = substructure(ike::proposal::layout, length);
    if (layer == nullptr) return;
    const auto head = static_cast<std::uint32_t>(ike::proposal::layout.minimum +
                                                 read(rest, ike::proposal::spi_size));
    const std::uint32_t next = end_;
    if (head > layer->length) {
      mark(*layer, Defect::bad_length);
    } else {
      layer->header = head;
      at_ += head;
      transforms(*layer, static_cast<std::uint32_t>(read(rest, ike::proposal::transforms)));
    }
    end_ = next;
  }
}

void Decoder::transforms(Layer& proposal, std::uint32_t count) {
  const std::uint32_t end = end_;
  for (; at_ < end && count > 0; at_ = end_, end_ = end, --count) {
    const auto length = static_cast<std::uint32_t>(read(here(), ike::transform::length));
    Layer* layer = substructure(ike::transform::layout, length);
    if (layer == nullptr) return;
    layer->header = static_cast<std::uint32_t>(ike::transform::layout.minimum);
    const std::uint32_t next = end_;
    at_ += layer->header;
    transform_attributes();
    end_ = next;
  }
  if (at_ < end) mark(proposal, Defect::trailing);
  if (count > 0) mark(proposal, Defect::bad_length);
}

void Decoder::transform_attributes() {
  namespace attribute = ike::transform_attribute;
  for (const std::uint32_t end = end_; at_ < end; at_ = end_, end_ = end) {
    const bool is_short_form = read(here(), attribute::format) != 0;
    const std::uint64_t value = is_short_form ? 0 : read(here(), attribute::length_or_value);
    if (substructure(attribute::layout, 4 + static_cast<std::uint32_t>(value)) == nullptr) return;
  }
}

void Decoder::traffic_selectors(Layer& payload) {
  namespace selector = ike::traffic_selector;
  const View head(*payload.layout, frame_.subspan(payload.offset, payload.header));
  std::uint64_t announced = head[ike::traffic_selectors::count];
  for (const std::uint32_t end = end_; at_ < end; at_ = end_, end_ = end, --announced) {
    const bool is_ipv4 = read(here(), selector::ts_type) == selector::kIpv4Range;
    const auto length = static_cast<std::uint32_t>(read(here(), selector::length));
    if (substructure(is_ipv4 ? selector::layout : selector::other, length) == nullptr) return;
  }
  if (announced != 0) mark(payload, Defect::bad_length);
}

void Decoder::configuration_attributes() {
  namespace attribute = ike::configuration_attribute;
  for (const std::uint32_t end = end_; at_ < end; at_ = end_, end_ = end) {
    const auto length = static_cast<std::uint32_t>(read(here(), attribute::length));
    if (substructure(attribute::layout, 4 + length) == nullptr) return;
  }
}

}  // namespace mipvet::wire

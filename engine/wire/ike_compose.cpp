#include "engine/wire/ike_compose.h"

#include <algorithm>

namespace mipvet::wire::ike {
namespace {

void append(Buffer& to, const Buffer& octets) {
  to.insert(to.end(), octets.begin(), octets.end());
}

/// Appends a substructure whose length field counts all its octets.
void append_whole(Buffer& to, Buffer octets, const Field& length) {
  write(octets, length, octets.size());
  append(to, octets);
}

}  // namespace

PayloadChain& PayloadChain::add(const Layout& layout, FieldValues values, Bytes rest) {
  append(layout.type_value.value_or(0), layout, values, rest);
  return *this;
}

PayloadChain& PayloadChain::add(const Layout& layout, std::initializer_list<FieldValue> values,
                                Bytes rest) {
  return add(layout, FieldValues(values.begin(), values.size()), rest);
}

PayloadChain& PayloadChain::add_type(std::uint8_t type, FieldValues values, Bytes rest) {
  append(type, payload::layout, values, rest);
  return *this;
}

void PayloadChain::append(std::uint8_t type, const Layout& layout, FieldValues values, Bytes rest) {
  Buffer one = make(layout, values);
  one.insert(one.end(), rest.begin(), rest.end());
  if (!is_given(values, payload::length)) write(one, payload::length, one.size());
  if (octets_.empty()) {
    first_type_ = type;
  } else if (!last_names_next_) {
    write(MutableBytes(octets_).subspan(last_), payload::next_payload, type);
  }
  last_ = octets_.size();
  last_names_next_ = is_given(values, payload::next_payload);
  ike::append(octets_, one);
}

Buffer make_message(const Layout& exchange, FieldValues values, const PayloadChain& chain) {
  Buffer result = make(exchange, values);
  if (!is_given(values, message::major_version)) write(result, message::major_version, 2);
  if (!is_given(values, message::next_payload))
    write(result, message::next_payload, chain.first_type());
  append(result, chain.octets());
  if (!is_given(values, message::length)) write(result, message::length, result.size());
  return result;
}

Buffer make_message(const Layout& exchange, std::initializer_list<FieldValue> values,
                    const PayloadChain& chain) {
  return make_message(exchange, FieldValues(values.begin(), values.size()), chain);
}

Buffer behind_marker(Bytes message) {
  Buffer result(non_esp_marker::layout.minimum + message.size());
  std::copy(message.begin(), message.end(), result.end() - std::ssize(message));
  return result;
}

namespace {

Buffer make_transforms(std::span<const Transform> all) {
  Buffer result;
  for (const Transform& one : all) {
    const bool is_last = &one == &all.back();
    Buffer octets = make(transform::layout, {{transform::last, is_last ? 0 : 3},
                                             {transform::transform_type, one.type},
                                             {transform::transform_id, one.id}});
    if (one.key_length)
      append(octets, make(transform_attribute::layout,
                          {{transform_attribute::format, true},
                           {transform_attribute::attribute_type, transform_attribute::kKeyLength},
                           {transform_attribute::length_or_value, *one.key_length}}));
    append_whole(result, std::move(octets), transform::length);
  }
  return result;
}

}  // namespace

Buffer make_proposals(std::span<const Proposal> all) {
  Buffer result;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const Proposal& one = all[i];
    const auto place = static_cast<std::uint8_t>(i + 1);
    Buffer octets = make(proposal::layout, {{proposal::last, i + 1 == all.size() ? 0 : 2},
                                            {proposal::number_, one.number.value_or(place)},
                                            {proposal::protocol_id, one.protocol_id},
                                            {proposal::spi_size, one.spi.size()},
                                            {proposal::transforms, one.transforms.size()}});
    append(octets, one.spi);
    append(octets, make_transforms(one.transforms));
    append_whole(result, std::move(octets), proposal::length);
  }
  return result;
}

Buffer make_selectors(std::span<const TrafficSelector> all) {
  Buffer result;
  for (const TrafficSelector& one : all)
    append_whole(
        result,
        make(traffic_selector::layout, {{traffic_selector::ts_type, traffic_selector::kIpv4Range},
                                        {traffic_selector::protocol, one.protocol},
                                        {traffic_selector::start_port, one.start_port},
                                        {traffic_selector::end_port, one.end_port},
                                        {traffic_selector::start_address, one.start},
                                        {traffic_selector::end_address, one.end}}),
        traffic_selector::length);
  return result;
}

void add_traffic_selectors(PayloadChain& chain, const Layout& layout,
                           std::span<const TrafficSelector> of) {
  chain.add(layout, {{traffic_selectors::count, of.size()}}, make_selectors(of));
}

Buffer make_attributes(std::span<const Attribute> all) {
  namespace attribute = configuration_attribute;
  Buffer result;
  for (const Attribute& one : all)
    append_extension(result, attribute::layout, {{attribute::attribute_type, one.type}}, one.value);
  return result;
}

}  // namespace mipvet::wire::ike

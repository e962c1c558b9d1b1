#include "engine/wire/compose.h"

#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "engine/wire/ike_notify.h"
#include "engine/wire/mip4.h"

namespace mipvet::wire {

namespace {

/// What tells a message of this layout from others.
void preset_type(Buffer& message, const Layout& layout) {
  if (!layout.type_value) return;
  const Field* type = layout.find("type");
  if (type == nullptr) type = layout.find(ike::message::exchange_type.name);
  if (type != nullptr) write(message, *type, *layout.type_value);
  if (const auto notify_type = ike::notify::number_of(layout))
    write(message, ike::notify::notify_type, *notify_type);
}

}  // namespace

bool set(Buffer& message, const Field& field, const Value& value) {
  if (const std::uint64_t* number = value.number()) return write(message, field, *number);
  const Buffer& octets = *value.octets();
  const std::size_t first = field.first_octet();
  if (field.bit_offset % 8 != 0 || first > message.size()) return false;
  if (field.bit_width == 0) {
    message.resize(first + octets.size());
  } else if (octets.size() * 8 != field.bit_width || first + octets.size() > message.size()) {
    return false;
  }
  std::copy(octets.begin(), octets.end(), message.begin() + static_cast<std::ptrdiff_t>(first));
  return true;
}

Buffer make(const Layout& layout, FieldValues values) {
  Buffer message(layout.minimum);
  preset_type(message, layout);
  for (const auto& [field, value] : values) {
    const std::size_t reach = field.end_octet(field.first_octet());
    if (reach > message.size()) message.resize(reach);
    if (!set(message, field, value))
      throw std::invalid_argument(
          fmt::format("{} of {} is {}", field.name, layout.name, expected_form(field)));
  }
  return message;
}

Buffer make(const Layout& layout, std::initializer_list<FieldValue> values) {
  return make(layout, FieldValues(values.begin(), values.size()));
}

bool is_given(FieldValues values, const Field& field) {
  return std::any_of(values.begin(), values.end(),
                     [&](const FieldValue& one) { return one.field == field; });
}

void append_extension(Buffer& message, const Layout& layout, FieldValues values, Bytes rest) {
  Buffer extension = make(layout, values);
  extension.insert(extension.end(), rest.begin(), rest.end());
  const Field* length = layout.find("length");
  if (length != nullptr && !is_given(values, *length))
    write(extension, *length, extension.size() - length->end_octet(extension.size()));
  message.insert(message.end(), extension.begin(), extension.end());
}

void append_extension(Buffer& message, const Layout& layout,
                      std::initializer_list<FieldValue> values, Bytes rest) {
  append_extension(message, layout, FieldValues(values.begin(), values.size()), rest);
}

void append_ha_parameter(Buffer& message, const DecodeOptions& numbers, Ipv4Address home_agent) {
  using namespace mip4::ha_parameter;
  append_extension(message, layout,
                   {{type, numbers.ha_parameter_type},
                    {sub_type, numbers.ha_parameter_sub_type},
                    {home_agent_address, home_agent}});
}

}  // namespace mipvet::wire

#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "engine/wire/layout.h"

namespace mipvet::wire {

/// What is put into a field: a number (flags and addresses are numbers too) or octets.
class Value {
 public:
  template <std::integral T>
  Value(T number) : content_(static_cast<std::uint64_t>(number)) {}
  template <typename E>
  requires std::is_enum_v<E> Value(E number) : content_(static_cast<std::uint64_t>(number)) {}
  Value(Ipv4Address address) : content_(std::uint64_t{address.value}) {}
  Value(const MacAddress& mac);
  Value(Bytes octets) : content_(Buffer(octets.begin(), octets.end())) {}
  Value(const Buffer& octets) : content_(octets) {}
  Value(std::string_view text) : content_(Buffer(text.begin(), text.end())) {}
  Value(const char* text) : Value(std::string_view(text)) {}

  /// Null where the value is octets.
  const std::uint64_t* number() const { return std::get_if<std::uint64_t>(&content_); }
  /// Null where the value is a number.
  const Buffer* octets() const { return std::get_if<Buffer>(&content_); }

 private:
  std::variant<std::uint64_t, Buffer> content_;
};

/// A field as people read it: 192.0.2.1, 02:00:00:00:00:01, octets in hex, flags 0 or 1, 64-bit
/// numbers as 0x and 16 digits; "missing" where the message is too short to hold it.
std::string format_value(const View& message, const Field& field);

/// The reverse of format_value; numbers decimal or 0x hex, flags also true and false. Nothing where
/// the text is not of the field's form or does not fit its width.
std::optional<Value> parse_value(const Field& field, std::string_view text);

/// What `parse_value` takes, for one-line errors: "a number from 0 to 255", "an IPv4 address such
/// as 192.0.2.1".
std::string expected_form(const Field& field);

/// Whether a number fits the field's width.
constexpr bool fits(const Field& field, std::uint64_t number) {
  return field.bit_width != 0 && (field.bit_width >= 64 || (number >> field.bit_width) == 0);
}

}  // namespace mipvet::wire

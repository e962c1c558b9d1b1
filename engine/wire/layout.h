#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "engine/wire/address.h"
#include "engine/wire/bytes.h"

namespace mipvet::wire {

/// How a field's bits are read by people: in reports, in scenario JSON and in Python.
enum class Kind : std::uint8_t { number, flag, ipv4, mac, octets, text };

/// One field of a message. Bits count from the first octet's most significant bit, as the RFCs
/// draw them. A width of 0 means "up to the end of the message".
struct Field {
  std::string_view name;
  std::uint32_t bit_offset = 0;
  std::uint32_t bit_width = 0;
  Kind kind = Kind::number;

  constexpr std::size_t first_octet() const { return bit_offset / 8; }
  /// One past the last octet that holds a bit of the field, in a message of `message_size` octets.
  constexpr std::size_t end_octet(std::size_t message_size) const {
    return bit_width == 0 ? message_size : (bit_offset + bit_width + 7) / 8;
  }
  constexpr bool operator==(const Field& other) const {
    return bit_offset == other.bit_offset && bit_width == other.bit_width && name == other.name;
  }
};

/// A range of octets [first, end) that a report shows as evidence, or that a mutation hits.
struct OctetRange {
  std::uint32_t first = 0;
  std::uint32_t end = 0;
  constexpr bool operator==(const OctetRange&) const = default;
};

// The table of a message is made of these.
constexpr Field number(std::string_view name, std::uint32_t octet, std::uint32_t octets) {
  return {name, octet * 8, octets * 8, Kind::number};
}
constexpr Field bits(std::string_view name, std::uint32_t octet, std::uint32_t bit,
                     std::uint32_t width) {
  return {name, octet * 8 + bit, width, Kind::number};
}
constexpr Field flag(std::string_view name, std::uint32_t octet, std::uint32_t bit) {
  return {name, octet * 8 + bit, 1, Kind::flag};
}
constexpr Field ipv4(std::string_view name, std::uint32_t octet) {
  return {name, octet * 8, 32, Kind::ipv4};
}
constexpr Field mac(std::string_view name, std::uint32_t octet) {
  return {name, octet * 8, 48, Kind::mac};
}
constexpr Field octets(std::string_view name, std::uint32_t octet, std::uint32_t count = 0) {
  return {name, octet * 8, count * 8, Kind::octets};
}
constexpr Field text(std::string_view name, std::uint32_t octet) {
  return {name, octet * 8, 0, Kind::text};
}

/// The table of one message, extension or header: declared once, used by decoding, scenario JSON,
/// mutation, reports and Python.
struct Layout {
  std::string_view name;
  /// Octets that every well-formed instance has at least.
  std::size_t minimum;
  std::span<const Field> fields;
  /// Where the layout is defined, e.g. "RFC 3344 §3.3".
  std::string_view source;
  /// The number that its `type` field bears, where it has one of its own.
  std::optional<std::uint8_t> type_value = {};

  constexpr const Field* find(std::string_view field_name) const {
    for (const Field& field : fields)
      if (field.name == field_name) return &field;
    return nullptr;
  }
};

/// The value of a field of at most 64 bits; 0 where the message is too short to hold it.
constexpr std::uint64_t read(Bytes message, const Field& field) {
  const std::size_t end = field.end_octet(message.size());
  if (field.bit_width == 0 || field.bit_width > 64 || end > message.size()) return 0;
  std::uint64_t value = 0;
  for (std::size_t octet = field.first_octet(); octet < end; ++octet)
    value = (value << 8) | message[octet];
  value >>= static_cast<std::uint32_t>(end * 8) - field.bit_offset - field.bit_width;
  if (field.bit_width < 64) value &= (std::uint64_t{1} << field.bit_width) - 1;
  return value;
}

/// Overwrites a field of at most 64 bits and nothing else: no length or checksum is "mended".
/// Returns false where the message is too short to hold it.
constexpr bool write(MutableBytes message, const Field& field, std::uint64_t value) {
  const std::size_t end = field.end_octet(message.size());
  if (field.bit_width == 0 || field.bit_width > 64 || end > message.size()) return false;
  std::uint32_t below = static_cast<std::uint32_t>(end * 8) - field.bit_offset - field.bit_width;
  std::uint32_t left = field.bit_width;
  for (std::size_t octet = end; left > 0; below = 0) {
    --octet;
    const std::uint32_t here = left < 8 - below ? left : 8 - below;
    const auto mask = static_cast<std::uint8_t>(((1U << here) - 1U) << below);
    const auto put = static_cast<std::uint8_t>((value << below) & mask);
    message[octet] = static_cast<std::uint8_t>((message[octet] & ~mask) | put);
    value >>= here;
    left -= here;
  }
  return true;
}

/// A message seen through its table. It may hold any octets, also too few: reading a field that
/// is not there gives 0, and `has` tells.
class View {
 public:
  constexpr View() = default;
  constexpr View(const Layout& layout, Bytes bytes) : layout_(&layout), bytes_(bytes) {}

  constexpr const Layout* layout() const { return layout_; }
  constexpr Bytes bytes() const { return bytes_; }
  constexpr explicit operator bool() const { return layout_ != nullptr; }

  constexpr bool has(const Field& field) const {
    return field.first_octet() <= bytes_.size() && field.end_octet(bytes_.size()) <= bytes_.size();
  }
  constexpr std::uint64_t operator[](const Field& field) const { return read(bytes_, field); }
  constexpr Ipv4Address address(const Field& field) const {
    return {static_cast<std::uint32_t>(read(bytes_, field))};
  }
  /// The octets of a field, e.g. an authenticator or a NAI; empty where they are not there.
  constexpr Bytes octets(const Field& field) const {
    if (!has(field)) return {};
    return bytes_.subspan(field.first_octet(),
                          field.end_octet(bytes_.size()) - field.first_octet());
  }
  MacAddress mac(const Field& field) const {
    MacAddress result;
    const Bytes source = octets(field);
    for (std::size_t i = 0; i < result.octets.size() && i < source.size(); ++i)
      result.octets[i] = source[i];
    return result;
  }

 private:
  const Layout* layout_ = nullptr;
  Bytes bytes_;
};

}  // namespace mipvet::wire

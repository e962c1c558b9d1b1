#include "engine/rules/rule.h"

#include <fmt/ranges.h>

#include "engine/wire/ethernet.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/udp.h"

namespace mipvet::rules {

namespace {
/// The names of the bits that are set, of a field that the layout also takes apart into flags.
std::vector<std::string_view> bits_set(const wire::Layout& layout, const wire::Field& field,
                                       std::uint64_t value, bool& has_bits) {
  std::vector<std::string_view> result;
  for (const wire::Field& bit : layout.fields) {
    if (bit.kind != wire::Kind::flag || bit.bit_offset < field.bit_offset ||
        bit.bit_offset >= field.bit_offset + field.bit_width || field.bit_width == 1)
      continue;
    has_bits = true;
    const std::uint32_t below = field.bit_offset + field.bit_width - 1 - bit.bit_offset;
    if (((value >> below) & 1U) != 0) result.push_back(bit.name);
  }
  return result;
}
}  // namespace

std::string value_text(const wire::Layout& layout, const wire::Field& field, std::uint64_t value) {
  bool has_bits = false;
  const auto set = bits_set(layout, field, value, has_bits);
  if (has_bits)
    return set.empty() ? std::string("none")
                       : fmt::format("0x{:02x} ({})", value, fmt::join(set, ", "));
  if (field.kind == wire::Kind::ipv4)
    return wire::Ipv4Address{static_cast<std::uint32_t>(value)}.to_string();
  if (field.bit_width > 32) return fmt::format("0x{:016x}", value);
  return fmt::format("{}", value);
}

std::string header_text(const observer::Place& place, Header header, const wire::Field& field) {
  switch (header) {
    case Header::ethernet:
      return fmt::format(
          "MAC {} {}", field.name,
          (field == wire::ethernet::source ? place.source_mac : place.destination_mac).to_string());
    case Header::udp:
      return fmt::format(
          "UDP {} {}", field.name,
          field == wire::udp::source_port ? place.source_port : place.destination_port);
    case Header::ip:
      if (field == wire::ip::time_to_live) return fmt::format("TTL {}", place.ttl);
      return fmt::format(
          "IP {} {}", field.name,
          (field == wire::ip::source ? place.source : place.destination).to_string());
    case Header::none:
      break;
  }
  return {};
}

wire::OctetRange header_range(const observer::Place& place, Header header,
                              const wire::Field& field) {
  const std::uint32_t begin = header == Header::ip    ? place.ip_offset
                              : header == Header::udp ? place.udp_offset
                                                      : 0;
  return {begin + static_cast<std::uint32_t>(field.first_octet()),
          begin + static_cast<std::uint32_t>(field.end_octet(0))};
}

}  // namespace mipvet::rules

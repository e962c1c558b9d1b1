#include "engine/wire/value.h"

#include <charconv>

#include <fmt/format.h>

#include "engine/wire/hex.h"

namespace mipvet::wire {
namespace {

/// Text from the wire on its way to a terminal: whatever is not plain ASCII is escaped.
std::string printable(Bytes octets) {
  std::string result;
  for (const std::uint8_t octet : octets) {
    if (octet >= 0x20 && octet < 0x7F && octet != '\\')
      result.push_back(static_cast<char>(octet));
    else
      fmt::format_to(std::back_inserter(result), "\\x{:02x}", octet);
  }
  return result;
}

std::optional<std::uint64_t> parse_digits(std::string_view text, int base) {
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  if (text.starts_with("0x")) return parse_digits(text.substr(2), 16);
  return parse_digits(text, 10);
}

/// Takes back what `printable` escaped.
std::optional<Buffer> parse_text(std::string_view text) {
  Buffer result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      result.push_back(static_cast<std::uint8_t>(text[i]));
      continue;
    }
    if (text.size() - i < 4 || text[i + 1] != 'x') return std::nullopt;
    const auto octet = from_hex(text.substr(i + 2, 2));
    if (!octet) return std::nullopt;
    result.push_back(octet->front());
    i += 3;
  }
  return result;
}

}  // namespace

Value::Value(const MacAddress& mac) : content_(std::uint64_t{0}) {
  std::uint64_t number = 0;
  for (const std::uint8_t octet : mac.octets) number = (number << 8) | octet;
  content_ = number;
}

std::string format_value(const View& message, const Field& field) {
  if (!message.has(field)) return "missing";
  switch (field.kind) {
    case Kind::number:
      return field.bit_width > 32 ? fmt::format("{:#0{}x}", message[field], 2 + field.bit_width / 4)
                                  : fmt::format("{}", message[field]);
    case Kind::flag:
      return message[field] != 0 ? "1" : "0";
    case Kind::ipv4:
      return message.address(field).to_string();
    case Kind::mac:
      return message.mac(field).to_string();
    case Kind::octets:
      return to_hex(message.octets(field));
    case Kind::text:
      return printable(message.octets(field));
  }
  return {};
}

std::optional<Value> parse_value(const Field& field, std::string_view text) {
  switch (field.kind) {
    case Kind::number:
      if (const auto number = parse_number(text); number && fits(field, *number)) return *number;
      return std::nullopt;
    case Kind::flag:
      if (text == "1" || text == "true") return 1;
      if (text == "0" || text == "false") return 0;
      return std::nullopt;
    case Kind::ipv4:
      if (const auto address = Ipv4Address::parse(text)) return *address;
      return std::nullopt;
    case Kind::mac:
      if (const auto mac = MacAddress::parse(text)) return *mac;
      return std::nullopt;
    case Kind::octets: {
      const auto octets = from_hex(text);
      if (!octets || (field.bit_width != 0 && octets->size() * 8 != field.bit_width))
        return std::nullopt;
      return *octets;
    }
    case Kind::text:
      if (const auto octets = parse_text(text)) return *octets;
      return std::nullopt;
  }
  return std::nullopt;
}

std::string expected_form(const Field& field) {
  switch (field.kind) {
    case Kind::number:
      if (field.bit_width >= 64) return "a number of 64 bits, such as 0x0000000000000001";
      return fmt::format("a number from 0 to {}", (std::uint64_t{1} << field.bit_width) - 1);
    case Kind::flag:
      return "0 or 1";
    case Kind::ipv4:
      return "an IPv4 address such as 192.0.2.1";
    case Kind::mac:
      return "a MAC address such as 02:00:00:00:00:01";
    case Kind::octets:
      if (field.bit_width != 0) return fmt::format("{} octets in hex", field.bit_width / 8);
      return "octets in hex, two digits each";
    case Kind::text:
      return "text, other octets than printable ASCII as \\x00";
  }
  return {};
}

}  // namespace mipvet::wire

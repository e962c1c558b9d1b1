#include "engine/wire/address.h"

#include <fmt/format.h>

namespace mipvet::wire {
namespace {

/// Takes a decimal number of at most `maximum` from the front of `text`; no sign, no leading zero
/// (which some programs read as octal).
std::optional<std::uint32_t> take_decimal(std::string_view& text, std::uint32_t maximum) {
  std::uint32_t value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
    value = value * 10 + static_cast<std::uint32_t>(text[digits] - '0');
    ++digits;
    if (value > maximum) return std::nullopt;
  }
  if (digits == 0 || (digits > 1 && text[0] == '0')) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char expected) {
  if (text.empty() || text.front() != expected) return false;
  text.remove_prefix(1);
  return true;
}

std::optional<std::uint8_t> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<std::uint8_t>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<std::uint8_t>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<std::uint8_t>(c - 'A' + 10);
  return std::nullopt;
}

}  // namespace

std::optional<Ipv4Address> Ipv4Address::parse(std::string_view dotted) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    if (i > 0 && !take(dotted, '.')) return std::nullopt;
    const auto octet = take_decimal(dotted, 255);
    if (!octet) return std::nullopt;
    value = (value << 8) | *octet;
  }
  if (!dotted.empty()) return std::nullopt;
  return Ipv4Address{value};
}

std::string Ipv4Address::to_string() const {
  return fmt::format("{}.{}.{}.{}", value >> 24, (value >> 16) & 0xFF, (value >> 8) & 0xFF,
                     value & 0xFF);
}

std::optional<Ipv4Prefix> Ipv4Prefix::parse(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = Ipv4Address::parse(text.substr(0, slash));
  std::string_view behind = text.substr(slash + 1);
  const auto length = take_decimal(behind, 32);
  if (!address || !length || !behind.empty()) return std::nullopt;
  return Ipv4Prefix{*address, static_cast<std::uint8_t>(*length)};
}

std::string Ipv4Prefix::to_string() const {
  return fmt::format("{}/{}", address.to_string(), length);
}

std::optional<MacAddress> MacAddress::parse(std::string_view colons) {
  if (colons.size() != 17) return std::nullopt;
  MacAddress result;
  for (std::size_t i = 0; i < result.octets.size(); ++i) {
    if (i > 0 && colons[3 * i - 1] != ':') return std::nullopt;
    const auto high = hex_digit(colons[3 * i]);
    const auto low = hex_digit(colons[3 * i + 1]);
    if (!high || !low) return std::nullopt;
    result.octets[i] = static_cast<std::uint8_t>((*high << 4) | *low);
  }
  return result;
}

std::string MacAddress::to_string() const {
  return fmt::format("{:02x}:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}", octets[0], octets[1], octets[2],
                     octets[3], octets[4], octets[5]);
}

}  // namespace mipvet::wire

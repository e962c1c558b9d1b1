#include "engine/crypto/key_fields.h"

#include <charconv>
#include <stdexcept>

#include <fmt/format.h>

#include "engine/wire/hex.h"
#include "engine/wire/nearest.h"

namespace mipvet::crypto {
namespace {

constexpr std::string_view kBlanks = " \t\r";

/// A field as a message shows it: short, and harmless to a terminal.
std::string shown(std::string_view field) {
  constexpr std::size_t kMost = 40;
  std::string result(field.substr(0, kMost));
  for (auto& c : result)
    if (c < 0x20 || c > 0x7E) c = '?';
  if (field.size() > kMost) result += "...";
  return result;
}

std::string_view without_prefix(std::string_view digits) {
  if (digits.starts_with("0x") || digits.starts_with("0X")) digits.remove_prefix(2);
  return digits;
}

}  // namespace

void fail(const LinePlace& place, std::string_view problem) {
  throw std::invalid_argument(fmt::format("{}:{}: {}", place.file, place.number, problem));
}

std::vector<std::pair<LinePlace, std::string_view>> lines_of(std::string_view text,
                                                             std::string_view file) {
  std::vector<std::pair<LinePlace, std::string_view>> lines;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const auto first = line.find_first_not_of(kBlanks);
    if (first == std::string_view::npos || line[first] == '#') continue;
    line = line.substr(first, line.find_last_not_of(kBlanks) - first + 1);
    lines.push_back({LinePlace{file, number}, line});
  }
  return lines;
}

void KeyFields::expect(std::size_t least, std::size_t most, std::string_view form) const {
  if (fields_.size() < least || fields_.size() > most)
    fail(fmt::format("{} fields: {} would be right", fields_.size(), form));
}

std::uint64_t KeyFields::spi(std::string_view what, std::size_t digits, bool short_too) {
  const auto given = text();
  const auto hex = without_prefix(given);
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
  if (hex.empty() || hex.size() > digits || (hex.size() < digits && !short_too) ||
      error != std::errc() || end != hex.data() + hex.size())
    fail(fmt::format("{} `{}`: {} hexadecimal digits would be right", what, shown(given), digits));
  return value;
}

std::optional<wire::Ipv4Address> KeyFields::address(std::string_view what) {
  const auto given = text();
  if (given == "*") return std::nullopt;
  const auto address = wire::Ipv4Address::parse(given);
  if (!address)
    fail(fmt::format("{} `{}`: an IPv4 address, or `*` for any, would be right", what,
                     shown(given)));
  return address;
}

wire::Buffer KeyFields::key(std::string_view what, std::size_t size) {
  const auto given = text();
  if (size == 0) {
    if (given != "-" && !given.empty())
      fail(fmt::format("{} where there is none: `-` would be right", what));
    return {};
  }
  const auto octets = wire::from_hex(without_prefix(given));
  // The key itself is not repeated: logs of messages are not where keys belong.
  if (!octets) fail(fmt::format("{} is not hexadecimal: {} digits would be right", what, 2 * size));
  if (octets->size() != size)
    fail(fmt::format("{} has {} octets: {} would be right", what, octets->size(), size));
  return *octets;
}

void KeyFields::check(Encryption encryption, Integrity integrity) const {
  if (const auto problem = mismatch(encryption, integrity))
    fail(fmt::format("{} with {}: {}", to_string(encryption), to_string(integrity), *problem));
}

void KeyFields::fail_unknown(std::string_view what, std::string_view given,
                             std::span<const std::string_view> names) const {
  fail(wire::unknown_name(what, shown(given), names));
}

}  // namespace mipvet::crypto

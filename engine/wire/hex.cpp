#include "engine/wire/hex.h"

#include <charconv>

#include <fmt/format.h>

namespace mipvet::wire {

std::optional<Buffer> from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  Buffer octets(digits.size() / 2);
  for (std::size_t i = 0; i < octets.size(); ++i) {
    const char* first = digits.data() + 2 * i;
    // from_chars would take "-1" for a number of a signed type only, so all it leaves is hex.
    const auto [end, error] = std::from_chars(first, first + 2, octets[i], 16);
    if (error != std::errc() || end != first + 2) return std::nullopt;
  }
  return octets;
}

std::string to_hex(Bytes octets) {
  return fmt::format("{:02x}", fmt::join(octets, ""));
}

}  // namespace mipvet::wire

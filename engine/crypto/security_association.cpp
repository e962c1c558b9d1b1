#include "engine/crypto/security_association.h"

#include <array>
#include <cstddef>

#include <fmt/format.h>

namespace mipvet::crypto {
namespace {

/// In the order of the enumeration.
constexpr std::array<std::string_view, 3> kReplayNames{"timestamps", "nonces", "none"};

/// A longer one would let any timestamp pass, and be no tolerance.
constexpr std::chrono::seconds kMaxTolerance = std::chrono::hours(24);

}  // namespace

std::string_view to_string(Replay replay) {
  return kReplayNames[static_cast<std::size_t>(replay)];
}

std::optional<Replay> replay_from_name(std::string_view name) {
  for (std::size_t i = 0; i < kReplayNames.size(); ++i)
    if (kReplayNames[i] == name) return static_cast<Replay>(i);
  return std::nullopt;
}

std::optional<std::string> problem(const SecurityAssociation& association) {
  if (association.spi < kFirstSpi)
    return fmt::format("SPI {} is reserved (RFC 3344 §1.6): {} or more would be right",
                       association.spi, kFirstSpi);
  if (association.key.empty() || association.key.size() > kMaxKeySize)
    return fmt::format("a key of {} octets: 1 to {} would be right, 16 are usual",
                       association.key.size(), kMaxKeySize);
  if (association.tolerance < std::chrono::seconds(1) || association.tolerance > kMaxTolerance)
    return fmt::format("a tolerance of {} s: 1 to {} would be right, 7 is usual (RFC 3344 §5.7.1)",
                       association.tolerance.count(), kMaxTolerance.count());
  return std::nullopt;
}

}  // namespace mipvet::crypto

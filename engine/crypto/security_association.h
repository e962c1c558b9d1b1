#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/crypto/authenticator.h"
#include "engine/wire/bytes.h"

namespace mipvet::crypto {

/// How the two ends tell a new registration from a replayed one (RFC 3344 §5.7). `none` is no
/// style of the RFC: the association of two agents, where no Identification is checked.
enum class Replay : std::uint8_t { timestamps, nonces, none };

std::string_view to_string(Replay replay);  ///< "timestamps", "nonces", "none"
std::optional<Replay> replay_from_name(std::string_view name);

/// RFC 3344 §1.6: SPIs 0 through 255 are reserved, in no association.
inline constexpr std::uint32_t kFirstSpi = 256;

/// One security context of a mobility security association (RFC 3344 §1.6, §3.5.1). Who shares it
/// is said where the network is declared.
struct SecurityAssociation {
  std::uint32_t spi = kFirstSpi;
  Algorithm algorithm = Algorithm::hmac_md5;
  wire::Buffer key;
  Replay replay = Replay::timestamps;
  /// How far a timestamp may be from the receiver's clock (RFC 3344 §5.7.1).
  std::chrono::seconds tolerance{7};

  bool operator==(const SecurityAssociation&) const = default;
};

/// One line that says what is wrong and what would be right; nothing if the association is usable.
std::optional<std::string> problem(const SecurityAssociation& association);

}  // namespace mipvet::crypto

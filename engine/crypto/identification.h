#pragma once

#include <cstdint>
#include <optional>
#include <variant>

#include "engine/crypto/ntp.h"
#include "engine/crypto/replay.h"

/// Replay protection as a mobile node keeps it towards one home agent (RFC 3344 §5.7): the
/// Identification of its next request.
namespace mipvet::crypto {

/// RFC 3344 §5.7.1: NTP timestamps, each greater than the one before. What a clock of microseconds
/// does not tell is random.
class TimestampIdentification {
 public:
  explicit TimestampIdentification(RandomSource random);

  std::uint64_t next(Time now);
  /// From then on follows the home agent's clock if the reply shows that it differs by more than
  /// the second that the reply can tell. Only then may the next timestamp go back (RFC 3344
  /// §3.6.2.3).
  bool learn(std::uint64_t reply, Time now);

 private:
  RandomSource random_;
  std::uint64_t offset_ = 0;  ///< home agent's clock less ours, modulo 2^64
  std::optional<std::uint64_t> last_;
  bool may_step_back_ = false;
};

/// RFC 3344 §5.7.2: the home agent's last nonce over a random word of our own. The first request
/// has to guess the nonce and will be refused.
class NonceIdentification {
 public:
  explicit NonceIdentification(RandomSource random);

  std::uint64_t next(Time now);
  bool learn(std::uint64_t reply, Time now);

 private:
  RandomSource random_;
  std::uint32_t nonce_;
  std::uint32_t low_;
  bool sent_ = false;
};

/// The style that the association names; without one, timestamps, which at least never repeat.
class IdentificationSource {
 public:
  IdentificationSource(const SecurityAssociation& association, RandomSource random);

  /// For a new request. A retransmission takes a new one with timestamps, and none with nonces: the
  /// unanswered request is sent again unchanged (RFC 3344 §3.6.3).
  std::uint64_t next(Time now);
  /// Takes in the Identification of a home agent's reply of any code whose authenticator is right.
  /// False, with nothing changed, if its low-order word is not that of the most recent request:
  /// such a reply is to be discarded silently (RFC 3344 §3.6.2.1).
  bool learn(std::uint64_t reply, Time now);

 private:
  std::variant<TimestampIdentification, NonceIdentification> style_;
};

}  // namespace mipvet::crypto

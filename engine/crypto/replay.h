#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <variant>

#include "engine/crypto/ntp.h"
#include "engine/crypto/security_association.h"

/// Replay protection as a home agent keeps it for one mobile node (RFC 3344 §5.7). The mobile
/// node's half is in identification.h.
namespace mipvet::crypto {

/// Uniform over all 32-bit values; the caller's, so that a simulated run can be repeated.
using RandomSource = std::function<std::uint32_t()>;

/// A random word other than `previous`, whatever the source gives.
std::uint32_t random_other_than(std::uint32_t previous, const RandomSource& random);

/// What the Identification of an authentic request tells. All but `fresh` is Code 133.
enum class Freshness : std::uint8_t {
  fresh,
  outside_window,  ///< timestamp too far from the home agent's clock
  not_increasing,  ///< timestamp not after every one accepted before
  wrong_nonce,     ///< not the nonce of the last reply, or none was given yet
};
std::string_view to_string(Freshness freshness);

/// RFC 3344 §5.7.1. A first request has only the window to meet.
class TimestampReplay {
 public:
  /// `tolerance` counts as inside.
  explicit TimestampReplay(std::chrono::seconds tolerance) : tolerance_(ntp_units(tolerance)) {}

  Freshness check(std::uint64_t identification, Time now) const;
  void accept(std::uint64_t identification);
  /// Fresh: the whole request's; else the home agent's time over the request's low-order word.
  std::uint64_t reply_identification(std::uint64_t request, Time now, Freshness freshness) const;

 private:
  std::int64_t tolerance_;
  std::optional<std::uint64_t> last_accepted_;
};

/// RFC 3344 §5.7.2. A nonce is good for one request. A first request cannot bear one: it is refused
/// and the reply tells the nonce to use.
class NonceReplay {
 public:
  explicit NonceReplay(RandomSource random);

  Freshness check(std::uint64_t identification, Time now) const;
  void accept(std::uint64_t identification);
  /// A new nonce, whatever the reply's code, over the request's low-order word.
  std::uint64_t reply_identification(std::uint64_t request, Time now, Freshness freshness);

 private:
  RandomSource random_;
  std::uint32_t nonce_;
  bool usable_ = false;  ///< told to the mobile node and not used up
};

/// Accepts everything and copies the Identification.
class NoReplay {
 public:
  Freshness check(std::uint64_t, Time) const { return Freshness::fresh; }
  void accept(std::uint64_t) {}
  std::uint64_t reply_identification(std::uint64_t request, Time, Freshness) const {
    return request;
  }
};

/// The style that the association names. In this order: `check` a request whose authenticator is
/// right; `accept` it if it is fresh and granted; then ask for the reply's Identification, once per
/// reply that is sent, refusals included.
class ReplayGuard {
 public:
  ReplayGuard(const SecurityAssociation& association, RandomSource random);

  Freshness check(std::uint64_t identification, Time now) const;
  void accept(std::uint64_t identification);
  std::uint64_t reply_identification(std::uint64_t request, Time now, Freshness freshness);

 private:
  std::variant<NoReplay, TimestampReplay, NonceReplay> style_;
};

}  // namespace mipvet::crypto

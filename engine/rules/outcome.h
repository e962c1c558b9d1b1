#pragma once

#include <cstdint>
#include <string_view>

namespace mipvet::rules {

/// What one evaluation of a rule comes to. Made from a bool, or with a reading where a draft is
/// ambiguous: the finding names the reading that was seen.
struct Outcome {
  enum class Kind : std::uint8_t {
    pass,
    fail,
    warn,          ///< a breach that the ledger's note takes less seriously
    inconclusive,  ///< it cannot be told
    skip,          ///< the rule has nothing to say here; not counted as evaluated
    /// Nothing was done where nothing may be done. It counts as a pass only if the node is seen to
    /// act before and after: silence is evidence only beside a control.
    silence,
  };
  Kind kind = Kind::pass;
  std::string_view reading = {};

  constexpr Outcome() = default;
  constexpr Outcome(Kind k, std::string_view r = {}) : kind(k), reading(r) {}
  constexpr Outcome(bool holds) : kind(holds ? Kind::pass : Kind::fail) {}
};

}  // namespace mipvet::rules

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "roles/actor.h"

namespace mipvet::roles {

/// The deviations that an actor was asked for. `deviates("MIPP-2.2.1-13")` at the one place where
/// the role would do right makes it do wrong.
class ActiveDeviations {
 public:
  /// Throws model::InputError for an id that `known` does not have.
  ActiveDeviations(std::span<const Deviation> known, const std::vector<std::string>& wanted,
                   std::string_view role);

  bool any() const { return !wanted_.empty(); }
  bool operator()(std::string_view id) const {
    for (const std::string& active : wanted_)
      if (active == id) return true;
    return false;
  }

 private:
  std::vector<std::string> wanted_;
};

/// A deviation that is done like another: the draft forbids what a base specification forbids, too.
struct DeviationAlias {
  std::string_view id;
  std::string_view done_as;
};
/// The active ones and those that they are done as.
std::vector<std::string> with_aliases(const std::vector<std::string>& active,
                                      std::span<const DeviationAlias> aliases);

}  // namespace mipvet::roles

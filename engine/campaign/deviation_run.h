#pragma once

#include <string>
#include <vector>

#include "engine/rules/rule_book.h"
#include "engine/scenario/scenario.h"
#include "roles/actor.h"

namespace mipvet::campaign {

enum class Outcome : std::uint8_t { killed, survived, wrong };
std::string_view to_string(Outcome outcome);

/// One line of the kill matrix.
struct Kill {
  const roles::Deviation* deviation = nullptr;
  Role role = Role::tester;
  std::vector<std::string> expected;
  std::vector<std::string> caught_by;
  Outcome outcome = Outcome::survived;
};

/// The requirement that a deviation is named after.
std::string_view requirement_of(const roles::Deviation& deviation);

/// Plays the deviation's scenario with every node of the role deviating, and says who caught it.
/// `scenario` may be null: there is none of that id, so it survives.
Kill try_deviation(const roles::Deviation& deviation, Role role, const scenario::Scenario* scenario,
                   const rules::RuleBook& book);

}  // namespace mipvet::campaign

#include "engine/rules/unjudged.h"

#include <algorithm>
#include <array>
#include <set>

#include <gtest/gtest.h>

#include "engine/rules/rule_book.h"

namespace mipvet::rules {
namespace {

/// Nothing of these is left to be built.
constexpr std::array kBuilt{"MOB", "RFC4555", "RFC7296", "RFC3948", "RFC4303"};

bool can_be_broken(const Requirement& one) {
  return one.withdrawn.empty() && one.testable != Testable::no && one.severity != Severity::info;
}

TEST(Unjudged, WhatCanBeBrokenHasARuleOrAReasonAndNeverBoth) {
  const RuleBook book = all_rules();
  for (const Requirement& one : requirements()) {
    if (std::ranges::find(kBuilt, one.specification) == kBuilt.end() || !can_be_broken(one))
      continue;
    EXPECT_NE(book.has_rule(one), !why_unjudged(one.id).empty()) << one.id;
  }
}

TEST(Unjudged, NamesRequirementsOnceThatNeedAReason) {
  std::set<std::string_view> seen;
  for (const Unjudged& one : unjudged()) {
    const Requirement* requirement = find(one.id);
    ASSERT_NE(nullptr, requirement) << one.id;
    EXPECT_TRUE(can_be_broken(*requirement)) << one.id;
    EXPECT_TRUE(seen.insert(one.id).second) << one.id;
    EXPECT_FALSE(one.reason.empty()) << one.id;
    EXPECT_NE("MOB", requirement->specification) << one.id;
  }
}

}  // namespace
}  // namespace mipvet::rules

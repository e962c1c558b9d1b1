#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "engine/rules/rule_book.h"

namespace mipvet::cli {

/// `--without-rule ID`, for tests of mipvet itself: what changes where a rule is missing.
class WithoutRuleOption {
 public:
  void add_to(CLI::App& verb, const std::string& help);
  /// Every rule but those of the requirements named. Throws model::InputError for an id that has no
  /// rule.
  rules::RuleBook rules() const;

 private:
  std::vector<std::string> ids_;
};

}  // namespace mipvet::cli

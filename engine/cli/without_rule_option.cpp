#include "engine/cli/without_rule_option.h"

#include <fmt/format.h>

#include "engine/model/network.h"

namespace mipvet::cli {

void WithoutRuleOption::add_to(CLI::App& verb, const std::string& help) {
  verb.add_option("--without-rule", ids_, help)
      ->type_name("ID")
      ->group("For tests of mipvet itself");
}

rules::RuleBook WithoutRuleOption::rules() const {
  rules::RuleBook book = rules::all_rules();
  for (const std::string& id : ids_) {
    const rules::Requirement* requirement = rules::find(id);
    if (requirement == nullptr || !book.has_rule(*requirement))
      throw model::InputError(fmt::format(
          "--without-rule {}: there is no such rule; right: an id such as MIPP-2.2.1-13", id));
    book.remove(id);
  }
  return book;
}

}  // namespace mipvet::cli

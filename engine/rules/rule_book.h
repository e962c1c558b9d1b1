#pragma once

#include <deque>
#include <stdexcept>
#include <string>
#include <tuple>

#include "engine/observer/fact_sink.h"
#include "engine/rules/rule.h"

namespace mipvet::rules {

/// All rules, by the kind of fact that they look at. Each rule file adds its own.
class RuleBook {
 public:
  // Out of line, as all that goes through every kind of rule: who holds a book need not compile it.
  RuleBook();
  ~RuleBook();
  RuleBook(RuleBook&& other) noexcept;
  RuleBook& operator=(RuleBook&& other) noexcept;

  /// A new rule for a requirement of the ledger; std::logic_error for an id that it does not have.
  template <typename F>
  Rule<F>& add(std::string_view id) {
    const Requirement* requirement = find(id);
    if (requirement == nullptr || !requirement->withdrawn.empty())
      throw std::logic_error("a rule for " + std::string(id) + ", which no ledger has");
    return rules<F>().emplace_back(*requirement);
  }

  template <typename F>
  std::deque<Rule<F>>& rules() {
    return std::get<std::deque<Rule<F>>>(rules_);
  }
  template <typename F>
  const std::deque<Rule<F>>& rules() const {
    return std::get<std::deque<Rule<F>>>(rules_);
  }

  template <typename Visit>
  void each(Visit visit) const {
    std::apply([&](const auto&... of_kind) { (visit_all(of_kind, visit), ...); }, rules_);
  }
  bool has_rule(const Requirement& requirement) const;
  /// Takes the rules of a requirement out: to show that its deviation then survives.
  void remove(std::string_view id);

 private:
  template <typename OfKind, typename Visit>
  static void visit_all(const OfKind& of_kind, Visit& visit) {
    for (const auto& rule : of_kind) visit(rule);
  }

  template <typename F>
  using Rules = std::deque<Rule<F>>;
  observer::PerFact<Rules> rules_;
};

/// Every rule that mipvet has.
RuleBook all_rules();

}  // namespace mipvet::rules

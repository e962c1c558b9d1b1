#include "engine/rules/ledger/ledger.h"

#include <algorithm>
#include <array>

#include "engine/rules/ledger/tables.h"

namespace mipvet::rules {

std::string_view to_string(Level level) {
  constexpr std::array<std::string_view, 6> names = {"MUST",       "MUST NOT", "SHOULD",
                                                     "SHOULD NOT", "MAY",      "implicit"};
  return names[static_cast<std::size_t>(level)];
}

std::string_view to_string(Severity severity) {
  constexpr std::array<std::string_view, 3> names = {"fail", "warn", "info"};
  return names[static_cast<std::size_t>(severity)];
}

std::string_view to_string(Testable testable) {
  constexpr std::array<std::string_view, 3> names = {"yes", "partly", "no"};
  return names[static_cast<std::size_t>(testable)];
}

std::span<const Requirement> Specification::requirements() const {
  return tables::requirements.subspan(first, count);
}

std::span<const Requirement> requirements() {
  return tables::requirements;
}

std::span<const Specification> specifications() {
  return tables::specifications;
}

const Requirement* find(std::string_view id) {
  const auto id_at = [](std::uint16_t index) { return tables::requirements[index].id; };
  const auto place = std::ranges::lower_bound(tables::by_id, id, {}, id_at);
  if (place == tables::by_id.end() || id_at(*place) != id) return nullptr;
  return &tables::requirements[*place];
}

const Specification* find_specification(std::string_view tag) {
  const auto place = std::ranges::find(tables::specifications, tag, &Specification::tag);
  return place == tables::specifications.end() ? nullptr : &*place;
}

std::span<const std::string_view> condition_names() {
  return tables::condition_names;
}

std::optional<ConditionId> condition(std::string_view tag) {
  const auto place = std::ranges::lower_bound(tables::condition_names, tag);
  if (place == tables::condition_names.end() || *place != tag) return std::nullopt;
  return static_cast<ConditionId>(place - tables::condition_names.begin());
}

std::string_view condition_text(ConditionId condition, std::string_view specification) {
  const Specification* of = find_specification(specification);
  if (of == nullptr) return {};
  const auto place =
      std::ranges::lower_bound(of->conditions, condition, {}, &ConditionText::condition);
  if (place == of->conditions.end() || place->condition != condition) return {};
  return place->text;
}

std::string_view condition_text(std::string_view tag, std::string_view specification) {
  const std::optional<ConditionId> known = condition(tag);
  return known ? condition_text(*known, specification) : std::string_view{};
}

}  // namespace mipvet::rules

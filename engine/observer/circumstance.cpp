#include "engine/observer/circumstance.h"

#include <array>
#include <utility>

namespace mipvet::observer {

std::optional<Circumstance> circumstance(std::string_view tag) {
  using enum Circumstance;
  static constexpr std::array<std::pair<std::string_view, Circumstance>, 10> tags{{
      {"external", external},
      {"internal", internal},
      {"home-link", home_link},
      {"fa-coa", fa_coa},
      {"colocated", colocated},
      {"nat", nat},
      {"no-nat", no_nat},
      {"s-bit", s_bit},
      {"nai", nai},
      {"dynamic-ha", dynamic_ha},
  }};
  for (const auto& [name, value] : tags)
    if (name == tag) return value;
  return std::nullopt;
}

}  // namespace mipvet::observer

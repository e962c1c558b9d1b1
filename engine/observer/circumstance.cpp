#include "engine/observer/circumstance.h"

#include <array>
#include <utility>

namespace mipvet::observer {

std::optional<Circumstance> circumstance(std::string_view tag) {
  using enum Circumstance;
  static constexpr std::array<std::pair<std::string_view, Circumstance>, 27> tags{{
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
      {"mobike", mobike},
      {"natt", natt},
      {"no-natt", no_natt},
      {"window", window},
      {"esn", esn},
      {"cbc", cbc},
      {"psk", psk},
      {"transport", transport},
      {"mode-c", mode_c},
      {"mode-f", mode_f},
      {"mode-h", mode_h},
      {"mode-mc", mode_mc},
      {"vpn-up", vpn_up},
      {"no-vpn", no_vpn},
      {"nat-vpn", nat_vpn},
      {"nat-registration", nat_registration},
      {"mip-udp-tunnel", mip_udp_tunnel},
  }};
  for (const auto& [name, value] : tags)
    if (name == tag) return value;
  return std::nullopt;
}

}  // namespace mipvet::observer

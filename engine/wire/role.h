#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string_view>

namespace mipvet {

/// What a node of the network is to the specifications. The order and the names are those of the
/// requirement ledgers; `router`, a plain router, is used by networks alone.
enum class Role : std::uint8_t {
  mobile_node,
  mobile_router,
  secure_mobile_node,
  foreign_agent,
  nat,
  home_agent,
  gateway_home_agent,
  mip_proxy,
  security_gateway,
  vpn_gateway,
  correspondent_node,
  firewall,
  operator_,
  tester,
  router,
};

/// The names of the roles as ledgers, networks and reports write them, indexed by Role.
inline constexpr std::array<std::string_view, 15> role_names = {"mobile-node",
                                                                "mobile-router",
                                                                "secure-mobile-node",
                                                                "foreign-agent",
                                                                "nat",
                                                                "home-agent",
                                                                "gateway-home-agent",
                                                                "mip-proxy",
                                                                "security-gateway",
                                                                "vpn-gateway",
                                                                "correspondent-node",
                                                                "firewall",
                                                                "operator",
                                                                "tester",
                                                                "router"};

constexpr std::string_view to_string(Role role) {
  return role_names[static_cast<std::size_t>(role)];
}

constexpr std::optional<Role> role_from_name(std::string_view name) {
  for (std::size_t i = 0; i < role_names.size(); ++i) {
    if (role_names[i] == name) return static_cast<Role>(i);
  }
  return std::nullopt;
}

/// A set of roles. Iterates in the order of Role.
class RoleSet {
 public:
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Role;
    using difference_type = std::ptrdiff_t;
    using pointer = const Role*;
    using reference = Role;

    constexpr Iterator() = default;
    constexpr explicit Iterator(std::uint16_t left) : left_(left) {}
    constexpr Role operator*() const { return static_cast<Role>(std::countr_zero(left_)); }
    constexpr Iterator& operator++() {
      left_ = static_cast<std::uint16_t>(left_ & (left_ - 1));
      return *this;
    }
    constexpr Iterator operator++(int) {
      const Iterator before = *this;
      ++*this;
      return before;
    }
    constexpr bool operator==(const Iterator&) const = default;

   private:
    std::uint16_t left_ = 0;
  };

  constexpr RoleSet() = default;
  constexpr RoleSet(std::initializer_list<Role> roles) {
    for (const Role role : roles) insert(role);
  }

  constexpr void insert(Role role) { bits_ = static_cast<std::uint16_t>(bits_ | bit(role)); }
  constexpr void erase(Role role) { bits_ = static_cast<std::uint16_t>(bits_ & ~bit(role)); }
  constexpr bool contains(Role role) const { return (bits_ & bit(role)) != 0; }
  constexpr bool intersects(RoleSet other) const { return (bits_ & other.bits_) != 0; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr std::size_t size() const { return static_cast<std::size_t>(std::popcount(bits_)); }

  constexpr Iterator begin() const { return Iterator(bits_); }
  constexpr Iterator end() const { return Iterator(0); }

  constexpr bool operator==(const RoleSet&) const = default;

 private:
  static constexpr std::uint16_t bit(Role role) {
    return static_cast<std::uint16_t>(1U << static_cast<unsigned>(role));
  }
  static_assert(role_names.size() <= 16, "RoleSet holds 16 roles");

  std::uint16_t bits_ = 0;
};

}  // namespace mipvet

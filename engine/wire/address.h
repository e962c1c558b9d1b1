#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mipvet::wire {

/// An IPv4 address in host order, so that it compares and masks like the number that it is.
struct Ipv4Address {
  std::uint32_t value = 0;

  static std::optional<Ipv4Address> parse(std::string_view dotted);
  std::string to_string() const;

  constexpr bool is_zero() const { return value == 0; }
  constexpr bool is_multicast() const { return (value >> 28) == 0xE; }
  constexpr bool is_loopback() const { return (value >> 24) == 127; }
  constexpr bool is_limited_broadcast() const { return value == 0xFFFFFFFF; }
  constexpr auto operator<=>(const Ipv4Address&) const = default;
};

inline constexpr Ipv4Address kLimitedBroadcast{0xFFFFFFFF};
/// RFC 1256 §3: all systems on this subnet.
inline constexpr Ipv4Address kAllSystems{0xE0000001};
/// RFC 1256 §3: all routers on this subnet.
inline constexpr Ipv4Address kAllRouters{0xE0000002};
/// RFC 3344 §3.6.1.1: all mobility agents.
inline constexpr Ipv4Address kAllMobilityAgents{0xE000000B};

/// A network prefix, written `192.0.2.0/24`; host bits are kept as given.
struct Ipv4Prefix {
  Ipv4Address address;
  std::uint8_t length = 32;

  static std::optional<Ipv4Prefix> parse(std::string_view text);
  std::string to_string() const;

  constexpr std::uint32_t mask() const { return length == 0 ? 0U : 0xFFFFFFFFU << (32U - length); }
  constexpr bool contains(Ipv4Address other) const {
    return ((address.value ^ other.value) & mask()) == 0;
  }
  constexpr Ipv4Address directed_broadcast() const { return {address.value | ~mask()}; }
  constexpr auto operator<=>(const Ipv4Prefix&) const = default;
};

struct MacAddress {
  std::array<std::uint8_t, 6> octets{};

  static std::optional<MacAddress> parse(std::string_view colons);
  std::string to_string() const;

  constexpr bool is_group() const { return (octets[0] & 1U) != 0; }
  constexpr bool is_broadcast() const {
    for (auto octet : octets)
      if (octet != 0xFF) return false;
    return true;
  }
  constexpr auto operator<=>(const MacAddress&) const = default;
};

inline constexpr MacAddress kBroadcastMac{{0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF}};

}  // namespace mipvet::wire

#pragma once

#include <chrono>
#include <cstdint>

/// The 64-bit Identification field as a number: an NTP timestamp or two 32-bit words.
namespace mipvet::crypto {

using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::nanoseconds>;

/// Seconds since 1900 modulo 2^32 in the high-order word, binary fraction in the low-order one
/// (RFC 1305 §3.1). The count starts again in February 2036.
std::uint64_t ntp_timestamp(Time time);

/// To the nanosecond the inverse of ntp_timestamp, for 1968 to 2104: with the top bit set the count
/// is from 1900, without it from 2036 (RFC 4330 §3).
Time from_ntp(std::uint64_t timestamp);

constexpr std::uint32_t high_order(std::uint64_t identification) {
  return static_cast<std::uint32_t>(identification >> 32U);
}
constexpr std::uint32_t low_order(std::uint64_t identification) {
  return static_cast<std::uint32_t>(identification);
}
constexpr std::uint64_t identification_of(std::uint32_t high, std::uint32_t low) {
  return std::uint64_t{high} << 32U | low;
}

/// How far `one` is after `other`, in units of 2^-32 s; negative if before. Taken modulo 2^64, so
/// that the order survives the turn of the count in 2036: right for distances below 68 years.
constexpr std::int64_t ntp_distance(std::uint64_t one, std::uint64_t other) {
  return static_cast<std::int64_t>(one - other);
}

/// Whole seconds in the units of ntp_distance.
constexpr std::int64_t ntp_units(std::chrono::seconds seconds) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(seconds.count()) << 32U);
}

}  // namespace mipvet::crypto

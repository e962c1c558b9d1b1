#include "engine/wire/checksum.h"

#include <bit>
#include <cstddef>
#include <cstring>

#include "engine/wire/ipv4.h"
#include "engine/wire/udp.h"

namespace mipvet::wire {
namespace {

std::uint16_t fold(std::uint64_t sum) {
  while ((sum >> 16) != 0) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

std::uint16_t big_endian(std::uint16_t native) {
  if constexpr (std::endian::native == std::endian::big) return native;
  return static_cast<std::uint16_t>((native << 8) | (native >> 8));
}

}  // namespace

// The sum does not depend on the byte order in which the words are read, but for one swap at the
// end (RFC 1071 §2 B), and 32-bit words do as well as 16-bit ones. There are two sums so that no
// addition waits for the one before it.
std::uint16_t ones_sum(Bytes octets, std::uint32_t initial) {
  const std::uint8_t* at = octets.data();
  std::size_t left = octets.size();
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  const auto add = [&](std::size_t count) {
    std::uint64_t words = 0;
    std::memcpy(&words, at, count);
    low += words & 0xFFFFFFFF;
    high += words >> 32;
  };
  for (; left >= 8; left -= 8, at += 8) add(8);
  if (left > 0) add(left);
  return fold(std::uint64_t{big_endian(fold(low + high))} + initial);
}

std::uint16_t udp_checksum(Ipv4Address source, Ipv4Address destination, Bytes datagram) {
  const auto length = static_cast<std::uint16_t>(datagram.size());
  std::uint32_t sum = pseudo_header_sum(source, destination, ip::kUdp, length);
  sum += ones_sum(datagram.first(udp::checksum.first_octet()));
  const auto result =
      static_cast<std::uint16_t>(~ones_sum(datagram.subspan(udp::layout.minimum), sum));
  return result == 0 ? 0xFFFF : result;
}

}  // namespace mipvet::wire

#pragma once

#include <cstddef>
#include <cstdint>

/// Words about integrity check values.
namespace mipvet::rules {

/// Octets of the integrity check value by the number of the integrity algorithm (RFC 2404,
/// RFC 4868); 0 where that is not known here.
inline std::size_t icv_size(std::uint16_t integrity) {
  switch (integrity) {
    case 2:
    case 5:
      return 12;
    case 12:
      return 16;
    case 13:
      return 24;
    case 14:
      return 32;
    default:
      return 0;
  }
}

}  // namespace mipvet::rules

#pragma once

#include <cstdint>

/// Numbers of the pcapng format (draft-ietf-opsawg-pcapng §3, §4) that reading and writing share.
namespace mipvet::net::pcapng {

inline constexpr std::uint32_t kSectionHeader = 0x0A0D0D0A;  // the same in both byte orders
inline constexpr std::uint32_t kInterfaceDescription = 1;
inline constexpr std::uint32_t kPacket = 2;  // obsolete, but still in old files
inline constexpr std::uint32_t kSimplePacket = 3;
inline constexpr std::uint32_t kEnhancedPacket = 6;

inline constexpr std::uint32_t kByteOrderMagic = 0x1A2B3C4D;
inline constexpr std::uint16_t kEthernet = 1;

inline constexpr std::uint16_t kEndOfOptions = 0;
inline constexpr std::uint16_t kComment = 1;
inline constexpr std::uint16_t kUserApplication = 4;
inline constexpr std::uint16_t kInterfaceName = 2;
inline constexpr std::uint16_t kTimeResolution = 9;
inline constexpr std::uint16_t kTimeOffset = 14;

constexpr std::uint32_t padded(std::uint32_t length) {
  return (length + 3U) & ~3U;
}

}  // namespace mipvet::net::pcapng

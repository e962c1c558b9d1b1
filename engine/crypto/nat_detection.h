#pragma once

#include <array>
#include <cstdint>

#include "engine/crypto/ike_keys.h"
#include "engine/wire/address.h"
#include "engine/wire/bytes.h"

namespace mipvet::crypto {

inline constexpr std::size_t kNatDetectionSize = 20;
using NatDetection = std::array<std::uint8_t, kNatDetectionSize>;

/// Notification data of NAT_DETECTION_SOURCE_IP and NAT_DETECTION_DESTINATION_IP: SHA-1 of the SPIs
/// as the header of that message has them (in the first request the responder's is 0), an address
/// and a port (RFC 7296 §2.23).
NatDetection nat_detection(const IkeSpis& spis, wire::Ipv4Address address, std::uint16_t port);

}  // namespace mipvet::crypto

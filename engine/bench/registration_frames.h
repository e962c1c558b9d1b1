#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "engine/crypto/authenticator.h"
#include "engine/net/frame.h"
#include "engine/wire/address.h"

/// Registrations as measurements need them: many, conforming, and of many mobile nodes.
namespace mipvet::bench {

/// A network of two links, public (0) and private (1): a population of mobile nodes outside, MIP
/// Proxy, home agent.
std::string_view registration_network();

/// Frames of registrations through the MIP Proxy (MIPP §2.7), co-located: mobile nodes that
/// register one after the other, again and again, 500 times per second. Made here and not by the
/// roles, so that they cost nothing but their octets.
class RegistrationFrames {
 public:
  static constexpr std::uint32_t kMostNodes = 60000;

  /// 1 to kMostNodes.
  explicit RegistrationFrames(std::uint32_t nodes);

  struct TimedFrame {
    net::Time time;
    net::LinkId link = 0;
    wire::Buffer octets;
  };
  /// Of one registration: request and relayed request, reply and relayed reply.
  std::array<TimedFrame, 4> next();

 private:
  struct Message;
  wire::Buffer request(const Message& message, wire::Ipv4Address care_of, std::uint8_t flags);
  wire::Buffer reply(const Message& message);

  std::uint32_t nodes_;
  std::uint64_t count_ = 0;
  crypto::Authenticator with_mobile_node_;
  crypto::Authenticator with_home_agent_;
  wire::Ipv4Address home_;
  std::uint64_t identification_ = 0;
};

}  // namespace mipvet::bench

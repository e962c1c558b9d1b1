#pragma once

#include <vector>

#include <gtest/gtest.h>

#include "engine/net/environment_for_test.h"
#include "engine/net/host.h"
#include "engine/net/network_for_test.h"
#include "engine/wire/arp.h"
#include "engine/wire/compose.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/frame.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/test_frames.h"
#include "engine/wire/udp.h"

namespace mipvet::net::testing {

/// A host with two links: `left` with a gateway, `right` with a route to 10.9.0.0/16 through it.
/// The test is all its neighbours.
class HostTest : public ::testing::Test {
 protected:
  static constexpr PortId kLeft = 0, kRight = 1;
  const wire::Ipv4Address own_left_ = ip("192.0.2.1"), own_right_ = ip("198.51.100.1");
  const wire::Ipv4Address gateway_ = ip("192.0.2.254"), peer_ = ip("198.51.100.7");
  const wire::MacAddress peer_mac_{{2, 0, 0, 0, 7, 7}};

  const model::Network network_ = NetworkBuilder()
                                      .link("left")
                                      .link("right")
                                      .node("host", Role::router)
                                      .attach(0, "192.0.2.1/24", "192.0.2.254")
                                      .attach(1, "198.51.100.1/24")
                                      .route("10.9.0.0/16", "198.51.100.7")
                                      .network;
  TestEnvironment environment_;
  Host host_{network_, 0, environment_};

  wire::MacAddress mac(PortId port) const { return host_.mac(port); }

  /// A frame that was sent, taken apart.
  struct Sent {
    PortId port;
    wire::frames::Decoded frame;
    wire::View operator[](const wire::Layout& layout) const {
      const wire::Layer* layer = frame.packet.find(layout);
      return layer == nullptr ? wire::View{} : frame.packet.view(*layer);
    }
    const wire::Layout* message() const { return frame.packet.message().layout; }
    wire::MacAddress to() const {
      return (*this)[wire::ethernet::layout].mac(wire::ethernet::destination);
    }
  };
  std::vector<std::unique_ptr<Sent>> take() {
    std::vector<std::unique_ptr<Sent>> result;
    for (SentFrame& one : environment_.take())
      result.emplace_back(new Sent{one.port, wire::frames::Decoded(std::move(one.octets))});
    return result;
  }

  void arrive(PortId port, wire::Bytes datagram) {
    host_.receive(port, wire::ip_frame({peer_mac_, mac(port)}, datagram));
  }
  void arrive_arp(PortId port, std::uint16_t operation, wire::Ipv4Address sender,
                  wire::Ipv4Address target) {
    host_.receive(port, wire::arp_frame({peer_mac_, wire::kBroadcastMac}, {.operation = operation,
                                                                           .sender_mac = peer_mac_,
                                                                           .sender_ip = sender,
                                                                           .target_mac = {},
                                                                           .target_ip = target}));
  }
  wire::Buffer udp(wire::Ipv4Address to, std::uint16_t port = 9, std::uint8_t ttl = 64) const {
    return wire::udp_datagram({.source = peer_, .destination = to, .time_to_live = ttl},
                              {1000, port}, wire::Buffer{1, 2, 3});
  }
};

}  // namespace mipvet::net::testing

#include "engine/net/tunnel.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "engine/wire/frame.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/test_frames.h"

// IP-in-IP (RFC 2003) and the MIP Tunnel Data Message (RFC 3519 §3.3).

namespace mipvet::net {
namespace {

namespace frames = wire::frames;
constexpr wire::Ipv4Address kEntry{0xCB007109}, kExit{0xC0000201};

wire::Buffer inner_datagram() {
  return wire::udp_datagram({.source = {0x0A010005},
                             .destination = {0x0A010009},
                             .type_of_service = 0xB8,
                             .dont_fragment = true},
                            {1, 2}, wire::Buffer{7});
}

TEST(IpInIp, TakesTypeOfServiceAndDfFromTheInnerHeader) {
  const wire::Buffer inner = inner_datagram();
  const wire::Buffer outer = encapsulate(inner, kEntry, kExit);
  const wire::View header(wire::ip::layout, outer);
  EXPECT_EQ(header[wire::ip::protocol], wire::ip::kIpv4);
  EXPECT_EQ(header.address(wire::ip::source), kEntry);
  EXPECT_EQ(header.address(wire::ip::destination), kExit);
  EXPECT_EQ(header[wire::ip::type_of_service], 0xB8U);
  EXPECT_EQ(header[wire::ip::dont_fragment], 1U);
  const auto back = decapsulate(outer);
  ASSERT_TRUE(back);
  EXPECT_TRUE(std::ranges::equal(*back, inner));
}

TEST(IpInIp, OpensWhatOthersHaveMade) {
  const wire::Buffer frame = frames::octets(frames::ipip);
  const auto inner = decapsulate(wire::Bytes(frame).subspan(14));
  ASSERT_TRUE(inner);
  EXPECT_EQ(wire::View(wire::ip::layout, *inner).address(wire::ip::source).to_string(), "10.0.1.5");
}

TEST(IpInIp, IsNoTunnelWhereThereIsNoWholeHeaderInside) {
  const wire::Buffer outer = encapsulate(inner_datagram(), kEntry, kExit);
  for (std::size_t size = 0; size < 40; ++size)
    EXPECT_FALSE(decapsulate(wire::Bytes(outer).first(size))) << size;
  EXPECT_FALSE(decapsulate(inner_datagram())) << "UDP";
  wire::Buffer long_header = outer;
  long_header[0] = 0x4F;  // 60 octets, which are not there
  EXPECT_FALSE(decapsulate(wire::Bytes(long_header).first(60)));
}

TEST(UdpTunnel, CarriesADatagramBehindFourOctets) {
  const wire::Buffer inner = inner_datagram();
  const wire::Buffer payload = udp_tunnel_payload(inner);
  EXPECT_EQ(wire::Buffer(payload.begin(), payload.begin() + 4), (wire::Buffer{4, 4, 0, 0}));
  const auto back = udp_tunnel_datagram(payload);
  ASSERT_TRUE(back);
  EXPECT_TRUE(std::ranges::equal(*back, inner));
}

TEST(UdpTunnel, IsNoneWhereTypeOrNextHeaderOrSizeAreWrong) {
  const wire::Buffer payload = udp_tunnel_payload(inner_datagram());
  for (std::size_t size = 0; size < 24; ++size)
    EXPECT_FALSE(udp_tunnel_datagram(wire::Bytes(payload).first(size))) << size;
  for (const std::size_t octet : {0U, 1U}) {
    wire::Buffer wrong = payload;
    wrong[octet] ^= 1;
    EXPECT_FALSE(udp_tunnel_datagram(wrong)) << octet;
  }
}

}  // namespace
}  // namespace mipvet::net

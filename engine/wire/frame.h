#pragma once

#include <cstdint>
#include <string_view>

#include "engine/wire/address.h"
#include "engine/wire/bytes.h"
#include "engine/wire/layout.h"
#include "engine/wire/packet.h"

/// Well-formed headers around a payload, lengths and checksums right. Frames are not padded: that
/// is the link's business. Whoever wants a wrong one edits the octets afterwards.
namespace mipvet::wire {

struct EthernetHeader {
  MacAddress source;
  MacAddress destination;
};

struct IpHeader {
  Ipv4Address source;
  Ipv4Address destination;
  std::uint8_t time_to_live = 64;
  std::uint8_t type_of_service = 0;
  std::uint16_t identification = 0;
  bool dont_fragment = false;
};

struct UdpPorts {
  std::uint16_t source = 0;
  std::uint16_t destination = 0;
};

struct UdpFrame {
  EthernetHeader ethernet;
  IpHeader ip;
  UdpPorts ports;
};

struct ArpMessage {
  std::uint16_t operation = 1;
  MacAddress sender_mac;
  Ipv4Address sender_ip;
  MacAddress target_mac;
  Ipv4Address target_ip;
};

Buffer ethernet_frame(const EthernetHeader& header, std::uint16_t ethertype, Bytes payload);

/// IPv4 datagrams. Payloads that would exceed 65535 octets throw std::length_error.
Buffer ip_datagram(const IpHeader& header, std::uint8_t protocol, Bytes payload);
Buffer udp_datagram(const IpHeader& header, const UdpPorts& ports, Bytes payload);
/// The checksum of the message (type octet first, at least 4 octets) is computed.
Buffer icmp_datagram(const IpHeader& header, Bytes message);
/// IP-in-IP, RFC 2003: `inner` is a whole datagram.
Buffer ipip_datagram(const IpHeader& outer, Bytes inner);

/// An ICMP error (icmp::error::unreachable or ::time_exceeded) about a datagram: its header and
/// the first `quoted_payload` octets behind it (8 in RFC 792; RFC 1812 §4.3.2.3 allows more).
Buffer icmp_error(const Layout& layout, std::uint8_t code, Bytes datagram,
                  std::size_t quoted_payload = 8);

// The same as frames.
Buffer ip_frame(const EthernetHeader& ethernet, Bytes datagram);
Buffer udp_frame(const UdpFrame& frame, Bytes payload);
Buffer icmp_frame(const EthernetHeader& ethernet, const IpHeader& header, Bytes message);
Buffer arp_frame(const EthernetHeader& ethernet, const ArpMessage& message);
/// `kind` is marker::kBegin or kEnd. Sent to everybody, from nobody.
Buffer marker_frame(std::uint8_t kind, std::string_view text);

/// Recomputes the checksums of all IPv4 headers, UDP datagrams (but not where there is none) and
/// ICMP messages of a frame, tunnelled ones too, quoted ones not. Where a layer is cut short its
/// checksum stays.
void refresh_checksums(MutableBytes frame);

}  // namespace mipvet::wire

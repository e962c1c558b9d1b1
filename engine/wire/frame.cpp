#include "engine/wire/frame.h"

#include <algorithm>
#include <stdexcept>

#include <tins/arp.h>
#include <tins/ethernetII.h>
#include <tins/ip.h>
#include <tins/rawpdu.h>
#include <tins/udp.h>

#include "engine/wire/checksum.h"
#include "engine/wire/compose.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/marker.h"

namespace mipvet::wire {
namespace {

constexpr std::size_t kLargestDatagram = 65535;

Tins::IPv4Address tins(Ipv4Address address) {
  return Tins::IPv4Address(address.to_string());
}
Tins::HWAddress<6> tins(const MacAddress& mac) {
  return Tins::HWAddress<6>(mac.octets.data());
}

Tins::RawPDU raw(Bytes octets) {
  return {octets.data(), static_cast<std::uint32_t>(octets.size())};
}

Tins::IP tins(const IpHeader& header) {
  Tins::IP result(tins(header.destination), tins(header.source));
  result.ttl(header.time_to_live);
  result.tos(header.type_of_service);
  result.id(header.identification);
  result.flags(header.dont_fragment ? Tins::IP::DONT_FRAGMENT : Tins::IP::Flags{});
  return result;
}

void check_size(std::size_t octets) {
  if (octets > kLargestDatagram)
    throw std::length_error("an IPv4 datagram has at most 65535 octets");
}

/// What libtins makes of a network layer. It is serialized inside an Ethernet frame, because
/// libtins would otherwise look for a local interface when the source is 0.0.0.0; frame header and
/// padding are cut off.
Buffer without_frame(const Tins::PDU& network) {
  const std::size_t size = network.size();
  Tins::EthernetII frame;
  frame.inner_pdu(network);
  Buffer octets = frame.serialize();
  octets.erase(octets.begin(), octets.begin() + static_cast<std::ptrdiff_t>(frame.header_size()));
  octets.resize(size);
  return octets;
}

}  // namespace

Buffer ethernet_frame(const EthernetHeader& header, std::uint16_t ethertype, Bytes payload) {
  Buffer frame = make(ethernet::layout, {{ethernet::destination, header.destination},
                                         {ethernet::source, header.source},
                                         {ethernet::ethertype, ethertype}});
  frame.insert(frame.end(), payload.begin(), payload.end());
  return frame;
}

Buffer ip_datagram(const IpHeader& header, std::uint8_t protocol, Bytes payload) {
  check_size(ip::layout.minimum + payload.size());
  Tins::IP datagram = tins(header) / raw(payload);
  datagram.protocol(protocol);
  return without_frame(datagram);
}

Buffer udp_datagram(const IpHeader& header, const UdpPorts& ports, Bytes payload) {
  check_size(ip::layout.minimum + 8 + payload.size());
  return without_frame(tins(header) / Tins::UDP(ports.destination, ports.source) / raw(payload));
}

Buffer icmp_datagram(const IpHeader& header, Bytes message) {
  Buffer with_checksum(message.begin(), message.end());
  write(with_checksum, icmp::checksum, 0);
  write(with_checksum, icmp::checksum, checksum(with_checksum));
  return ip_datagram(header, ip::kIcmp, with_checksum);
}

Buffer ipip_datagram(const IpHeader& outer, Bytes inner) {
  return ip_datagram(outer, ip::kIpv4, inner);
}

Buffer icmp_error(const Layout& layout, std::uint8_t code, Bytes datagram,
                  std::size_t quoted_payload) {
  const auto header = static_cast<std::size_t>(read(datagram, ip::header_length)) * 4;
  const Bytes quote = datagram.first(std::min(datagram.size(), header + quoted_payload));
  Buffer message = make(layout, {{icmp::code, code}});
  message.insert(message.end(), quote.begin(), quote.end());
  return message;
}

Buffer ip_frame(const EthernetHeader& ethernet, Bytes datagram) {
  return ethernet_frame(ethernet, ethernet::kIpv4, datagram);
}

Buffer udp_frame(const UdpFrame& frame, Bytes payload) {
  return ip_frame(frame.ethernet, udp_datagram(frame.ip, frame.ports, payload));
}

Buffer icmp_frame(const EthernetHeader& ethernet, const IpHeader& header, Bytes message) {
  return ip_frame(ethernet, icmp_datagram(header, message));
}

Buffer arp_frame(const EthernetHeader& ethernet, const ArpMessage& message) {
  Tins::ARP arp(tins(message.target_ip), tins(message.sender_ip), tins(message.target_mac),
                tins(message.sender_mac));
  arp.opcode(static_cast<Tins::ARP::Flags>(message.operation));
  return ethernet_frame(ethernet, ethernet::kArp, without_frame(arp));
}

Buffer marker_frame(std::uint8_t kind, std::string_view text) {
  const Buffer message =
      make(marker::layout,
           {{marker::magic, marker::kMagic}, {marker::kind, kind}, {marker::text, text}});
  return ethernet_frame({marker::kSource, kBroadcastMac}, ethernet::kMarker, message);
}

}  // namespace mipvet::wire

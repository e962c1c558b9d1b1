#include "engine/scenario/craft.h"

#include <algorithm>
#include <array>
#include <stdexcept>

#include "engine/scenario/frame_editor.h"
#include "engine/wire/arp.h"
#include "engine/wire/compose.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/frame.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/mip4.h"
#include "engine/wire/udp.h"

namespace mipvet::scenario {
namespace {

/// An address to all stations of a link or a group of them (RFC 1112 §6.4).
wire::MacAddress group_mac(wire::Ipv4Address group) {
  return {{0x01, 0x00, 0x5E, static_cast<std::uint8_t>((group.value >> 16) & 0x7F),
           static_cast<std::uint8_t>(group.value >> 8), static_cast<std::uint8_t>(group.value)}};
}

bool is_on_udp(const wire::Layout* message) {
  const std::array mobile_ip = {&wire::mip4::request::layout, &wire::mip4::reply::layout,
                                &wire::mip4::tunnel_data::layout, &wire::mip4::mobile_ip::layout};
  return std::ranges::find(mobile_ip, message) != mobile_ip.end();
}

/// Router discovery is for one hop (RFC 1256 §4.1, RFC 3344 §2.1, §2.2).
std::uint8_t usual_ttl(const wire::Layout* message) {
  const std::array one_hop = {&wire::icmp::advertisement::agent, &wire::icmp::advertisement::router,
                              &wire::icmp::solicitation::layout};
  return std::ranges::find(one_hop, message) != one_hop.end() ? 1 : 64;
}

}  // namespace

wire::Buffer Crafter::craft(const Send& send, net::Time now) const {
  // Raw octets stay as they are, but for the source.
  wire::Buffer frame = send.raw;
  if (!send.like.empty()) frame = edited(repeat(send), send.edit, now);
  if (send.message != nullptr && send.like.empty())
    frame = edited(compose(send, now), send.edit, now);
  finish(frame, send);
  return frame;
}

wire::Buffer Crafter::edited(wire::Bytes frame, const Edit& edit, net::Time now) const {
  FrameEditor editor(network_, frames_, now, wire::Buffer(frame.begin(), frame.end()));
  editor.apply(edit);
  return std::move(editor).take();
}

wire::Buffer Crafter::craft(const SendError& error) const {
  wire::Packet packet;
  packet.decode(frames_.frame(error.about), network_.decode);
  const wire::Layer* datagram = packet.find(wire::ip::layout);
  if (datagram == nullptr) throw CannotDo("the frame " + error.about + " is no IPv4 datagram");
  const wire::Buffer message =
      wire::icmp_error(*error.message, error.code, packet.view(*datagram).bytes(), error.quote);
  const wire::IpHeader ip{*error.from.address, *error.to.address};
  return wire::icmp_frame(
      {network_.tester_mac, next_hop(error.link, model::kNobody, ip.destination)}, ip, message);
}

wire::Buffer Crafter::compose(const Send& send, net::Time now) const {
  std::vector<wire::FieldValue> values;
  for (const Assignment& one : send.fields)
    values.push_back({one.path.field, frames_.value(one.value, now)});
  try {
    if (send.message == &wire::arp::layout) {
      std::vector<wire::FieldValue> all = {{wire::arp::hardware_type, 1},
                                           {wire::arp::protocol_type, wire::ethernet::kIpv4},
                                           {wire::arp::hardware_length, 6},
                                           {wire::arp::protocol_length, 4},
                                           {wire::arp::operation, wire::arp::kRequest},
                                           {wire::arp::sender_mac, network_.tester_mac}};
      all.insert(all.end(), values.begin(), values.end());
      const wire::MacAddress to =
          send.to ? next_hop(send.link, send.via, *send.to->address) : wire::kBroadcastMac;
      return wire::ethernet_frame({network_.tester_mac, to}, wire::ethernet::kArp,
                                  wire::make(*send.message, all));
    }
    const wire::EthernetHeader ethernet{network_.tester_mac,
                                        next_hop(send.link, send.via, *send.to->address)};
    wire::IpHeader ip{*send.from->address, *send.to->address};
    ip.time_to_live = send.ttl.value_or(usual_ttl(send.message));
    const wire::UdpPorts ports{wire::mip4::kPort, wire::mip4::kPort};
    wire::Buffer frame;
    if (send.message == &wire::udp::layout) {
      frame = wire::udp_frame(
          {ethernet, ip, {send.source_port.value_or(0), send.destination_port.value_or(9)}},
          send.payload);
    } else if (is_on_udp(send.message)) {
      frame = wire::udp_frame({ethernet, ip, ports}, wire::make(*send.message, values));
    } else {
      frame = wire::icmp_frame(ethernet, ip, wire::make(*send.message, values));
    }
    FrameEditor editor(network_, frames_, now, std::move(frame));
    if (send.message == &wire::udp::layout) {
      Edit header;
      header.set = send.fields;
      editor.apply(header);
    } else {
      for (const NewExtension& extension : send.extensions) editor.append(extension);
      editor.append(send.payload);
    }
    return std::move(editor).take();
  } catch (const std::invalid_argument& error) {
    throw CannotDo(error.what());
  } catch (const std::length_error& error) {
    throw CannotDo(error.what());
  }
}

wire::Buffer Crafter::repeat(const Send& send) const {
  const wire::Bytes seen = frames_.frame(send.like);
  wire::Buffer frame(seen.begin(), seen.end());
  readdress(frame, send);
  return frame;
}

void Crafter::readdress(wire::Buffer& frame, const Send& send) const {
  wire::Packet packet;
  packet.decode(frame, network_.decode);
  const wire::Layer* ip = packet.find(wire::ip::layout);
  if (ip == nullptr) return;
  const auto header = wire::MutableBytes(frame).subspan(ip->offset);
  if (send.from) wire::write(header, wire::ip::source, send.from->address->value);
  if (send.to) wire::write(header, wire::ip::destination, send.to->address->value);
  if (!send.to && send.via == model::kNobody) return;
  const wire::Ipv4Address to{static_cast<std::uint32_t>(wire::read(header, wire::ip::destination))};
  const wire::MacAddress mac = next_hop(send.link, send.via, to);
  std::ranges::copy(mac.octets, frame.begin());
}

wire::MacAddress Crafter::next_hop(model::LinkId link, model::NodeId via,
                                   wire::Ipv4Address to) const {
  if (to.is_multicast()) return group_mac(to);
  const model::NodeId node = via != model::kNobody ? via : network_.owner(to);
  if (node == model::kNobody) return wire::kBroadcastMac;
  const model::Attachment* here = network_.node(node).attachment(link);
  return here == nullptr ? wire::kBroadcastMac : here->mac;
}

void Crafter::finish(wire::Buffer& frame, const Send& send) const {
  constexpr std::size_t source = wire::ethernet::source.first_octet();
  if (frame.size() >= source + 6)
    std::ranges::copy(network_.tester_mac.octets, frame.begin() + source);
  if (!send.raw.empty()) return;
  wire::Packet packet;
  packet.decode(frame, network_.decode);
  const wire::Layer* udp = packet.carrying_udp();
  if (udp != nullptr && (send.source_port || send.destination_port)) {
    const auto header = wire::MutableBytes(frame).subspan(udp->offset);
    if (send.source_port) wire::write(header, wire::udp::source_port, *send.source_port);
    if (send.destination_port)
      wire::write(header, wire::udp::destination_port, *send.destination_port);
    if (send.edit.refresh_checksums) wire::refresh_checksums(frame);
  }
  if (send.checksum == Send::Checksum::right) return;
  const wire::Layer& in = udp != nullptr ? *udp : packet.message();
  const wire::Field& field = udp != nullptr ? wire::udp::checksum : wire::icmp::checksum;
  const auto header = wire::MutableBytes(frame).subspan(in.offset);
  const bool none = send.checksum == Send::Checksum::none;
  // 0x5555 off is wrong for every sum, and 0 would mean that there is none.
  const std::uint64_t now = wire::read(header, field);
  const std::uint64_t wrong = now == 0x5555 ? 0xAAAA : now ^ 0x5555;
  wire::write(header, field, none ? 0 : wrong);
}

}  // namespace mipvet::scenario

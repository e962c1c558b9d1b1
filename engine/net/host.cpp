#include "engine/net/host.h"

#include <algorithm>

#include "engine/net/host_state.h"
#include "engine/wire/arp.h"
#include "engine/wire/checksum.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/frame.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/udp.h"

namespace mipvet::net {

using wire::Buffer;
using wire::Bytes;
using wire::Ipv4Address;
using wire::Ipv4Prefix;
using wire::MacAddress;
namespace ip = wire::ip;
namespace icmp = wire::icmp;

namespace {

constexpr std::size_t kArpQueue = 16;

/// A multicast address as an Ethernet group, RFC 1112 §6.4.
MacAddress group_mac(Ipv4Address group) {
  return {{0x01, 0x00, 0x5E, static_cast<std::uint8_t>((group.value >> 16) & 0x7F),
           static_cast<std::uint8_t>(group.value >> 8), static_cast<std::uint8_t>(group.value)}};
}

}  // namespace

Host::Host(const model::Network& network, model::NodeId node, Environment& environment)
    : network_(network), node_(node), environment_(environment), state_(std::make_unique<State>()) {
  const model::Node& self = network_.node(node_);
  state_->ports.resize(self.attachments.size());
  const bool mobile = self.role == Role::mobile_node;
  for (PortId port = 0; port < port_count(); ++port) {
    const model::Attachment& attachment = self.attachments[port];
    state_->ports[port].up = !mobile;
    if (mobile) continue;
    if (attachment.address) add_address(port, *attachment.address);
    if (attachment.gateway) add_route({{0}, 0}, attachment.gateway, port);
  }
  if (mobile) return;
  for (const model::Route& route : self.routes)
    for (PortId port = 0; port < port_count(); ++port)
      for (const Ipv4Prefix& on_link : state_->ports[port].addresses)
        if (on_link.contains(route.next_hop)) add_route(route.destination, route.next_hop, port);
}

Host::~Host() = default;

PortId Host::port_count() const {
  return static_cast<PortId>(state_->ports.size());
}

void Host::set_up(PortId port, bool up) {
  PortState& state = state_->ports[port];
  state.up = up;
  if (up) return;
  state.neighbours.clear();
  state.waiting.clear();
}

bool Host::is_up(PortId port) const {
  return state_->ports[port].up;
}

MacAddress Host::mac(PortId port) const {
  return network_.node(node_).attachments[port].mac;
}

LinkId Host::link(PortId port) const {
  return network_.node(node_).attachments[port].link;
}

std::optional<PortId> Host::port_on(LinkId link) const {
  for (PortId port = 0; port < port_count(); ++port)
    if (this->link(port) == link) return port;
  return std::nullopt;
}

void Host::add_address(PortId port, Ipv4Prefix address) {
  remove_address(port, address.address);
  state_->ports[port].addresses.push_back(address);
  if (address.length < 32) add_route(address, std::nullopt, port);
}

void Host::remove_address(PortId port, Ipv4Address address) {
  std::erase_if(state_->ports[port].addresses,
                [&](const Ipv4Prefix& own) { return own.address == address; });
}

std::optional<Ipv4Prefix> Host::address(PortId port) const {
  const auto& addresses = state_->ports[port].addresses;
  return addresses.empty() ? std::nullopt : std::optional(addresses.front());
}

bool Host::owns(Ipv4Address address) const {
  for (const PortState& port : state_->ports)
    for (const Ipv4Prefix& own : port.addresses)
      if (own.address == address) return true;
  return false;
}

void Host::add_route(Ipv4Prefix destination, std::optional<Ipv4Address> next_hop, PortId port) {
  std::erase_if(state_->routes, [&](const RouteEntry& route) {
    return route.destination.length == destination.length && route.port == port &&
           route.destination.contains(destination.address);
  });
  state_->routes.push_back({destination, next_hop, port});
}

void Host::remove_routes(PortId port) {
  std::erase_if(state_->routes, [&](const RouteEntry& route) { return route.port == port; });
}

void Host::on_udp(std::uint16_t port, std::function<void(const Datagram&)> handler) {
  state_->udp[port] = std::move(handler);
}

void Host::send_udp(Ipv4Address source, std::uint16_t source_port, Ipv4Address destination,
                    std::uint16_t destination_port, Bytes payload, const SendOptions& options) {
  Buffer datagram = wire::udp_datagram({.source = source,
                                        .destination = destination,
                                        .time_to_live = options.ttl,
                                        .identification = ++state_->identification},
                                       {source_port, destination_port}, payload);
  if (options.corrupt_udp_checksum) datagram[ip::layout.minimum + 7] ^= 0x55;
  send_ip(datagram, options);
}

void Host::send_icmp(Ipv4Address source, Ipv4Address destination, Bytes message,
                     const SendOptions& options) {
  send_ip(wire::icmp_datagram({.source = source,
                               .destination = destination,
                               .time_to_live = options.ttl,
                               .identification = ++state_->identification},
                              message),
          options);
}

void Host::send_ip(Bytes datagram, const SendOptions& options) {
  const wire::View header(ip::layout, datagram);
  const Ipv4Address destination = header.address(ip::destination);
  if (owns(destination)) {
    // To oneself: not on any link.
    const Buffer copy(datagram.begin(), datagram.end());
    environment_.schedule(Duration::zero(), [this, copy] { deliver(0, copy); });
    return;
  }
  std::optional<PortId> port = options.port;
  Ipv4Address next_hop = destination;
  if (!port) {
    const RouteEntry* best = nullptr;
    for (const RouteEntry& route : state_->routes) {
      if (!route.destination.contains(destination) || !state_->ports[route.port].up) continue;
      if (best == nullptr || route.destination.length > best->destination.length) best = &route;
    }
    if (best == nullptr) return;
    port = best->port;
    next_hop = best->next_hop.value_or(destination);
  }
  if (*port >= port_count() || !state_->ports[*port].up) return;
  const auto put = [&](const MacAddress& to) {
    environment_.transmit(*port, wire::ip_frame({mac(*port), to}, datagram));
  };
  if (options.next_hop_mac) return put(*options.next_hop_mac);
  if (destination.is_limited_broadcast()) return put(wire::kBroadcastMac);
  if (destination.is_multicast()) return put(group_mac(destination));
  PortState& state = state_->ports[*port];
  for (const Ipv4Prefix& own : state.addresses)
    if (own.length < 31 && own.contains(destination) && own.directed_broadcast() == destination)
      return put(wire::kBroadcastMac);
  if (const auto known = state.neighbours.find(next_hop); known != state.neighbours.end())
    return put(known->second);
  ArpWait& waiting = state.waiting[next_hop];
  if (waiting.datagrams.size() < kArpQueue)
    waiting.datagrams.emplace_back(datagram.begin(), datagram.end());
  if (waiting.tries == 0) ask_neighbour(*port, next_hop);
}

void Host::on_icmp_error(std::function<void(const IcmpError&)> handler) {
  state_->icmp_error = std::move(handler);
}

void Host::on_icmp(std::uint8_t type, std::function<void(PortId, const wire::Packet&)> handler) {
  state_->icmp[type] = std::move(handler);
}

void Host::send_unreachable(Bytes datagram, std::uint8_t code) {
  const wire::View header(ip::layout, datagram);
  const Ipv4Address about = header.address(ip::destination);
  const Ipv4Address source = header.address(ip::source);
  // RFC 1122 §3.2.2: never about a broadcast, a multicast, or from nobody.
  if (about.is_multicast() || is_broadcast(about) || source.is_zero()) return;
  send_icmp(owns(about) ? about : Ipv4Address{}, source,
            wire::icmp_error(icmp::error::unreachable, code, datagram, 64));
}

void Host::answer_unreachable(bool on) {
  state_->answers_unreachable = on;
}

void Host::enable_forwarding(Forward forward) {
  state_->forwards = true;
  state_->forward = std::move(forward);
}

void Host::on_protocol(std::uint8_t protocol, std::function<void(PortId, Bytes)> handler) {
  state_->protocols[protocol] = std::move(handler);
}

void Host::receive(PortId port, Bytes frame) {
  if (port >= port_count() || !state_->ports[port].up) return;
  const wire::View ethernet(wire::ethernet::layout, frame);
  if (frame.size() < wire::ethernet::layout.minimum) return;
  const MacAddress to = ethernet.mac(wire::ethernet::destination);
  const MacAddress from = ethernet.mac(wire::ethernet::source);
  if ((to != mac(port) && !to.is_group()) || from == mac(port)) return;
  const Bytes payload = frame.subspan(wire::ethernet::layout.minimum);
  switch (ethernet[wire::ethernet::ethertype]) {
    case wire::ethernet::kArp:
      return receive_arp(port, payload);
    case wire::ethernet::kIpv4: {
      const wire::View header(ip::layout, payload);
      const std::size_t length = header[ip::total_length];
      const std::size_t header_length = header[ip::header_length] * 4;
      if (header[ip::version] != 4 || header_length < ip::layout.minimum ||
          length < header_length || length > payload.size() ||
          wire::checksum(payload.first(header_length)) != 0)
        return;
      return receive_ip(port, payload.first(length), from);
    }
    default:
      return;
  }
}

bool Host::is_broadcast(Ipv4Address address) const {
  if (address.is_limited_broadcast()) return true;
  for (const PortState& port : state_->ports)
    for (const Ipv4Prefix& own : port.addresses)
      if (own.length < 31 && own.contains(address) && own.directed_broadcast() == address)
        return true;
  return false;
}

void Host::receive_ip(PortId port, Bytes datagram, const MacAddress& from) {
  const wire::View header(ip::layout, datagram);
  const Ipv4Address destination = header.address(ip::destination);
  bool local = owns(destination) || destination.is_multicast() || is_broadcast(destination);
  // Who has no address yet is told one by a datagram to that address (RFC 2794 §2, DHCP).
  local = local || (!state_->forwards && state_->ports[port].addresses.empty());
  if (local) return accept(port, datagram, from);
  if (!state_->forwards) return;
  if (state_->forward && state_->forward(port, datagram, from)) return;
  if (header[ip::time_to_live] <= 1) {
    const auto own = address(port);
    if (own)
      send_icmp(own->address, header.address(ip::source),
                wire::icmp_error(icmp::error::time_exceeded, 0, datagram));
    return;
  }
  Buffer copy(datagram.begin(), datagram.end());
  wire::write(copy, ip::time_to_live, header[ip::time_to_live] - 1);
  wire::write(copy, ip::checksum, 0);
  wire::write(copy, ip::checksum, wire::checksum(Bytes(copy).first(header[ip::header_length] * 4)));
  send_ip(copy);
}

void Host::deliver(PortId port, Bytes datagram) {
  const wire::View header(ip::layout, datagram);
  const std::size_t length = header[ip::total_length];
  if (header[ip::version] != 4 || header[ip::header_length] < 5 || length > datagram.size() ||
      length < header[ip::header_length] * 4)
    return;
  receive_ip(port, datagram.first(length), {});
}

void Host::accept(PortId port, Bytes datagram, const MacAddress& from) {
  const wire::View header(ip::layout, datagram);
  // Fragments are not put together: no registration message is that long.
  if (header[ip::more_fragments] != 0 || header[ip::fragment_offset] != 0) return;
  const Bytes payload = datagram.subspan(header[ip::header_length] * 4);
  const auto protocol = static_cast<std::uint8_t>(header[ip::protocol]);
  if (const auto handler = state_->protocols.find(protocol); handler != state_->protocols.end())
    return handler->second(port, datagram);
  if (protocol == ip::kUdp) return accept_udp(port, datagram, payload, from);
  if (protocol == ip::kIcmp) return accept_icmp(port, datagram, payload, from);
  if (state_->answers_unreachable) send_unreachable(datagram, icmp::kProtocolUnreachable);
}

void Host::accept_udp(PortId port, Bytes datagram, Bytes payload, const MacAddress& from) {
  const wire::View ip_header(ip::layout, datagram);
  const wire::View header(wire::udp::layout, payload);
  const std::size_t length = header[wire::udp::length];
  if (payload.size() < wire::udp::layout.minimum || length < wire::udp::layout.minimum ||
      length > payload.size())
    return;
  Datagram received;
  received.port = port;
  received.source_mac = from;
  received.source = ip_header.address(ip::source);
  received.destination = ip_header.address(ip::destination);
  received.source_port = static_cast<std::uint16_t>(header[wire::udp::source_port]);
  received.destination_port = static_cast<std::uint16_t>(header[wire::udp::destination_port]);
  received.ttl = static_cast<std::uint8_t>(ip_header[ip::time_to_live]);
  received.has_checksum = header[wire::udp::checksum] != 0;
  received.checksum_wrong =
      received.has_checksum &&
      header[wire::udp::checksum] !=
          wire::udp_checksum(received.source, received.destination, payload.first(length));
  received.payload = payload.first(length).subspan(wire::udp::layout.minimum);
  const auto handler = state_->udp.find(received.destination_port);
  if (handler != state_->udp.end()) return handler->second(received);
  if (state_->answers_unreachable && !received.checksum_wrong)
    send_unreachable(datagram, icmp::kPortUnreachable);
}

void Host::accept_icmp(PortId port, Bytes datagram, Bytes payload, const MacAddress& from) {
  if (payload.size() < icmp::other::layout.minimum || wire::checksum(payload) != 0) return;
  const wire::View ip_header(ip::layout, datagram);
  const auto type = static_cast<std::uint8_t>(payload[0]);
  if (type == icmp::kUnreachableType || type == icmp::kTimeExceededType) {
    if (state_->icmp_error && payload.size() >= icmp::error::unreachable.minimum)
      state_->icmp_error({ip_header.address(ip::source), type, payload[1],
                          payload.subspan(icmp::error::unreachable.minimum)});
    return;
  }
  if (const auto handler = state_->icmp.find(type); handler != state_->icmp.end()) {
    const Buffer frame = wire::ip_frame({from, mac(port)}, datagram);
    wire::Packet packet;
    packet.decode(frame, network_.decode);
    return handler->second(port, packet);
  }
  const Ipv4Address destination = ip_header.address(ip::destination);
  if (type == icmp::kEchoRequestType && owns(destination)) {
    Buffer answer(payload.begin(), payload.end());
    answer[0] = icmp::kEchoReplyType;
    send_icmp(destination, ip_header.address(ip::source), answer);
  }
}

}  // namespace mipvet::net

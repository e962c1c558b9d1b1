#include "engine/observer/observer.h"

#include <algorithm>

#include "engine/wire/arp.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/marker.h"
#include "engine/wire/mip4.h"
#include "engine/wire/udp.h"

namespace mipvet::observer {

Observer::Observer(const model::Network& network, FactSink& sink)
    : network_(network),
      sink_(sink),
      decode_(network.decode),
      addresses_(network),
      sighter_(network, addresses_),
      registrations_(network, addresses_, sink),
      agents_(network, sink),
      datagrams_(network, addresses_, registrations_, sink),
      reverse_tunnels_(network, addresses_, registrations_, sink),
      over_(network.links.size()) {
  if (std::ranges::any_of(network.nodes,
                          [](const model::Node& node) { return node.role == Role::vpn_gateway; }))
    ipsec_ = std::make_unique<Ipsec>(network, addresses_, keys_, registrations_, sink);
}

void Observer::add_keys(const crypto::KeyLog& keys) {
  keys_.add(keys);
  if (!keys_.empty()) decode_.opener = &keys_;
}

void Observer::frame(const net::Frame& frame, std::uint64_t number) {
  number_ = number;
  ++count_;
  packet_.decode(frame.bytes, decode_);
  const wire::Layout* message = packet_.message().layout;
  if (message == &wire::marker::layout) marker(frame.link);
  if (over_[frame.link] && message != &wire::marker::layout) return;
  now_ = std::max(now_, frame.time);
  registrations_.advance(now_);
  datagrams_.advance(now_);
  if (ipsec_) ipsec_->advance(now_);
  Place outer = sighter_.outer(frame, number_, packet_);
  if (ipsec_ && ipsec_->learn(outer, packet_)) outer = sighter_.outer(frame, number_, packet_);
  const Place place = sighter_.place(outer, packet_);
  agents_.appears(outer.transmitter, frame.link);
  if (ipsec_) ipsec_->frame(outer, place, frame.bytes, packet_);
  if (message == &wire::mip4::request::layout || message == &wire::mip4::reply::layout) {
    sighter_.registration(place, packet_, sighting_);
    registrations_.expect(sighting_.identity);  // comes while the authenticators are computed
    sighter_.verify(sighting_);
    if (message == &wire::mip4::request::layout) {
      if (ipsec_) ipsec_->request(sighting_);
      registrations_.request(sighting_);
      datagrams_.request(sighting_);
    } else {
      registrations_.reply(sighting_);
      datagrams_.reply(sighting_);
      if (ipsec_) ipsec_->reply(sighting_);
    }
  } else if (message == &wire::icmp::advertisement::agent) {
    agents_.advertisement(place, packet_);
  } else if (message == &wire::icmp::solicitation::layout) {
    agents_.solicitation(place, packet_);
  } else if (message == &wire::icmp::error::unreachable) {
    unreachable(place);
  } else if (message == &wire::arp::layout) {
    arp(frame);
  } else if (!place.tunnelled && packet_.find(wire::ip::layout) != nullptr) {
    datagrams_.offered(place, packet_);
    reverse_tunnels_.left(place, packet_.view(*packet_.find(wire::ip::layout)));
  }
  if (packet_.find(wire::ip::layout, 1) != nullptr) tunnelled(outer, place);
}

void Observer::finish(net::Time end) {
  registrations_.finish(std::max(now_, end));
  datagrams_.advance(std::max(now_, end));
  if (ipsec_) ipsec_->advance(std::max(now_, end));
}

void Observer::marker(LinkId link) {
  const wire::View ethernet = packet_.view(packet_.layers().front());
  if (ethernet.mac(wire::ethernet::source) != wire::marker::kSource) return;
  over_[link] = packet_.view(packet_.message())[wire::marker::kind] == wire::marker::kEnd;
}

void Observer::arp(const net::Frame& frame) {
  sighter_.learn(frame, packet_);
  const wire::View message = packet_.view(packet_.message());
  const Place place = sighter_.place(sighter_.outer(frame, number_, packet_), packet_);
  const NodeId sender = place.by_tester ? model::kNobody : addresses_.owner(place.source_mac);
  if (sender == model::kNobody) return;
  sink_.on(ArpSent{{network_, sender, {}, model::kNobody},
                   place,
                   packet_,
                   message,
                   addresses_.owner(message.address(wire::arp::sender_ip))});
}

void Observer::unreachable(const Place& place) {
  const wire::Layer* quoted_ip = nullptr;
  const wire::Layer* quoted_udp = nullptr;
  const wire::Layer* quoted_message = nullptr;
  for (const wire::Layer& layer : packet_.layers()) {
    if (!layer.is_quote) continue;
    if (layer.layout == &wire::ip::layout) quoted_ip = &layer;
    if (layer.layout == &wire::udp::layout) quoted_udp = &layer;
    if (layer.layout == &wire::mip4::request::layout) quoted_message = &layer;
  }
  if (quoted_ip == nullptr || quoted_udp == nullptr) return;
  const wire::View ip = packet_.view(*quoted_ip);
  const wire::View message = packet_.view(packet_.message());
  const Identity about = registrations_.unreachable(
      place, static_cast<std::uint8_t>(message[wire::icmp::code]), ip.address(wire::ip::source),
      ip.address(wire::ip::destination),
      static_cast<std::uint16_t>(packet_.view(*quoted_udp)[wire::udp::source_port]),
      quoted_message == nullptr ? wire::Bytes{} : packet_.view(*quoted_message).bytes());
  if (about != 0) datagrams_.unreachable(about, place.receiver);
}

void Observer::tunnelled(const Place& outer, const Place& place) {
  TunnelCopy copy{place};
  copy.offset = copy.ip_offset = outer.ip_offset;
  copy.source = outer.source;
  copy.destination = outer.destination;
  copy.in_udp = outer.udp_offset != 0;
  if (copy.in_udp) {
    copy.udp_offset = outer.udp_offset;
    copy.source_port = outer.source_port;
    copy.destination_port = outer.destination_port;
  }
  const wire::View inner = packet_.view(*packet_.find(wire::ip::layout, 1));
  datagrams_.tunnelled(copy, inner);
  reverse_tunnels_.tunnelled(copy, inner);
}

}  // namespace mipvet::observer

#include "engine/observer/esp_traffic.h"

#include <algorithm>

#include "engine/crypto/padding.h"
#include "engine/wire/dhcp.h"
#include "engine/wire/esp.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ike.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/mip4.h"
#include "engine/wire/opener.h"
#include "engine/wire/tunnel.h"
#include "engine/wire/udp.h"

namespace mipvet::observer {

namespace esp_ = wire::esp;
namespace icmp = wire::icmp;

namespace {

/// A shorter silence says nothing about a mapping of a NAT.
constexpr Duration kSilence = std::chrono::seconds(10);

/// Signalling, and what keeps a link going.
bool is_control(const wire::Layout* message) {
  return message == &wire::mip4::request::layout || message == &wire::mip4::reply::layout ||
         message == &wire::mip4::mobile_ip::layout || message == &wire::ike::keepalive::layout ||
         message == &wire::ike::other_exchange || message == &esp_::layout ||
         message == &icmp::solicitation::layout || message == &icmp::advertisement::agent ||
         message == &icmp::advertisement::router || message == &icmp::error::unreachable ||
         message == &icmp::error::time_exceeded || message == &wire::dhcp::other ||
         std::ranges::find(wire::ike::exchanges, message) != wire::ike::exchanges.end() ||
         std::ranges::find(wire::dhcp::messages, message) != wire::dhcp::messages.end();
}

bool is_ip(const wire::Layer& layer) {
  return layer.layout == &wire::ip::layout && !layer.is_quote;
}

}  // namespace

EspTraffic::EspTraffic(const model::Network& network, const Registrations& registrations,
                       const AddressBook& addresses, IkeStore& ike_store, IkeExchanges& exchanges,
                       Stays& stays, FactSink& sink)
    : network_(network),
      registrations_(registrations),
      addresses_(addresses),
      ike_(ike_store),
      exchanges_(exchanges),
      stays_(stays),
      sink_(sink) {}

void EspTraffic::esp(const Place& outer, const wire::Packet& packet, const wire::Layer& layer) {
  const NodeId sender = outer.sender;
  if (outer.by_tester || sender == model::kNobody) return;
  const wire::View message = packet.view(layer);
  const auto spi = static_cast<std::uint32_t>(message[esp_::spi]);
  const auto sequence = static_cast<std::uint32_t>(message[esp_::sequence_number]);
  std::uint8_t side = kClient;
  const IkeSa* sa = live(sender, side);
  ChildSa* child = nullptr;
  if (sa != nullptr) child = ike_.child(spi, sa->peer(side).node);
  if (child == nullptr) child = ike_.child(spi, model::kNobody);
  if (child != nullptr)
    if (const IkeRecord* record = ike_.find(child->ike_sa)) {
      sa = &record->sa;
      side = child->from[kClient].spi == spi ? kClient : kGateway;
      if (sa->sides[side].node != sender) {
        // The SPI of somebody else's, on its way.
        if (network_.node(sender).role != Role::mobile_node &&
            network_.node(sender).role != Role::vpn_gateway)
          return;
        child = nullptr;
      }
    }
  const Role role = network_.node(sender).role;
  if (child == nullptr && role != Role::mobile_node && role != Role::vpn_gateway) return;

  Place place = outer;
  place.offset = layer.offset;
  Protection protection = Protection::no_key;
  if (wire::is_open(layer))
    protection = Protection::opened;
  else if (wire::has(layer.defects, wire::Defect::not_authentic))
    protection = Protection::not_authentic;
  wire::View trailer;
  wire::View inner;
  wire::View inner_inner;
  bool padding_is_right = true;
  if (protection == Protection::opened) {
    for (const wire::Layer& one : packet.layers()) {
      if (one.offset < layer.offset) continue;
      if (one.layout == &esp_::trailer::layout && !trailer) {
        trailer = packet.view(one);
        const auto size = static_cast<std::uint32_t>(trailer[esp_::trailer::pad_length]);
        padding_is_right =
            crypto::is_default_padding(packet.frame().subspan(one.offset - size, size));
      }
      if (!is_ip(one)) continue;
      if (!inner)
        inner = packet.view(one);
      else if (!inner_inner)
        inner_inner = packet.view(one);
    }
  }
  const wire::Layout* what = packet.message().layout;
  const bool in_udp = outer.udp_offset != 0;
  Fact about{network_, sender, {}, model::kNobody};
  if (sa != nullptr) {
    about.circumstances = circumstances(*sa, side);
    about.mobile_node = sa->client().node;
    if (child != nullptr && child->transport_mode) about.circumstances.add(Circumstance::transport);
  }
  sink_.on(EspSent{{about, sa, side},
                   place,
                   packet,
                   message,
                   protection,
                   in_udp,
                   child,
                   child == nullptr ? 0 : child->from[side].highest,
                   child == nullptr ? 0 : child->from[side].packets,
                   trailer,
                   padding_is_right,
                   inner,
                   inner_inner,
                   what == &wire::mip4::request::layout || what == &wire::mip4::reply::layout,
                   stays_.current(sender)});
  stays_.esp(sender, place);
  if (child != nullptr) {
    exchanges_.esp(*child, side, place);
    EspStream& stream = child->from[side];
    ++stream.packets;
    stream.highest = std::max(stream.highest, sequence);
    stream.path = sent_on(place);
    stream.in_udp = in_udp;
    stream.last = place.time;
    if (IkeRecord* record = ike_.find(child->ike_sa)) {
      record->touched = place.time;
      record->sa.sides[side].last_sent = place.time;
    }
  }
  if (sa != nullptr) refresh(place, *sa, side);
}

const IkeSa* EspTraffic::live(NodeId node, std::uint8_t& side) const {
  const IkeRecord* record = ike_.live(node);
  if (record == nullptr) return nullptr;
  side = record->sa.client().node == node ? kClient : kGateway;
  return &record->sa;
}

void EspTraffic::keepalive(const Place& outer, const wire::Packet& packet) {
  if (outer.by_tester || outer.sender == model::kNobody) return;
  const Role role = network_.node(outer.sender).role;
  if (role != Role::mobile_node && role != Role::vpn_gateway) return;
  std::uint8_t side = role == Role::mobile_node ? kClient : kGateway;
  const IkeSa* sa = live(outer.sender, side);
  Place place = outer;
  place.offset = packet.message().offset;
  Fact about{network_, outer.sender, {}, model::kNobody};
  if (sa != nullptr) {
    about.circumstances = circumstances(*sa, side);
    about.mobile_node = sa->client().node;
  }
  Sent& before = sent_[outer.sender];
  sink_.on(KeepaliveSent{{about, sa, side},
                         place,
                         packet,
                         packet.view(packet.message()),
                         sent_on(place),
                         sa != nullptr && sa->sides[side].path == sent_on(place),
                         sa != nullptr ? sa->sides[side].last_sent : Time{},
                         before.keepalive});
  before.keepalive = place.time;
  if (sa != nullptr) refresh(place, *sa, side);
}

void EspTraffic::ike(const Place& outer) {
  if (outer.by_tester || outer.sender == model::kNobody) return;
  std::uint8_t side = kClient;
  if (const IkeSa* sa = live(outer.sender, side)) refresh(outer, *sa, side);
}

void EspTraffic::refresh(const Place& outer, const IkeSa& sa, std::uint8_t side) {
  if (side != kClient || !sa.client().behind_nat) {
    sent_[outer.sender].last = {};
    return;
  }
  Sent& known = sent_[outer.sender];
  const bool same_link = known.last.frame != 0 && known.last.link == outer.link;
  const Duration silence = same_link ? outer.time - known.last.time : Duration{};
  if (silence >= kSilence && !known.told)
    sink_.on(PathRefreshed{
        {{network_, outer.sender, circumstances(sa, side), sa.client().node}, &sa, side},
        outer,
        silence,
        false});
  known.last = outer;
  known.told = false;
  next_silence_ = std::min(next_silence_, outer.time + kNever);
}

void EspTraffic::note_silence(Time now) {
  next_silence_ = Time::max();
  for (auto& [node, known] : sent_) {
    if (known.last.frame == 0 || known.told) continue;
    const Time due = known.last.time + kNever;
    std::uint8_t side = kClient;
    const IkeSa* sa = live(node, side);
    const Stay* stay = stays_.current(node);
    if (sa == nullptr || !sa->client().behind_nat ||
        (stay != nullptr && stay->link != known.last.link)) {
      known.last = {};
    } else if (due <= now) {
      known.told = true;
      sink_.on(PathRefreshed{
          {{network_, node, circumstances(*sa, side), node}, sa, side}, known.last, kNever, true});
    } else {
      next_silence_ = std::min(next_silence_, due);
    }
  }
}

EspTraffic::Nesting EspTraffic::nesting(const wire::Packet& packet) {
  Nesting result;
  bool esp_since_ip = false;
  bool udp_since_ip = false;
  for (const wire::Layer& layer : packet.layers()) {
    if (layer.is_quote) continue;
    if (layer.layout == &esp_::layout) {
      if (result.esp == nullptr) result.esp = &layer;
      if (result.tunnel != nullptr) result.esp_in_mip = true;
      esp_since_ip = true;
    } else if (layer.layout == &wire::mip4::tunnel_data::layout) {
      udp_since_ip = true;
    } else if (layer.layout == &wire::minimal_encapsulation::layout) {
      result.tunnel = result.innermost;
    } else if (is_ip(layer)) {
      if (result.innermost != nullptr && !esp_since_ip) {
        result.tunnel = result.innermost;
        result.in_mip_udp = udp_since_ip;
      }
      result.innermost = &layer;
      esp_since_ip = udp_since_ip = false;
    }
  }
  return result;
}

void EspTraffic::datagram(const Place& outer, const Place& innermost, const wire::Packet& packet) {
  const NodeId node = outer.transmitter;
  if (outer.by_tester || is_control(packet.message().layout)) return;
  const Nesting nested = nesting(packet);
  if (nested.innermost == nullptr || wire::has(nested.innermost->defects, wire::Defect::truncated))
    return;
  const wire::View datagram = packet.view(*nested.innermost);
  const wire::Ipv4Address destination = datagram.address(wire::ip::destination);
  if (destination.is_multicast() || destination.is_limited_broadcast()) return;
  wire::Ipv4Address tunnel_source;
  wire::Ipv4Address tunnel_destination;
  if (nested.tunnel != nullptr) {
    const wire::View header = packet.view(*nested.tunnel);
    tunnel_source = header.address(wire::ip::source);
    tunnel_destination = header.address(wire::ip::destination);
    // RFC 3519 §4.8: an echo request to the home agent keeps the mapping of a NAT.
    const wire::Layout* message = packet.message().layout;
    const NodeId home_agent = addresses_.owner(tunnel_destination);
    if (nested.in_mip_udp && message == &icmp::echo::request && home_agent != model::kNobody &&
        addresses_.owner(destination) == home_agent) {
      if (nested.esp == nullptr) stays_.in_udp_tunnel(node, outer);
      return;
    }
  }
  std::uint8_t side = kClient;
  const IkeSa* sa = live(node, side);
  const Stay* stay = stays_.current(node);
  Place place = innermost;
  place.offset = place.ip_offset = nested.innermost->offset;
  place.source = datagram.address(wire::ip::source);
  place.destination = destination;
  Circumstances shown;
  if (sa != nullptr) shown = circumstances(*sa, side);
  shown.add(sa != nullptr ? Circumstance::vpn_up : Circumstance::no_vpn);
  if (stay != nullptr)
    shown.add(stay->is_trusted() ? Circumstance::internal : Circumstance::external);
  const TrafficSent fact{
      {network_, node, shown, node},
      place,
      packet,
      datagram,
      stay,
      nested.esp != nullptr,
      nested.esp == nullptr ? 0 : static_cast<std::uint32_t>(packet.view(*nested.esp)[esp_::spi]),
      nested.tunnel != nullptr,
      nested.in_mip_udp,
      nested.esp_in_mip,
      outer.source,
      outer.destination,
      tunnel_source,
      tunnel_destination,
      sa,
      registrations_.mobile_node(addresses_.identity(node, {})).registered};
  sink_.on(fact);
  if (fact.in_mip_udp && !fact.in_esp) stays_.in_udp_tunnel(node, outer);
  if (fact.in_esp || fact.from_home_address() || fact.from_inner_address())
    stays_.traffic(node, place, fact.in_esp);
}

}  // namespace mipvet::observer

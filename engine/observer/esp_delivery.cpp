#include "engine/observer/esp_delivery.h"

#include <algorithm>

#include "engine/observer/digest.h"
#include "engine/wire/esp.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/opener.h"
#include "engine/wire/udp.h"

namespace mipvet::observer {

namespace {
/// The smallest window that a receiver has to have (RFC 4303 §3.4.3).
constexpr std::uint32_t kSmallestWindow = 32;
}  // namespace

EspDelivery::EspDelivery(const model::Network& network, const AddressBook& addresses,
                         const IkeStore& ike, FactSink& sink)
    : network_(network),
      addresses_(addresses),
      ike_(ike),
      sink_(sink),
      gateways_(network.nodes.size()) {
  for (NodeId id = 0; id < network.node_count(); ++id)
    gateways_[id] = network.nodes[id].role == Role::vpn_gateway;
}

void EspDelivery::frame(const Place& outer, const wire::Packet& packet, const wire::Layer* esp) {
  if (network_.link(outer.link).side != model::Side::external) is_inside_seen_ = true;
  const NodeId receiver = outer.receiver;
  const NodeId by_mac = addresses_.owner(outer.destination_mac);
  if (esp != nullptr && receiver != model::kNobody && gateways_[receiver]) {
    // On its way over the gateway's own link by a router it has not arrived yet.
    if (by_mac == model::kNobody || by_mac == receiver) arrive(outer, packet, *esp);
    return;
  }
  const wire::Layer& header = *packet.find(wire::ip::layout);
  if (by_mac != model::kNobody && gateways_[by_mac] &&
      addresses_.owner(outer.destination) != by_mac) {
    if (clear_.full()) clear_.pop_front();
    clear_.push_back({outer, identify(packet.view(header)), by_mac});
  }
  const NodeId sender = outer.transmitter;
  if (!outer.by_tester && sender != model::kNobody && gateways_[sender] &&
      addresses_.owner(outer.source) != sender)
    forward(outer, packet);
}

EspDelivery::Marks EspDelivery::identify(wire::View datagram) {
  const wire::Bytes octets = datagram.bytes();
  const auto length = static_cast<std::uint16_t>(datagram[wire::ip::total_length]);
  Marks result;
  result.length = length;
  if (octets.size() < wire::ip::layout.minimum) return result;
  result.key = digest(octets.subspan(12, 8),
                      datagram[wire::ip::protocol] << 16 | datagram[wire::ip::identification]);
  result.digest = digest(octets.first(std::min<std::size_t>(length, octets.size()))
                             .subspan(std::min<std::size_t>(wire::ip::layout.minimum, length)));
  return result;
}

void EspDelivery::arrive(const Place& outer, const wire::Packet& packet, const wire::Layer& esp) {
  const wire::View message = packet.view(esp);
  Arrival arrival;
  arrival.place = outer;
  arrival.place.offset = esp.offset;
  arrival.gateway = outer.receiver;
  arrival.spi = static_cast<std::uint32_t>(message[wire::esp::spi]);
  arrival.sequence = static_cast<std::uint32_t>(message[wire::esp::sequence_number]);
  if (wire::is_open(esp))
    arrival.protection = Protection::opened;
  else if (wire::has(esp.defects, wire::Defect::not_authentic))
    arrival.protection = Protection::not_authentic;
  if (const ChildSa* known = ike_.child(arrival.spi, outer.receiver)) arrival.child = known->number;
  if (arrival.protection == Protection::opened) {
    look_inside(arrival, packet, esp);
    arrival.is_repeated = note_sequence(arrival);
  } else if (const auto window = windows_.find(arrival.spi); window != windows_.end()) {
    arrival.highest = window->second.highest;
    if (arrival.protection == Protection::not_authentic)
      window->second.forged_highest = std::max(window->second.forged_highest, arrival.sequence);
  }
  if (arrivals_.full()) {
    // More than can wait: the oldest is judged where it has gone on, and forgotten where not.
    if (arrivals_.front().delivered > 0) settle(arrivals_.front());
    arrivals_.pop_front();
  }
  arrivals_.push_back(arrival);
}

void EspDelivery::look_inside(Arrival& arrival, const wire::Packet& packet,
                              const wire::Layer& esp) {
  const wire::Layer* header = nullptr;
  const wire::Layer* trailer = nullptr;
  for (const wire::Layer& layer : packet.layers()) {
    if (layer.offset < esp.offset) continue;
    if (layer.layout == &wire::esp::trailer::layout && trailer == nullptr) trailer = &layer;
    if (layer.layout == &wire::ip::layout && header == nullptr) header = &layer;
  }
  if (trailer != nullptr)
    arrival.next_header =
        static_cast<std::uint8_t>(packet.view(*trailer)[wire::esp::trailer::next_header]);
  if (header == nullptr) {
    if (trailer != nullptr) arrival.inner = mistaken(packet, esp, *trailer);
    return;
  }
  const wire::View inner = packet.view(*header);
  arrival.inner = identify(inner);
  arrival.source = inner.address(wire::ip::source);
  arrival.destination = inner.address(wire::ip::destination);
  arrival.protocol = static_cast<std::uint8_t>(inner[wire::ip::protocol]);
  const std::size_t own = header->header;
  if (arrival.protocol == wire::ip::kUdp && inner.bytes().size() >= own + 4)
    arrival.destination_port = static_cast<std::uint16_t>(
        wire::read(inner.bytes().subspan(own), wire::udp::destination_port));
  arrival.is_well_formed = header->defects == 0 && inner[wire::ip::time_to_live] > 1;
}

EspDelivery::Marks EspDelivery::mistaken(const wire::Packet& packet, const wire::Layer& esp,
                                         const wire::Layer& trailer) {
  // What is left of the ESP header once opened ends with the initialization vector (opener.h).
  const std::size_t begin = esp.offset + esp.header;
  if (trailer.offset < begin + wire::ip::layout.minimum) return {};
  const wire::Bytes octets = packet.frame().subspan(begin, trailer.offset - begin);
  const wire::View datagram(wire::ip::layout, octets);
  return datagram[wire::ip::version] == 4 ? identify(datagram) : Marks{};
}

bool EspDelivery::note_sequence(Arrival& arrival) {
  if (windows_.size() >= kMaxWindows)
    std::erase_if(windows_, [&](const auto& entry) {
      const ChildSa* of = child(entry.second.child);
      return of == nullptr || !of->is_alive();
    });
  if (windows_.size() >= kMaxWindows) return false;
  Window& window = windows_[arrival.spi];
  if (window.child != arrival.child) window = {0, 0, arrival.child, 0};
  arrival.highest = window.highest;
  arrival.forged_highest = window.forged_highest;
  if (arrival.sequence > window.highest) {
    const std::uint32_t step = arrival.sequence - window.highest;
    window.seen = step >= 64 ? 0 : window.seen << step;
    window.seen |= 1;
    window.highest = arrival.sequence;
    return false;
  }
  const std::uint32_t behind = window.highest - arrival.sequence;
  arrival.is_late = behind >= kSmallestWindow;
  if (behind >= 64) return false;
  const bool repeated = (window.seen >> behind & 1) != 0;
  window.seen |= std::uint64_t{1} << behind;
  return repeated;
}

void EspDelivery::forward(const Place& outer, const wire::Packet& packet) {
  const wire::Layer& header = *packet.find(wire::ip::layout);
  const Marks marks = identify(packet.view(header));
  // Of arrivals that are alike, the one with the same octets, and the first that was not delivered
  // yet.
  Arrival* of = nullptr;
  const auto rank = [&](const Arrival& arrival) {
    return (arrival.inner.digest == marks.digest ? 2 : 0) + (arrival.delivered == 0 ? 1 : 0);
  };
  for (Arrival& arrival : arrivals_) {
    if (arrival.gateway != outer.transmitter || arrival.inner.key != marks.key ||
        arrival.protection != Protection::opened)
      continue;
    // What has gone on as it was does not go on again as another.
    if (arrival.delivered > 0 && arrival.inner.digest != marks.digest) continue;
    if (of == nullptr || rank(arrival) > rank(*of)) of = &arrival;
  }
  const Place* arrival_place = nullptr;
  bool altered = false;
  if (of != nullptr) {
    altered = of->inner.length != marks.length || of->inner.digest != marks.digest;
    if (of->delivered++ == 0) of->delivery = outer;
    of->is_altered = of->is_altered || altered;
    arrival_place = &of->place;
  } else {
    for (const Clear& one : clear_)
      if (one.gateway == outer.transmitter && one.datagram.key == marks.key &&
          one.place.link != outer.link)
        arrival_place = &one.place;
  }
  const ChildSa* through = of == nullptr ? nullptr : child(of->child);
  const IkeSa* sa = nullptr;
  const Fact about = fact(outer.transmitter, through, sa);
  sink_.on(
      DatagramForwarded{{about, sa, kGateway}, outer, packet, arrival_place, through, altered});
}

void EspDelivery::settle(const Arrival& arrival) {
  if (!is_inside_seen_) return;
  const ChildSa* of = child(arrival.child);
  const IkeSa* sa = nullptr;
  const Fact about = fact(arrival.gateway, of, sa);
  sink_.on(EspSettled{{about, sa, kGateway},
                      arrival.place,
                      arrival.protection,
                      arrival.place.udp_offset != 0,
                      of,
                      arrival.spi,
                      arrival.sequence,
                      arrival.highest,
                      arrival.forged_highest,
                      arrival.is_repeated,
                      arrival.is_late,
                      arrival.next_header,
                      arrival.source,
                      arrival.destination,
                      arrival.protocol,
                      arrival.destination_port,
                      arrival.is_well_formed,
                      arrival.delivered,
                      arrival.is_altered,
                      arrival.delivered > 0 ? &arrival.delivery : nullptr});
}

const ChildSa* EspDelivery::child(std::uint64_t number) const {
  return number == 0 ? nullptr : ike_.child(number);
}

Fact EspDelivery::fact(NodeId gateway, const ChildSa* of, const IkeSa*& sa) const {
  Fact result{network_, gateway, {}, model::kNobody};
  const IkeRecord* record = of == nullptr ? nullptr : ike_.find(of->ike_sa);
  if (record == nullptr) return result;
  sa = &record->sa;
  result.circumstances = circumstances(*sa, kGateway);
  result.mobile_node = sa->client().node;
  return result;
}

}  // namespace mipvet::observer

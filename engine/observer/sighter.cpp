#include "engine/observer/sighter.h"

#include <algorithm>

#include "engine/observer/digest.h"
#include "engine/wire/arp.h"
#include "engine/wire/esp.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/mip4.h"
#include "engine/wire/udp.h"

namespace mipvet::observer {

Sighter::Sighter(const model::Network& network, AddressBook& addresses)
    : network_(network), addresses_(addresses), verifier_(network, addresses) {}

void Sighter::note_ip(Place& place, const wire::Packet& packet, const wire::Layer& ip) {
  const wire::View header = packet.view(ip);
  place.ip_offset = ip.offset;
  place.source = header.address(wire::ip::source);
  place.destination = header.address(wire::ip::destination);
  place.ttl = static_cast<std::uint8_t>(header[wire::ip::time_to_live]);
}

void Sighter::note_udp(Place& place, const wire::Packet& packet, const wire::Layer& udp) {
  const wire::View header = packet.view(udp);
  place.udp_offset = udp.offset;
  place.source_port = static_cast<std::uint16_t>(header[wire::udp::source_port]);
  place.destination_port = static_cast<std::uint16_t>(header[wire::udp::destination_port]);
  place.udp_checksum_zero = header[wire::udp::checksum] == 0;
  place.udp_checksum_wrong = wire::has(udp.defects, wire::Defect::bad_checksum);
}

Place Sighter::outer(const net::Frame& frame, std::uint64_t number,
                     const wire::Packet& packet) const {
  Place place;
  place.frame = number;
  place.time = frame.time;
  place.link = frame.link;
  const wire::View ethernet{wire::ethernet::layout, packet.frame()};
  place.source_mac = ethernet.mac(wire::ethernet::source);
  place.destination_mac = ethernet.mac(wire::ethernet::destination);
  place.by_tester = place.source_mac == network_.tester_mac;
  const wire::Layer* ip = packet.find(wire::ip::layout);
  if (ip != nullptr) {
    place.offset = ip->offset;
    note_ip(place, packet, *ip);
    const wire::Layer* udp = packet.find(wire::udp::layout);
    if (udp != nullptr && udp->offset == ip->offset + ip->header) note_udp(place, packet, *udp);
  }
  identify(place);
  return place;
}

Place Sighter::place(const Place& outer, const wire::Packet& packet) const {
  Place place = outer;
  place.offset = packet.message().offset;
  if (const wire::Layer* udp = packet.carrying_udp()) note_udp(place, packet, *udp);
  const wire::Layer* ip = packet.carrying_ip();
  if (ip == nullptr || ip->offset == outer.ip_offset) return place;
  place.tunnelled = true;
  note_ip(place, packet, *ip);
  place.sender = place.receiver = model::kNobody;
  const wire::Layer* esp = packet.find(wire::esp::layout);
  if (esp != nullptr && esp->offset < ip->offset) {
    place.in_esp = true;
    place.esp_spi = static_cast<std::uint32_t>(packet.view(*esp)[wire::esp::spi]);
    identify_inside(place, outer);
  } else {
    identify(place);
  }
  return place;
}

void Sighter::identify(Place& place) const {
  const auto is_other_node = [](NodeId by_mac, NodeId by_address) {
    return by_mac != model::kNobody && by_address != model::kNobody && by_mac != by_address;
  };
  // The IP addresses tell who talks to whom; on links between, a router only carries the frame.
  // The MAC address tells where the IP address says nothing (0.0.0.0, or a wrong one).
  if (!place.by_tester) {
    const NodeId by_ip = addresses_.owner(place.source);
    const NodeId by_mac = addresses_.owner(place.source_mac);
    const AddressBook::Assignment* assigned = addresses_.assigned(place.source);
    if (by_ip != model::kNobody)
      place.sender = addresses_.attached(by_ip, place.link) ? by_ip : model::kNobody;
    else if (assigned != nullptr && assigned->link == place.link)
      place.sender = assigned->node;
    else if (assigned != nullptr)
      place.sender = by_mac == assigned->node ? by_mac : model::kNobody;
    else if (by_mac != model::kNobody)
      place.sender = by_mac;
    else if (place.source.is_zero())
      place.sender = addresses_.mobile_node_on(place.link);
    place.transmitter = by_mac;
    // Forwarded on the link that it came from: no second message of its sender.
    if (is_other_node(by_mac, place.sender)) place.sender = model::kNobody;
  }
  const NodeId addressee = addresses_.owner(place.destination);
  const NodeId taker = addresses_.owner(place.destination_mac);
  const AddressBook::Assignment* assigned = addresses_.assigned(place.destination);
  if (addressee != model::kNobody) {
    if (addresses_.attached(addressee, place.link)) place.receiver = addressee;
  } else if (assigned != nullptr) {
    if (assigned->link == place.link || taker == assigned->node) place.receiver = assigned->node;
  } else {
    // Multicast, broadcast, or an address that the network does not know.
    place.receiver = taker;
  }
  if (is_other_node(taker, place.receiver)) place.receiver = model::kNobody;
}

/// What is in ESP is of those who are at the ends of it, or of nobody here.
void Sighter::identify_inside(Place& place, const Place& outer) const {
  const auto node_of = [&](wire::Ipv4Address address) {
    const NodeId declared = addresses_.owner(address);
    if (declared != model::kNobody) return declared;
    const AddressBook::Assignment* assigned = addresses_.assigned(address);
    return assigned != nullptr ? assigned->node : model::kNobody;
  };
  const NodeId sender = node_of(place.source);
  const bool by_mobile_node =
      outer.sender != model::kNobody && network_.node(outer.sender).role == Role::mobile_node;
  if (!place.by_tester && outer.sender != model::kNobody &&
      (sender == outer.sender || (sender == model::kNobody && by_mobile_node)))
    place.sender = outer.sender;
  const NodeId receiver = node_of(place.destination);
  if (receiver != model::kNobody && receiver == outer.receiver) place.receiver = receiver;
}

void Sighter::registration(const Place& place, const wire::Packet& packet, Sighting& result) const {
  static_cast<Place&>(result) = place;
  const wire::Layer& message = packet.message();
  const wire::Bytes octets = packet.frame().subspan(message.offset, message.length);
  result.layout = message.layout;
  result.defects = message.defects;
  result.clipped = octets.size() > Sighting::kMaxOctets;
  result.size = static_cast<std::uint16_t>(std::min(octets.size(), Sighting::kMaxOctets));
  std::copy_n(octets.begin(), result.size, result.octets.begin());
  result.extension_count = 0;
  for (const wire::Layer& layer : packet.extensions()) {
    if (!layer.is_extension || layer.is_quote) continue;
    result.defects |= layer.defects;
    const std::uint32_t offset = layer.offset - message.offset;
    if (result.extension_count == Sighting::kMaxExtensions || offset + layer.length > result.size) {
      result.clipped = true;
      break;
    }
    result.extension_places[result.extension_count++] = {
        layer.layout, static_cast<std::uint16_t>(offset), static_cast<std::uint16_t>(layer.length)};
  }
  name_nodes(result);
}

void Sighter::name_nodes(Sighting& message) const {
  const bool is_request = message.layout == &wire::mip4::request::layout;
  message.agent = addresses_.owner(message.address(is_request ? wire::mip4::request::home_agent
                                                              : wire::mip4::reply::home_agent));
  const wire::Ipv4Address home = message.address(is_request ? wire::mip4::request::home_address
                                                            : wire::mip4::reply::home_address);
  const wire::Bytes nai = message.extension(wire::mip4::nai::layout).octets(wire::mip4::nai::nai);
  message.mobile_node = addresses_.mobile_node(home, nai);
  if (message.mobile_node == model::kNobody && is_request && message.sender != model::kNobody &&
      network_.node(message.sender).role == Role::mobile_node)
    message.mobile_node = message.sender;
  message.identity = home.is_zero() && message.mobile_node == model::kNobody && !nai.empty()
                         ? (Identity{1} << 63) | digest(nai)
                         : addresses_.identity(message.mobile_node, home);
}

void Sighter::learn(const net::Frame& frame, const wire::Packet& packet) {
  const wire::Layer* arp = packet.find(wire::arp::layout);
  if (arp == nullptr) return;
  const wire::View view = packet.view(*arp);
  const wire::MacAddress mac = view.mac(wire::arp::sender_mac);
  if (mac == network_.tester_mac || addresses_.owner(mac) != model::kNobody) return;
  const NodeId node = addresses_.owner(view.address(wire::arp::sender_ip));
  if (node != model::kNobody && addresses_.attached(node, frame.link)) addresses_.learn(mac, node);
}

}  // namespace mipvet::observer

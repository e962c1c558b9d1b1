#include <optional>

#include "engine/wire/checksum.h"
#include "engine/wire/frame.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/tunnel.h"
#include "engine/wire/udp.h"

namespace mipvet::wire {
namespace {

struct Addresses {
  Ipv4Address source;
  Ipv4Address destination;
};

/// Of the datagram that carries layer `i`. A minimal encapsulation header hides addresses of the
/// IPv4 header before it.
Addresses addresses_around(const Packet& packet, std::size_t i) {
  const auto layers = packet.layers();
  std::optional<Ipv4Address> source;
  std::optional<Ipv4Address> destination;
  while (i-- > 0) {
    const View header = packet.header(layers[i]);
    if (header.layout() == &ip::layout)
      return {source.value_or(header.address(ip::source)),
              destination.value_or(header.address(ip::destination))};
    if (header.layout() != &minimal_encapsulation::layout) continue;
    destination = header.address(minimal_encapsulation::original_destination);
    if (header[minimal_encapsulation::source_present] != 0)
      source = header.address(minimal_encapsulation::original_source);
  }
  return {};
}

bool is_whole(const Layer& layer) {
  return !has(layer.defects, Defect::truncated);
}

/// The protocol number that an IPv4 header announces, 0 of any other layer.
std::uint64_t protocol(const Packet& packet, const Layer& layer) {
  return layer.layout == &ip::layout ? packet.header(layer)[ip::protocol] : 0;
}

void refresh(MutableBytes covered, const Field& field) {
  write(covered, field, 0);
  write(covered, field, checksum(covered));
}

void refresh_layer(const Packet& packet, std::size_t i, MutableBytes frame) {
  const Layer& layer = packet.layers()[i];
  const Layer& parent = packet.layers()[i - 1];
  const MutableBytes octets = frame.subspan(layer.offset, layer.length);
  if (layer.layout == &ip::layout) {
    refresh(octets.first(layer.header), ip::checksum);
  } else if (layer.layout == &minimal_encapsulation::layout) {
    refresh(octets.first(layer.header), minimal_encapsulation::checksum);
  } else if (layer.layout == &udp::layout) {
    if (!is_whole(layer) || read(octets, udp::checksum) == 0) return;
    const auto [source, destination] = addresses_around(packet, i);
    write(octets, udp::checksum, udp_checksum(source, destination, octets));
  } else if (layer.layout == &gre::layout) {
    if (is_whole(parent) && read(octets, gre::checksum_present) != 0)
      refresh(octets, number("checksum", 4, 2));
  } else if (protocol(packet, parent) == ip::kIcmp && is_whole(parent)) {
    refresh(octets, icmp::checksum);
  }
}

}  // namespace

void refresh_checksums(MutableBytes frame) {
  Packet packet;
  packet.decode(frame);
  const auto layers = packet.layers();
  // From inside outwards: a tunnel's checksum covers those of what it carries.
  for (std::size_t i = layers.size(); i-- > 1;)
    if (!layers[i].is_quote && !layers[i].is_extension) refresh_layer(packet, i, frame);
}

}  // namespace mipvet::wire

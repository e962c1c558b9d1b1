#include "roles/ike_transport.h"

#include "engine/wire/frame.h"
#include "engine/wire/ike_compose.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/udp.h"

namespace mipvet::roles {

void send_message(IkeContext& context, const AddressPair& path, wire::Bytes message) {
  const bool marked = path.local_port != kIkePort && !context.deviates("RFC7296-2-01");
  const wire::Buffer octets =
      marked ? wire::ike::behind_marker(message) : wire::Buffer(message.begin(), message.end());
  wire::Buffer sent = octets;
  if (marked && context.deviates("RFC3948-2.2-01")) sent.front() = 1;
  context.host.send_udp(path.local, path.local_port, path.peer, path.peer_port, sent);
}

void send_esp(IkeContext& context, const AddressPair& path, bool in_udp, wire::Bytes packet) {
  const wire::IpHeader header{.source = path.local, .destination = path.peer};
  if (!in_udp) return context.host.send_ip(wire::ip_datagram(header, wire::ip::kEsp, packet));
  wire::Buffer octets(packet.begin(), packet.end());
  if (context.deviates("RFC3948-2.1-05")) octets = wire::ike::behind_marker(packet);
  const bool other_port = context.deviates("RFC3948-2.1-01");
  wire::Buffer datagram = wire::udp_datagram(
      header, {static_cast<std::uint16_t>(path.local_port + (other_port ? 1 : 0)), path.peer_port},
      octets);
  wire::write(wire::MutableBytes(datagram).subspan(wire::ip::layout.minimum), wire::udp::checksum,
              0);
  if (context.deviates("RFC3948-3.4-01")) {
    const wire::MutableBytes udp = wire::MutableBytes(datagram).subspan(wire::ip::layout.minimum);
    wire::write(udp, wire::udp::length, wire::read(udp, wire::udp::length) - 4);
  }
  context.host.send_ip(datagram);
}

void send_keepalive(IkeContext& context, const AddressPair& path) {
  wire::Buffer octets{wire::ike::keepalive::kOctet};
  if (context.deviates("RFC3948-2.3-01")) octets = {0};
  const bool other_port = context.deviates("RFC3948-2.3-02");
  context.host.send_udp(path.local, other_port ? kIkePort : path.local_port, path.peer,
                        path.peer_port, octets);
}

}  // namespace mipvet::roles

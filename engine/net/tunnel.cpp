#include "engine/net/tunnel.h"

#include "engine/wire/compose.h"
#include "engine/wire/frame.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/mip4.h"

namespace mipvet::net {

namespace ip = wire::ip;
namespace tunnel_data = wire::mip4::tunnel_data;

wire::Buffer encapsulate(wire::Bytes inner, wire::Ipv4Address source,
                         wire::Ipv4Address destination) {
  const wire::View header(ip::layout, inner);
  return wire::ipip_datagram(
      {.source = source,
       .destination = destination,
       .time_to_live = 64,
       .type_of_service = static_cast<std::uint8_t>(header[ip::type_of_service]),
       .dont_fragment = header[ip::dont_fragment] != 0},
      inner);
}

std::optional<wire::Bytes> decapsulate(wire::Bytes outer) {
  const wire::View header(ip::layout, outer);
  const std::size_t length = header[ip::header_length] * 4;
  if (header[ip::protocol] != ip::kIpv4 || length < ip::layout.minimum ||
      outer.size() < length + ip::layout.minimum)
    return std::nullopt;
  return outer.subspan(length);
}

wire::Buffer udp_tunnel_payload(wire::Bytes inner) {
  wire::Buffer result = wire::make(tunnel_data::layout, {{tunnel_data::next_header, ip::kIpv4}});
  result.insert(result.end(), inner.begin(), inner.end());
  return result;
}

std::optional<wire::Bytes> udp_tunnel_datagram(wire::Bytes payload) {
  const wire::View header(tunnel_data::layout, payload);
  if (header[tunnel_data::type] != wire::mip4::kTunnelDataType ||
      header[tunnel_data::next_header] != ip::kIpv4 ||
      payload.size() < tunnel_data::layout.minimum + ip::layout.minimum)
    return std::nullopt;
  return payload.subspan(tunnel_data::layout.minimum);
}

}  // namespace mipvet::net

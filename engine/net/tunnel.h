#pragma once

#include <optional>

#include "engine/wire/address.h"
#include "engine/wire/bytes.h"

/// Tunnels that carry a mobile node's datagrams.
namespace mipvet::net {

/// IP-in-IP (RFC 2003 §3.1): the outer header takes type of service and DF from the inner one.
wire::Buffer encapsulate(wire::Bytes inner, wire::Ipv4Address source,
                         wire::Ipv4Address destination);

/// The datagram inside an IP-in-IP datagram; nothing where it is none or damaged.
std::optional<wire::Bytes> decapsulate(wire::Bytes outer);

/// The payload of a MIP Tunnel Data Message on UDP port 434 (RFC 3519 §3.3) around a datagram.
wire::Buffer udp_tunnel_payload(wire::Bytes inner);

/// The datagram inside a MIP Tunnel Data Message; nothing where it carries no IPv4.
std::optional<wire::Bytes> udp_tunnel_datagram(wire::Bytes payload);

}  // namespace mipvet::net

#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "engine/model/network.h"
#include "engine/net/environment.h"
#include "engine/wire/address.h"
#include "engine/wire/packet.h"

namespace mipvet::net {

/// A UDP datagram that arrived, with what a mobility agent has to know of its way here.
struct Datagram {
  PortId port = 0;
  wire::MacAddress source_mac;
  wire::Ipv4Address source;
  wire::Ipv4Address destination;
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint8_t ttl = 0;
  bool has_checksum = false;    ///< not zero
  bool checksum_wrong = false;  ///< non-zero and wrong: RFC 3344 §3.8.2.1 leaves the choice to us
  wire::Bytes payload;
};

/// How a datagram is to leave. Everything left out is filled in as a host would.
struct SendOptions {
  std::optional<PortId> port = {};  ///< else: by route
  std::optional<wire::MacAddress> next_hop_mac =
      {};  ///< else: by ARP; a foreign agent knows its MN's
  std::uint8_t ttl = 64;
  bool corrupt_udp_checksum = false;  ///< for deviations
};

/// An ICMP error about a datagram that this host sent (RFC 792).
struct IcmpError {
  wire::Ipv4Address from;
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  wire::Bytes quote;  ///< the quoted IPv4 datagram, as much of it as was returned
};

/// The small IPv4 host that every role stands on: addresses, ARP, routes, IP-in-IP and UDP
/// tunnels, ICMP, UDP. It has no mobility in it.
class Host {
 public:
  Host(const model::Network& network, model::NodeId node, Environment& environment);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  Environment& environment() { return environment_; }
  PortId port_count() const;

  // Ports. All start up with their declared addresses and routes, except those of a mobile node,
  // which start down; a port that is down neither sends nor receives.
  void set_up(PortId port, bool up);
  bool is_up(PortId port) const;
  wire::MacAddress mac(PortId port) const;
  LinkId link(PortId port) const;
  std::optional<PortId> port_on(LinkId link) const;

  // Addresses and routes. An address belongs to a port for ARP, but datagrams for it are taken
  // from any port (weak host model, RFC 1122 §3.3.4.2).
  void add_address(PortId port, wire::Ipv4Prefix address);
  void remove_address(PortId port, wire::Ipv4Address address);
  std::optional<wire::Ipv4Prefix> address(PortId port) const;
  bool owns(wire::Ipv4Address address) const;
  void add_route(wire::Ipv4Prefix destination, std::optional<wire::Ipv4Address> next_hop,
                 PortId port);
  void remove_routes(PortId port);
  void set_neighbour(PortId port, wire::Ipv4Address address, wire::MacAddress mac);
  void forget_neighbour(PortId port, wire::Ipv4Address address);

  // ARP (RFC 826). Proxy ARP answers for addresses of others (RFC 3344 §4.6); gratuitous ARP tells
  // neighbours.
  void proxy_arp(PortId port, wire::Ipv4Address address, bool on);
  void answer_arp(PortId port, bool on);
  void gratuitous_arp(PortId port, wire::Ipv4Address address, wire::MacAddress mac);

  // UDP.
  void on_udp(std::uint16_t port, std::function<void(const Datagram&)> handler);
  void send_udp(wire::Ipv4Address source, std::uint16_t source_port, wire::Ipv4Address destination,
                std::uint16_t destination_port, wire::Bytes payload, const SendOptions& = {});

  // IPv4 and ICMP. `datagram` is a whole IPv4 datagram with its header.
  void send_ip(wire::Bytes datagram, const SendOptions& = {});
  void send_icmp(wire::Ipv4Address source, wire::Ipv4Address destination, wire::Bytes message,
                 const SendOptions& = {});
  void on_icmp_error(std::function<void(const IcmpError&)> handler);
  /// Router advertisements and solicitations, echo replies: (port, whole IPv4 datagram).
  void on_icmp(std::uint8_t type, std::function<void(PortId, const wire::Packet&)> handler);
  /// Answers a datagram with an ICMP unreachable of a code (RFC 792), from the address it was for.
  void send_unreachable(wire::Bytes datagram, std::uint8_t code);
  /// UDP ports without a handler are answered with port unreachable unless this is turned off.
  void answer_unreachable(bool on);

  // Forwarding and tunnels. `forward` sees each datagram that is for somebody else, before the
  // routes do; true: it has dealt with it. Off by default: such datagrams are dropped.
  using Forward = std::function<bool(PortId, wire::Bytes datagram, const wire::MacAddress& from)>;
  void enable_forwarding(Forward forward = {});
  /// A datagram of a protocol that is for this host (4: IP-in-IP, 50: ESP ...).
  void on_protocol(std::uint8_t protocol,
                   std::function<void(PortId, wire::Bytes datagram)> handler);
  /// Hands a datagram (from a tunnel) to this host as if it had arrived: local or forwarded.
  void deliver(PortId port, wire::Bytes datagram);

  /// Every frame of the node's ports goes in here.
  void receive(PortId port, wire::Bytes frame);

 private:
  struct State;

  void ask_neighbour(PortId port, wire::Ipv4Address address);
  void receive_arp(PortId port, wire::Bytes payload);
  void receive_ip(PortId port, wire::Bytes datagram, const wire::MacAddress& from);
  bool is_broadcast(wire::Ipv4Address address) const;
  void accept(PortId port, wire::Bytes datagram, const wire::MacAddress& from);
  void accept_udp(PortId port, wire::Bytes datagram, wire::Bytes payload,
                  const wire::MacAddress& from);
  void accept_icmp(PortId port, wire::Bytes datagram, wire::Bytes payload,
                   const wire::MacAddress& from);

  const model::Network& network_;
  model::NodeId node_;
  Environment& environment_;
  std::unique_ptr<State> state_;
};

}  // namespace mipvet::net

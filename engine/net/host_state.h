#pragma once

#include <set>

#include "engine/net/host.h"

/// What a Host holds: for the files that it is written in, and nobody else.
namespace mipvet::net {

struct ArpWait {
  std::vector<wire::Buffer> datagrams;
  std::uint32_t tries = 0;
};

struct RouteEntry {
  wire::Ipv4Prefix destination;
  std::optional<wire::Ipv4Address> next_hop;
  PortId port;
};

struct PortState {
  bool up = false;
  bool answers_arp = true;
  std::vector<wire::Ipv4Prefix> addresses;
  std::set<wire::Ipv4Address> proxied;
  std::map<wire::Ipv4Address, wire::MacAddress> neighbours;
  std::map<wire::Ipv4Address, ArpWait> waiting;
};

struct Host::State {
  std::vector<PortState> ports;
  std::vector<RouteEntry> routes;
  std::map<std::uint16_t, std::function<void(const Datagram&)>> udp;
  std::map<std::uint8_t, std::function<void(PortId, const wire::Packet&)>> icmp;
  std::map<std::uint8_t, std::function<void(PortId, wire::Bytes)>> protocols;
  std::function<void(const IcmpError&)> icmp_error;
  bool answers_unreachable = true;
  bool forwards = false;
  Forward forward;
  std::uint16_t identification = 0;
};

}  // namespace mipvet::net

#include <algorithm>

#include "engine/net/host_state.h"
#include "engine/wire/arp.h"
#include "engine/wire/frame.h"
#include "engine/wire/ipv4.h"

namespace mipvet::net {

// ARP (RFC 826): neighbours, who asks for whom, and what waits for the answer.

using wire::Buffer;
using wire::Bytes;
using wire::Ipv4Address;
using wire::Ipv4Prefix;
using wire::MacAddress;

namespace {

constexpr std::uint32_t kArpTries = 3;
constexpr Duration kArpWait = std::chrono::milliseconds(300);

}  // namespace

void Host::set_neighbour(PortId port, Ipv4Address address, MacAddress mac) {
  PortState& state = state_->ports[port];
  state.neighbours[address] = mac;
  const auto waiting = state.waiting.find(address);
  if (waiting == state.waiting.end()) return;
  const std::vector<Buffer> datagrams = std::move(waiting->second.datagrams);
  state.waiting.erase(waiting);
  for (const Buffer& datagram : datagrams)
    environment_.transmit(port, wire::ip_frame({this->mac(port), mac}, datagram));
}

void Host::forget_neighbour(PortId port, Ipv4Address address) {
  state_->ports[port].neighbours.erase(address);
}

void Host::proxy_arp(PortId port, Ipv4Address address, bool on) {
  if (on)
    state_->ports[port].proxied.insert(address);
  else
    state_->ports[port].proxied.erase(address);
}

void Host::answer_arp(PortId port, bool on) {
  state_->ports[port].answers_arp = on;
}

void Host::gratuitous_arp(PortId port, Ipv4Address address, MacAddress announced) {
  // RFC 3344 §4.6: both protocol addresses are the announced one.
  environment_.transmit(
      port, wire::arp_frame({mac(port), wire::kBroadcastMac}, {.operation = wire::arp::kRequest,
                                                               .sender_mac = announced,
                                                               .sender_ip = address,
                                                               .target_mac = {},
                                                               .target_ip = address}));
}

void Host::ask_neighbour(PortId port, Ipv4Address address) {
  PortState& state = state_->ports[port];
  const auto waiting = state.waiting.find(address);
  if (waiting == state.waiting.end()) return;
  if (waiting->second.tries++ >= kArpTries) {
    state.waiting.erase(waiting);
    return;
  }
  const auto own = this->address(port);
  environment_.transmit(port, wire::arp_frame({mac(port), wire::kBroadcastMac},
                                              {.operation = wire::arp::kRequest,
                                               .sender_mac = mac(port),
                                               .sender_ip = own ? own->address : Ipv4Address{},
                                               .target_mac = {},
                                               .target_ip = address}));
  environment_.schedule(kArpWait, [this, port, address] { ask_neighbour(port, address); });
}

void Host::receive_arp(PortId port, Bytes payload) {
  if (payload.size() < wire::arp::layout.minimum) return;
  const wire::View message(wire::arp::layout, payload);
  const Ipv4Address sender = message.address(wire::arp::sender_ip);
  const Ipv4Address target = message.address(wire::arp::target_ip);
  const MacAddress sender_mac = message.mac(wire::arp::sender_mac);
  PortState& state = state_->ports[port];
  const bool known = state.neighbours.contains(sender) || state.waiting.contains(sender);
  const bool for_us = std::any_of(state.addresses.begin(), state.addresses.end(),
                                  [&](const Ipv4Prefix& own) { return own.address == target; });
  if (!sender.is_zero() && (known || for_us)) set_neighbour(port, sender, sender_mac);
  if (message[wire::arp::operation] != wire::arp::kRequest || sender == target) return;
  const bool answers = (for_us && state.answers_arp) || state.proxied.contains(target);
  if (!answers) return;
  environment_.transmit(port,
                        wire::arp_frame({mac(port), sender_mac}, {.operation = wire::arp::kReply,
                                                                  .sender_mac = mac(port),
                                                                  .sender_ip = target,
                                                                  .target_mac = sender_mac,
                                                                  .target_ip = sender}));
}

}  // namespace mipvet::net

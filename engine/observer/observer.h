#pragma once

#include <memory>
#include <vector>

#include "engine/observer/agents.h"
#include "engine/observer/datagrams.h"
#include "engine/observer/ipsec.h"
#include "engine/observer/key_ring.h"
#include "engine/observer/registrations.h"
#include "engine/observer/reverse_tunnels.h"
#include "engine/observer/sighter.h"

namespace mipvet::observer {

/// Watches frames, whatever their source: a simulated network, live links or captures. It sees
/// (time, link, octets) and the declared network, and never asks a node what it did. What it sees
/// it tells the sink as facts. Frames have to come in order of time; memory goes with what is
/// open, not with how long it watches. What is on a link between the marker of a scenario's end and
/// that of the next one's begin is no part of any: whoever watches ends a little later than others.
class Observer {
 public:
  /// `network` and `sink` have to live longer.
  Observer(const model::Network& network, FactSink& sink);

  /// What IKE and ESP are decrypted by from now on.
  void add_keys(const crypto::KeyLog& keys);

  /// `number`: what findings cite the frame by, its place in its capture (from 1).
  void frame(const net::Frame& frame, std::uint64_t number);
  void frame(const net::Frame& frame) { this->frame(frame, count_ + 1); }
  /// Nothing follows after `end`; obligations that end later stay open.
  void finish(net::Time end);

  /// Frames seen so far.
  std::uint64_t frames() const { return count_; }
  /// When the last frame was seen.
  net::Time now() const { return now_; }
  const Registrations& registrations() const { return registrations_; }
  /// Null in a network without a VPN gateway.
  const Ipsec* ipsec() const { return ipsec_.get(); }

 private:
  void marker(LinkId link);
  void arp(const net::Frame& frame);
  void unreachable(const Place& place);
  void tunnelled(const Place& outer, const Place& place);

  const model::Network& network_;
  FactSink& sink_;
  KeyRing keys_;
  wire::DecodeOptions decode_;
  AddressBook addresses_;
  Sighter sighter_;
  Registrations registrations_;
  Agents agents_;
  Datagrams datagrams_;
  ReverseTunnels reverse_tunnels_;
  std::unique_ptr<Ipsec> ipsec_;  // null: the network has no VPN gateway
  wire::Packet packet_;
  Sighting sighting_;
  std::vector<bool> over_;  // by link: its end marker was seen
  std::uint64_t number_ = 0;
  std::uint64_t count_ = 0;
  net::Time now_{};
};

}  // namespace mipvet::observer

#pragma once

#include "engine/observer/address_book.h"
#include "engine/observer/sighting.h"
#include "engine/observer/verifier.h"

namespace mipvet::observer {

/// Turns a decoded frame into what is kept of it: who sent it to whom on which link, and whether
/// its authenticators are right.
class Sighter {
 public:
  Sighter(const model::Network& network, AddressBook& addresses);

  /// Where the outermost IPv4 header of a packet stood; where there is none, the frame.
  Place outer(const net::Frame& frame, std::uint64_t number, const wire::Packet& packet) const;
  /// Where the message of a packet stood, whose outermost header stood there.
  Place place(const Place& outer, const wire::Packet& packet) const;
  /// A registration request or reply, with its extensions.
  void registration(const Place& place, const wire::Packet& packet, Sighting& result) const;
  /// Whether its authenticators are right.
  void verify(Sighting& message) { verifier_.verify(message); }
  /// Addresses that nodes tell their neighbours.
  void learn(const net::Frame& frame, const wire::Packet& packet);

 private:
  static void note_ip(Place& place, const wire::Packet& packet, const wire::Layer& ip);
  static void note_udp(Place& place, const wire::Packet& packet, const wire::Layer& udp);
  void identify(Place& place) const;
  void identify_inside(Place& place, const Place& outer) const;
  void name_nodes(Sighting& message) const;

  const model::Network& network_;
  AddressBook& addresses_;
  Verifier verifier_;
};

}  // namespace mipvet::observer

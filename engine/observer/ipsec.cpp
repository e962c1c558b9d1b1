#include "engine/observer/ipsec.h"

#include "engine/observer/ike_sighter.h"
#include "engine/wire/esp.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/udp.h"

namespace mipvet::observer {

namespace {

/// ESP that is in no other tunnel; null where there is none.
const wire::Layer* outermost_esp(const wire::Packet& packet) {
  const wire::Layer* esp = packet.find(wire::esp::layout);
  const wire::Layer* second = packet.find(wire::ip::layout, 1);
  return esp != nullptr && (second == nullptr || esp->offset < second->offset) ? esp : nullptr;
}

}  // namespace

Ipsec::Ipsec(const model::Network& network, AddressBook& addresses, const KeyRing& keys,
             const Registrations& registrations, FactSink& sink)
    : network_(network),
      store_(network),
      stays_(network, addresses, registrations, store_, sink),
      exchanges_(network, addresses, keys, store_, stays_, sink),
      traffic_(network, registrations, addresses, store_, exchanges_, stays_, sink),
      delivery_(network, addresses, store_, sink) {}

void Ipsec::frame(const Place& outer, const Place& place, wire::Bytes octets,
                  const wire::Packet& packet) {
  stays_.frame(outer, packet);
  if (packet.find(wire::ip::layout) == nullptr) return;
  const wire::Layer* esp = outermost_esp(packet);
  if (is_ike(packet) && !place.tunnelled) {
    sight_ike(place, octets, packet, message_);
    exchanges_.message(message_);
    traffic_.ike(outer);
  } else if (packet.message().layout == &wire::ike::keepalive::layout && !place.tunnelled) {
    traffic_.keepalive(outer, packet);
  } else if (esp != nullptr) {
    traffic_.esp(outer, packet, *esp);
  }
  delivery_.frame(outer, packet, esp);
  if (outer.transmitter != model::kNobody &&
      network_.node(outer.transmitter).role == Role::mobile_node)
    traffic_.datagram(outer, place, packet);
}

void Ipsec::advance(Time now) {
  exchanges_.advance(now);
  delivery_.advance(now);
  traffic_.advance(now);
  stays_.advance(now);
}

}  // namespace mipvet::observer

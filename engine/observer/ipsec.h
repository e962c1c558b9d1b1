#pragma once

#include "engine/observer/esp_delivery.h"
#include "engine/observer/esp_traffic.h"
#include "engine/observer/sighter.h"

namespace mipvet::observer {

/// Everything about VPN gateways and the mobile nodes that use them. Only networks that have one
/// have this.
class Ipsec {
 public:
  Ipsec(const model::Network& network, AddressBook& addresses, const KeyRing& keys,
        const Registrations& registrations, FactSink& sink);

  /// Any frame, before all else. True: it is DHCP, and whose this frame is may be known only now.
  bool learn(const Place& outer, const wire::Packet& packet) { return stays_.learn(outer, packet); }
  /// Any frame, as it came and taken apart, before anybody else looks at what is in it.
  void frame(const Place& outer, const Place& place, wire::Bytes octets,
             const wire::Packet& packet);
  /// Before the registrations are told.
  void request(const Sighting& seen) { stays_.request(seen); }
  /// After they were.
  void reply(const Sighting& seen) { stays_.reply(seen); }
  void advance(Time now);

  const IkeStore& ike() const { return store_; }

 private:
  const model::Network& network_;
  IkeStore store_;
  Stays stays_;
  IkeExchanges exchanges_;
  EspTraffic traffic_;
  EspDelivery delivery_;
  IkeMessage message_;
};

}  // namespace mipvet::observer

#pragma once

#include <map>
#include <vector>

#include "engine/observer/fact_sink.h"
#include "engine/observer/ike_exchanges.h"

namespace mipvet::observer {

/// ESP packets, keepalives and the datagrams of mobile nodes, on the links of those who send them.
class EspTraffic {
 public:
  EspTraffic(const model::Network& network, const Registrations& registrations,
             const AddressBook& addresses, IkeStore& ike, IkeExchanges& exchanges, Stays& stays,
             FactSink& sink);

  /// `outer` is the place of the outermost IPv4 header, `esp` the layer right behind it.
  void esp(const Place& outer, const wire::Packet& packet, const wire::Layer& esp);
  void keepalive(const Place& outer, const wire::Packet& packet);
  /// A frame with the MAC address of a mobile node; `innermost` is the place of its message.
  void datagram(const Place& outer, const Place& innermost, const wire::Packet& packet);
  /// Anything of IKE that a node sends.
  void ike(const Place& outer);

  void advance(Time now) {
    if (now >= next_silence_) note_silence(now);
  }

 private:
  struct Sent {
    Place last;
    Time keepalive{};
    bool told = false;  ///< that it is silent
  };
  /// Layers between the outermost and the innermost IPv4 header.
  struct Nesting {
    const wire::Layer* innermost = nullptr;
    const wire::Layer* tunnel = nullptr;  ///< outer header of the innermost Mobile IP tunnel
    const wire::Layer* esp = nullptr;     ///< outermost
    bool in_mip_udp = false;
    bool esp_in_mip = false;
  };

  static Nesting nesting(const wire::Packet& packet);
  void refresh(const Place& outer, const IkeSa& sa, std::uint8_t side);
  void note_silence(Time now);
  /// The IKE SA of a node, and which side of it the node is.
  const IkeSa* live(NodeId node, std::uint8_t& side) const;

  const model::Network& network_;
  const Registrations& registrations_;
  const AddressBook& addresses_;
  IkeStore& ike_;
  IkeExchanges& exchanges_;
  Stays& stays_;
  FactSink& sink_;
  std::map<NodeId, Sent> sent_;
  Time next_silence_ = Time::max();
};

}  // namespace mipvet::observer

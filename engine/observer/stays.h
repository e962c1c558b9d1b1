#pragma once

#include <array>
#include <map>
#include <optional>

#include "engine/observer/address_book.h"
#include "engine/observer/fact_sink.h"
#include "engine/observer/ike_records.h"
#include "engine/observer/registrations.h"

namespace mipvet::observer {

/// Where each mobile node is, and what it does there to find out whether it is inside or outside
/// (mip4-mobike §3.4).
class Stays {
 public:
  Stays(const model::Network& network, AddressBook& addresses, const Registrations& registrations,
        const IkeStore& ike, FactSink& sink);

  /// The stay of a mobile node; null: it is on no link that was seen.
  const Stay* current(NodeId node) const;

  // Any frame; `outer` is the place of its outermost IPv4 header, or of the frame.
  /// Of DHCP: who has which address. False: it is no such message.
  bool learn(const Place& outer, const wire::Packet& packet);
  void frame(const Place& outer, const wire::Packet& packet);
  // What a mobile node sends or gets; to be told before anything else changes by it.
  void request(const Sighting& seen);
  void reply(const Sighting& seen);
  void ike_request(const IkeMessage& seen, bool is_copy);
  void ike_response(const IkeMessage& request, const IkeMessage& seen, NodeId client);
  void esp(NodeId node, const Place& place);
  void traffic(NodeId node, const Place& place, bool in_esp);
  /// A datagram in a UDP tunnel (RFC 3519) outside ESP.
  void in_udp_tunnel(NodeId node, const Place& place);

  static Way way_of(const Sighting& seen, const Stay* stay, const model::Network& network,
                    const AddressBook& addresses);

  void advance(Time now) {
    if (now >= next_due_) review(now);
  }

 private:
  static constexpr std::size_t kMoments = 6;  // but for `left`
  struct Visitor {
    NodeId node = model::kNobody;
    Stay stay;
    std::optional<Stay> previous;
    std::array<bool, kMoments> told{};
    std::array<RequestMemory, 5> by_way;  ///< its last request of each way
    std::uint16_t port = 0;               ///< of its last request: where it listens
    bool has_stay = false;
  };

  Visitor* visitor(NodeId node);
  const Visitor* find(NodeId node) const;
  void begin(Visitor& visitor, const Place& place);
  void echo(const Place& outer, const wire::Packet& packet);
  bool is_tunnelled_to(NodeId node, const wire::Packet& packet) const;
  bool is_home_address(NodeId node, wire::Ipv4Address address) const;
  void dhcp(const Place& outer, const wire::Packet& packet);
  Time due(const Visitor& visitor, StayReviewed::Moment moment) const;
  void review(Time now);
  void reschedule();
  void tell(Visitor& visitor, StayReviewed::Moment moment, Time now);
  void lease(NodeId node, const Place& place, wire::Ipv4Address address);
  Circumstances circumstances_of(const Visitor& visitor) const;

  const model::Network& network_;
  AddressBook& addresses_;
  const Registrations& registrations_;
  const IkeStore& ike_;
  FactSink& sink_;
  std::map<NodeId, Visitor> visitors_;
  Time next_due_ = Time::max();
};

}  // namespace mipvet::observer

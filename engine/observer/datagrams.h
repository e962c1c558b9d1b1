#pragma once

#include <array>
#include <map>
#include <memory_resource>
#include <utility>
#include <vector>

#include <boost/circular_buffer.hpp>

#include "engine/observer/address_book.h"
#include "engine/observer/fact_sink.h"
#include "engine/observer/registrations.h"

namespace mipvet::observer {

/// Datagrams for home addresses: which node that keeps bindings was given them, and through which
/// tunnels it sent them on. What is inside them does not matter: where the draft has ESP from the
/// VPN gateway (MIPP §5.4), any datagram that reaches the proxy from its DMZ side stands for it.
///
/// A mobile node is watched from the first datagram for it on, so that registrations without data
/// cost nothing here.
class Datagrams {
 public:
  Datagrams(const model::Network& network, const AddressBook& addresses,
            const Registrations& registrations, FactSink& sink);

  /// A datagram that is in no tunnel.
  void offered(const Place& place, const wire::Packet& packet);
  /// One in a tunnel; `copy` is the place of the outer header.
  void tunnelled(const TunnelCopy& copy, wire::View inner);

  // What changes bindings, or must not. To be told after the registrations were.
  void request(const Sighting& seen) {
    if (!watched_.empty()) note_request(seen);
  }
  void reply(const Sighting& seen) {
    if (!watched_.empty()) note_reply(seen);
  }
  void unreachable(Identity identity, NodeId receiver);

  /// Time has come to `now`: tells what is settled by then.
  void advance(Time now) {
    while (!offers_.empty() && offers_.front().place.time + network_.windows.reply <= now) {
      settle(offers_.front());
      offers_.pop_front();
    }
  }

 private:
  /// A mobile node at a node that keeps bindings.
  struct Watch {
    NodeId agent = model::kNobody;
    Bindings bindings;  ///< as they were last seen to change
    BindingStory story;
    std::uint32_t asked = 0;  ///< low-order Identification of the last authentic request
    std::uint16_t asked_lifetime = 0;
    bool asked_for_all = false;
    Time changing_until;  ///< bindings may change any moment up to then
    Time touched;
  };
  using Key = std::pair<Identity, NodeId>;

  struct Offer {
    static constexpr std::size_t kMaxCopies = 4;
    Place place;
    Key key;
    NodeId mobile_node = model::kNobody;
    std::uint64_t digest = 0;
    Bindings bindings;
    BindingStory story;
    bool in_flux = false;  ///< bindings changed before the datagram was sent on
    std::uint8_t copy_count = 0;
    std::array<TunnelCopy, kMaxCopies> copies;
    bool went_to(const TunnelCopy& copy) const;
  };
  /// More datagrams that are under way at once say nothing new.
  static constexpr std::size_t kMaxOffers = 256;

  bool keeps_bindings(NodeId node, const Place& place) const;
  Watch* find(Identity identity, NodeId agent);
  Watch& watch(const Key& key, Time now);
  void note_request(const Sighting& seen);
  void note_reply(const Sighting& seen);
  void sent(const Key& key, Watch& watch, const Sighting& reply);
  void received(const Key& key, Watch& watch, const Sighting& reply);
  void changes(const Key& key, Watch& watch, Time until);
  void settle(const Offer& offer);
  void sweep(Time now);

  const model::Network& network_;
  const AddressBook& addresses_;
  const Registrations& registrations_;
  FactSink& sink_;
  std::pmr::unsynchronized_pool_resource memory_;
  std::pmr::map<Key, Watch> watched_;
  std::size_t sweep_at_ = 1024;
  std::vector<bool> tunnelled_;  // [node]
  boost::circular_buffer<Offer> offers_{kMaxOffers};
};

}  // namespace mipvet::observer

#pragma once

#include <array>
#include <memory_resource>
#include <unordered_map>

#include <boost/circular_buffer.hpp>

#include "engine/observer/address_book.h"
#include "engine/observer/exchange.h"
#include "engine/observer/facts.h"

namespace mipvet::observer {

/// Puts registrations together from single sightings and tells the sink what they show. Knows
/// nothing but the frames: which copy belongs to which request is found by Identification, mobile
/// node, and by which node has received what before.
class Registrations {
 public:
  Registrations(const model::Network& network, const AddressBook& addresses, FactSink& sink);

  void request(const Sighting& sighting);
  void reply(const Sighting& sighting);
  /// An ICMP unreachable that quotes a registration request; whose it was, 0: nobody's that is
  /// known.
  Identity unreachable(const Place& place, std::uint8_t code, wire::Ipv4Address quoted_source,
                       wire::Ipv4Address quoted_destination, std::uint16_t quoted_source_port,
                       wire::Bytes quoted_message);

  /// Time has come to `now`: tells what is settled by then.
  void advance(Time now);
  /// Nothing follows after `end`. What is not settled by then stays untold.
  void finish(Time end) { advance(end); }

  std::size_t open_exchanges() const { return store_.open_count(); }
  std::size_t mobile_nodes() const { return states_.size(); }
  const Bindings* bindings(Identity identity, NodeId agent) const;

 private:
  /// What is remembered of a mobile node between its registrations.
  struct State {
    RequestMemory request;
    ReplyMemory reply;
    Bindings registered;
    /// Mobile node, foreign agent, proxy, home agent: of one registration each is granted one.
    std::array<Bindings, 4> agents;
    ExchangeId latest = kNone;
    std::uint32_t latest_generation = 0;
    Time touched;
  };
  struct Deadline {
    Time time;
    ExchangeId exchange;
    std::uint32_t generation;
    ItemId item;  ///< kNone: the exchange has waited long enough for a late reply
  };
  using Queue = boost::circular_buffer<Deadline>;

  State& state(Identity identity, Time now);
  Bindings& bindings(State& state, NodeId agent);
  ItemId append(ExchangeId exchange, Item::Kind kind, const Sighting& sighting);
  static void push(Queue& queue, const Deadline& deadline);
  ExchangeId exchange_of(const Sighting& sighting, State& state, std::uint64_t identification);

  bool is_agent(NodeId node) const;
  bool is_relay(NodeId node) const;
  NodeId sender_of(const Sighting& sighting, const Exchange* exchange);
  ItemId received_request(const Exchange& exchange, NodeId node, const Sighting* answer);
  ItemId received_reply(const Exchange& exchange, NodeId node);
  ItemId relayed_copy(const Exchange& exchange, ItemId request, NodeId by);
  void look(Exchange& exchange, const Sighting& request);

  void grant(State& state, NodeId agent, const Sighting& request, const Sighting& reply);
  void reach_mobile_node(State& state, const Exchange& exchange, const Sighting& reply,
                         const Item* request);
  void settle(const Deadline& deadline);
  void settle_request(Exchange& exchange, Item& item, ItemId id);
  void settle_reply(Exchange& exchange, Item& item, ItemId id);
  bool unanswered(const Exchange& exchange);
  void sweep(Time now);

  const model::Network& network_;
  const AddressBook& addresses_;
  FactSink& sink_;
  ExchangeStore store_;
  std::pmr::unsynchronized_pool_resource memory_;
  std::pmr::unordered_map<Identity, State> states_;
  std::size_t sweep_at_ = 4096;
  Queue settling_{1024};
  Queue waiting_{64};
};

}  // namespace mipvet::observer

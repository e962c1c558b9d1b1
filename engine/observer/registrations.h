#pragma once

#include <boost/circular_buffer.hpp>

#include "engine/observer/address_book.h"
#include "engine/observer/exchange.h"
#include "engine/observer/fact_sink.h"
#include "engine/observer/mobile_nodes.h"
#include "engine/observer/relations.h"

namespace mipvet::observer {

/// Puts registrations together from single sightings and tells the sink what they show. Knows
/// nothing but the frames: which copy belongs to which request is found by Identification, mobile
/// node, and by which node has received what before.
class Registrations {
 public:
  Registrations(const model::Network& network, const AddressBook& addresses, FactSink& sink);

  /// A registration of that mobile node follows.
  void expect(Identity identity) const { mobile_nodes_.expect(identity); }
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
  std::size_t mobile_nodes() const { return mobile_nodes_.count(); }
  /// What is remembered of a mobile node; as before any registration where nothing is.
  const MobileNode& mobile_node(Identity identity) const;
  const Bindings* bindings(Identity identity, NodeId agent) const {
    return mobile_nodes_.bindings(identity, agent);
  }

 private:
  struct Deadline {
    Time time;
    ExchangeId exchange;
    std::uint32_t generation;
    ItemId item;  ///< kNone: the exchange has waited long enough for a late reply
  };
  using Queue = boost::circular_buffer<Deadline>;

  ItemId append(ExchangeId exchange, Item::Kind kind, const Sighting& sighting);
  static void push(Queue& queue, const Deadline& deadline);
  /// The exchange that a message belongs to, a new one where it begins one.
  ExchangeId exchange_of(const Sighting& sighting, const MobileNode& mobile,
                         std::uint64_t identification);
  ExchangeId find_exchange(const Sighting& sighting, const MobileNode& mobile,
                           std::uint64_t identification) const;

  void settle(const Deadline& deadline);
  void settle_request(Exchange& exchange, Item& item, ItemId id);
  void settle_reply(Exchange& exchange, Item& item, ItemId id);

  const model::Network& network_;
  const AddressBook& addresses_;
  FactSink& sink_;
  ExchangeStore store_;
  Relations relations_;
  MobileNodes mobile_nodes_;
  Queue settling_{1024};
  Queue waiting_{64};
};

}  // namespace mipvet::observer

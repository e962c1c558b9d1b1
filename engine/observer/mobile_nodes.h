#pragma once

#include <array>
#include <memory_resource>
#include <unordered_map>

#include "engine/observer/address_book.h"
#include "engine/observer/exchange.h"
#include "engine/observer/facts.h"
#include "engine/observer/prefetch.h"

namespace mipvet::observer {

/// What is remembered of a mobile node between its registrations.
struct MobileNode {
  RequestMemory request;
  std::uint32_t request_spi = 0;  ///< of the ESP that it came in; 0: in none
  ReplyMemory reply;
  Bindings registered;
  /// Mobile node, foreign agent, proxy, home agent: of one registration each is granted one.
  std::array<Bindings, 4> agents;
  ExchangeId latest = kNone;
  std::uint32_t latest_generation = 0;
  /// The home agent that it has asked from where no answer can go: what that holds for it does not
  /// show any more.
  NodeId unheard = model::kNobody;
  Time touched;
};

/// The mobile nodes that were seen, and the bindings that they were granted.
class MobileNodes {
 public:
  MobileNodes(const model::Network& network, const AddressBook& addresses)
      : network_(network), addresses_(addresses), nodes_(&memory_) {}

  MobileNode& of(Identity identity, Time now);
  /// `of` follows.
  void expect(Identity identity) const {
    if (const MobileNode* known = find(identity)) prefetch(known, sizeof *known);
  }
  /// Null: never seen, or long forgotten.
  const MobileNode* find(Identity identity) const;
  /// The bindings at an agent; null: none was ever granted.
  const Bindings* bindings(Identity identity, NodeId agent) const;
  /// The same with a place made for them.
  static Bindings& bindings(MobileNode& mobile, NodeId agent);

  /// It has sent a request.
  static void asked(MobileNode& mobile, const Sighting& request);
  /// An agent has accepted: what its bindings are from now on (RFC 3344 §3.8.2.2).
  void granted(MobileNode& mobile, NodeId agent, const Sighting& request,
               const Sighting& reply) const;
  /// A reply has reached it, to `question` (null: to nothing).
  void answered(MobileNode& mobile, const Exchange& exchange, const Sighting& reply,
                const Item* question) const;

  /// Forgets those without a binding that were not seen for long, once there are very many.
  void sweep(Time now, const ExchangeStore& exchanges);

  std::size_t count() const { return nodes_.size(); }

 private:
  const model::Network& network_;
  const AddressBook& addresses_;
  std::pmr::unsynchronized_pool_resource memory_;
  std::pmr::unordered_map<Identity, MobileNode> nodes_;
  std::size_t sweep_at_ = 4096;
};

}  // namespace mipvet::observer

#pragma once

#include "engine/observer/exchange.h"

namespace mipvet::observer {

/// Which message of an exchange belongs to which: what a node had received before it sent.
class Relations {
 public:
  Relations(const model::Network& network, const ExchangeStore& store)
      : network_(network), store_(store) {}

  /// Home agent, foreign agent or proxy.
  bool is_agent(NodeId node) const;
  /// An agent that passes registrations on.
  bool is_relay(NodeId node) const;

  /// Who sent a message, which may be of an exchange (else null).
  NodeId sender_of(const Sighting& sighting, const Exchange* exchange) const;

  // The items of an exchange, kNone where there is none such.

  /// The request that a node has received; of several the one that `answer` goes back to or, with
  /// null, the first that it has not relayed yet.
  ItemId received_request(const Exchange& exchange, NodeId node, const Sighting* answer) const;
  /// The reply that a node has received; of several the last that it has not passed on and that
  /// `passed_on` says the same as, else the last.
  ItemId received_reply(const Exchange& exchange, NodeId node, const Sighting& passed_on) const;
  /// The copy of a request that a node has sent on.
  ItemId relayed_copy(const Exchange& exchange, ItemId request, NodeId by) const;

  /// An agent has a request that it has not answered.
  bool unanswered(const Exchange& exchange) const;

 private:
  const model::Network& network_;
  const ExchangeStore& store_;
};

}  // namespace mipvet::observer

#include "engine/observer/relations.h"

#include "engine/wire/mip4.h"

namespace mipvet::observer {

namespace request = wire::mip4::request;
namespace reply = wire::mip4::reply;

bool Relations::is_agent(NodeId node) const {
  if (node == model::kNobody) return false;
  const Role role = network_.node(node).role;
  return role == Role::home_agent || role == Role::foreign_agent || role == Role::mip_proxy;
}

bool Relations::is_relay(NodeId node) const {
  return is_agent(node) && network_.node(node).role != Role::home_agent;
}

NodeId Relations::sender_of(const Sighting& seen, const Exchange* exchange) const {
  if (seen.by_tester) return model::kNobody;
  // What a node received as its addressee and sends on is its own message, whatever source
  // address it puts on it; a router only forwards what is for others.
  if (seen.transmitter != seen.sender && is_relay(seen.transmitter) && exchange != nullptr &&
      received_request(*exchange, seen.transmitter, nullptr) != kNone)
    return seen.transmitter;
  return seen.sender;
}

ItemId Relations::received_request(const Exchange& exchange, NodeId node,
                                   const Sighting* answer) const {
  ItemId latest = kNone;
  ItemId best = kNone;    // one that is not relayed yet, or that the answer goes back to
  bool is_exact = false;  // ... with the answer's Identification, of which half may be copied
  store_.each(exchange, [&](ItemId id, const Item& item) {
    if (item.kind != Item::Kind::request || item.sighting.receiver != node) return;
    latest = id;
    if (answer == nullptr) {
      if (best == kNone && relayed_copy(exchange, id, node) == kNone) best = id;
    } else if (item.sighting.source == answer->destination &&
               item.sighting.source_port == answer->destination_port) {
      const bool exact = item.sighting[request::identification] == (*answer)[reply::identification];
      if (exact || !is_exact) best = id;
      is_exact = is_exact || exact;
    }
  });
  return best != kNone ? best : latest;
}

ItemId Relations::received_reply(const Exchange& exchange, NodeId node,
                                 const Sighting& passed_on) const {
  const auto is_passed_on = [&](ItemId received) {
    bool result = false;
    store_.each(exchange, [&](ItemId, const Item& item) {
      result = result || (item.kind == Item::Kind::reply && item.relays == received);
    });
    return result;
  };
  ItemId latest = kNone;
  ItemId alike = kNone;
  store_.each(exchange, [&](ItemId id, const Item& item) {
    if (item.kind != Item::Kind::reply || item.sighting.receiver != node) return;
    latest = id;
    const bool same_code = item.sighting[reply::code] == passed_on[reply::code];
    const bool both_accept = item.sighting[reply::code] <= 1 && passed_on[reply::code] <= 1;
    if ((same_code || both_accept) &&
        item.sighting[reply::home_address] == passed_on[reply::home_address] && !is_passed_on(id))
      alike = id;
  });
  return alike != kNone ? alike : latest;
}

ItemId Relations::relayed_copy(const Exchange& exchange, ItemId request_id, NodeId by) const {
  ItemId result = kNone;
  store_.each(exchange, [&](ItemId id, const Item& item) {
    if (item.kind == Item::Kind::request && item.relays == request_id && item.sighting.sender == by)
      result = id;
  });
  return result;
}

bool Relations::unanswered(const Exchange& exchange) const {
  bool result = false;
  store_.each(exchange, [&](ItemId id, const Item& item) {
    if (item.kind != Item::Kind::request || !is_agent(item.sighting.receiver)) return;
    bool answered = false;
    store_.each(exchange, [&](ItemId, const Item& other) {
      answered = answered || (other.kind == Item::Kind::reply && other.answers == id);
    });
    result = result || !answered;
  });
  return result;
}

}  // namespace mipvet::observer

#include "engine/observer/registrations.h"

#include <algorithm>

#include "engine/observer/surroundings.h"
#include "engine/wire/mip4.h"

namespace mipvet::observer {

namespace request = wire::mip4::request;
namespace reply = wire::mip4::reply;
namespace ha_parameter = wire::mip4::ha_parameter;

namespace {

/// A few sightings of an exchange, for the spans of a fact; more than these say nothing new.
struct Some {
  std::array<const Sighting*, 8> list{};
  std::size_t count = 0;
  void add(const Sighting& sighting) {
    if (count < list.size()) list[count++] = &sighting;
  }
  std::span<const Sighting* const> span() const { return {list.data(), count}; }
};

}  // namespace

Registrations::Registrations(const model::Network& network, const AddressBook& addresses,
                             FactSink& sink)
    : network_(network),
      addresses_(addresses),
      sink_(sink),
      relations_(network, store_),
      mobile_nodes_(network, addresses) {}

void Registrations::request(const Sighting& seen) {
  MobileNode& mobile = mobile_nodes_.of(seen.identity, seen.time);
  const ExchangeId id = exchange_of(seen, mobile, seen[request::identification]);
  const NodeId sender = relations_.sender_of(seen, &store_[id]);

  const ItemId received = relations_.is_relay(sender)
                              ? relations_.received_request(store_[id], sender, nullptr)
                              : kNone;
  const ItemId item_id = append(id, Item::Kind::request, seen);
  Exchange& exchange = store_[id];
  Item& item = store_.item(item_id);
  item.sighting.sender = sender;
  item.relays = received;
  const bool is_first = exchange.first == item_id;
  if (is_first) exchange.mobile_node = seen.mobile_node;
  add_circumstances(exchange.circumstances, item.sighting, is_first, network_, addresses_);
  if (relations_.is_agent(seen.receiver))
    item.bindings = MobileNodes::bindings(mobile, seen.receiver);
  if (seen.receiver != model::kNobody && seen.is_authentic() &&
      network_.node(seen.receiver).role == Role::home_agent)
    mobile.unheard =
        can_reach(network_.node(seen.receiver), seen.source) ? model::kNobody : seen.receiver;

  const Fact fact{network_, sender, exchange.circumstances, exchange.mobile_node};
  if (received != kNone) {
    std::uint32_t copies = 0;
    store_.each(exchange, [&](ItemId, const Item& other) {
      copies += other.kind == Item::Kind::request && other.relays == received ? 1U : 0U;
    });
    const Item& from = store_.item(received);
    sink_.on(RequestRelayed{fact, from.sighting, item.sighting, copies, from.bindings});
  } else if (sender != model::kNobody && network_.node(sender).role == Role::mobile_node) {
    sink_.on(RequestSent{fact, item.sighting, mobile.request, mobile.reply, mobile.registered});
    MobileNodes::asked(mobile, seen);
  }
  mobile.latest = id;
  mobile.latest_generation = exchange.generation;
}

void Registrations::reply(const Sighting& seen) {
  MobileNode& mobile = mobile_nodes_.of(seen.identity, seen.time);
  const ExchangeId id = exchange_of(seen, mobile, seen[reply::identification]);
  const NodeId sender = relations_.sender_of(seen, &store_[id]);

  const ItemId received =
      relations_.is_relay(sender) ? relations_.received_reply(store_[id], sender, seen) : kNone;
  const ItemId asked =
      relations_.is_agent(sender) ? relations_.received_request(store_[id], sender, &seen) : kNone;
  const ItemId item_id = append(id, Item::Kind::reply, seen);
  const Exchange& exchange = store_[id];
  Item& item = store_.item(item_id);
  item.sighting.sender = sender;
  item.relays = received;
  item.answers = asked;

  if (asked != kNone) {
    const Item& question = store_.item(asked);
    const ItemId copy = relations_.relayed_copy(exchange, asked, sender);
    const Fact fact{network_, sender, exchange.circumstances, exchange.mobile_node};
    const Bindings& held = MobileNodes::bindings(mobile, sender);
    if (received != kNone && copy != kNone) {
      std::uint32_t copies = 0;
      store_.each(exchange, [&](ItemId, const Item& other) {
        copies += other.kind == Item::Kind::reply && other.relays == received ? 1U : 0U;
      });
      sink_.on(ReplyRelayed{fact, question.sighting, store_.item(copy).sighting,
                            store_.item(received).sighting, item.sighting, copies, held,
                            mobile.latest != id});
    } else {
      std::uint32_t unreachables = 0;
      std::uint8_t code = 0;
      store_.each(exchange, [&](ItemId, const Item& other) {
        if (other.kind != Item::Kind::unreachable || other.sighting.receiver != sender) return;
        if (unreachables++ == 0) code = other.icmp_code;
      });
      sink_.on(ReplySent{fact, question.sighting, item.sighting, copy != kNone, unreachables, code,
                         held});
    }
    mobile_nodes_.granted(mobile, sender, question.sighting, item.sighting);
  }
  const NodeId receiver = item.sighting.receiver;
  if (receiver != model::kNobody && network_.node(receiver).role == Role::mip_proxy &&
      item.sighting.is_authentic()) {
    // Where it has no way back to who asked it, what it was granted does not show in its reply.
    const ItemId pending = relations_.received_request(exchange, receiver, nullptr);
    if (pending != kNone &&
        !can_reach(network_.node(receiver), store_.item(pending).sighting.source))
      mobile_nodes_.granted(mobile, receiver, store_.item(pending).sighting, item.sighting);
  }
  if (receiver != model::kNobody && network_.node(receiver).role == Role::mobile_node) {
    const Item* question = nullptr;
    store_.each(exchange, [&](ItemId, const Item& other) {
      if (other.kind == Item::Kind::request && other.sighting.sender == receiver) question = &other;
    });
    mobile_nodes_.answered(mobile, exchange, item.sighting, question);
  }
}

Identity Registrations::unreachable(const Place& place, std::uint8_t code,
                                    wire::Ipv4Address quoted_source,
                                    wire::Ipv4Address quoted_destination,
                                    std::uint16_t quoted_source_port, wire::Bytes quoted_message) {
  // A quote may hold no more than the UDP header (RFC 792), so it is matched with what was sent.
  const auto is_about = [&](const Item& item) {
    const Sighting& sent = item.sighting;
    return item.kind == Item::Kind::request && sent.sender == place.receiver &&
           sent.source == quoted_source && sent.destination == quoted_destination &&
           sent.source_port == quoted_source_port;
  };
  if (place.receiver == model::kNobody) return 0;
  ExchangeId id = kNone;
  if (quoted_message.size() >= request::layout.minimum)
    id = store_.find(wire::read(quoted_message, request::home_address),
                     wire::read(quoted_message, request::identification));
  if (id == kNone) {
    // The latest exchange in which the receiver sent such a request.
    Time latest{};
    for (const Deadline& deadline : settling_) {
      if (deadline.item == kNone || !store_.is(deadline.exchange, deadline.generation)) continue;
      const Item& item = store_.item(deadline.item);
      if (is_about(item) && item.sighting.time >= latest) {
        latest = item.sighting.time;
        id = deadline.exchange;
      }
    }
  }
  if (id == kNone) return 0;
  bool about = false;
  store_.each(store_[id], [&](ItemId, const Item& item) { about = about || is_about(item); });
  if (!about) return 0;
  Sighting sighting{};
  static_cast<Place&>(sighting) = place;
  store_.item(append(id, Item::Kind::unreachable, sighting)).icmp_code = code;
  return store_[id].identity;
}

const MobileNode& Registrations::mobile_node(Identity identity) const {
  static const MobileNode none;
  const MobileNode* known = mobile_nodes_.find(identity);
  return known == nullptr ? none : *known;
}

void Registrations::advance(Time now) {
  while (!settling_.empty() && settling_.front().time <= now) {
    const Deadline deadline = settling_.front();
    settling_.pop_front();
    settle(deadline);
  }
  if (!settling_.empty()) store_.expect(settling_.front().item);
  while (!waiting_.empty() && waiting_.front().time <= now) {
    const Deadline deadline = waiting_.front();
    waiting_.pop_front();
    if (!store_.is(deadline.exchange, deadline.generation)) continue;
    Exchange& exchange = store_[deadline.exchange];
    exchange.retiring = false;
    if (exchange.unsettled == 0) store_.close(deadline.exchange);
  }
  mobile_nodes_.sweep(now, store_);
}

ItemId Registrations::append(ExchangeId exchange, Item::Kind kind, const Sighting& sighting) {
  const ItemId id = store_.append(exchange, kind, sighting);
  ++store_[exchange].unsettled;
  push(settling_,
       {sighting.time + network_.windows.reply, exchange, store_[exchange].generation, id});
  return id;
}

void Registrations::push(Queue& queue, const Deadline& deadline) {
  if (queue.full()) queue.set_capacity(queue.capacity() * 2);
  queue.push_back(deadline);
}

ExchangeId Registrations::exchange_of(const Sighting& seen, const MobileNode& mobile,
                                      std::uint64_t identification) {
  const ExchangeId found = find_exchange(seen, mobile, identification);
  return found != kNone ? found : store_.open(seen.identity, identification);
}

ExchangeId Registrations::find_exchange(const Sighting& seen, const MobileNode& mobile,
                                        std::uint64_t identification) const {
  const ExchangeId found = store_.find(seen.identity, identification);
  if (found != kNone) {
    // Of another mobile node only if the sender passes on what it has received there: it may have
    // changed the home address, rightly (a new one) or wrongly.
    const Exchange& exchange = store_[found];
    if (exchange.identity == seen.identity) return found;
    const NodeId sender = relations_.sender_of(seen, &exchange);
    if (relations_.is_agent(sender) &&
        relations_.received_request(exchange, sender, nullptr) != kNone)
      return found;
    return kNone;
  }
  // An agent that changed the Identification: it owes something in the latest exchange.
  if (!store_.is(mobile.latest, mobile.latest_generation)) return kNone;
  const Exchange& latest = store_[mobile.latest];
  const NodeId sender = relations_.sender_of(seen, &latest);
  if (!relations_.is_agent(sender)) return kNone;
  const ItemId received = relations_.received_request(latest, sender, nullptr);
  if (received == kNone) return kNone;
  bool dealt_with = false;
  store_.each(latest, [&](ItemId, const Item& item) {
    const bool answer = item.kind == Item::Kind::reply && item.answers == received;
    const bool copy = item.kind == Item::Kind::request && item.relays == received;
    const bool is_request = seen.layout == &request::layout;
    dealt_with = dealt_with || (is_request ? copy || answer : answer);
  });
  return dealt_with ? kNone : mobile.latest;
}

void Registrations::settle(const Deadline& deadline) {
  Exchange& exchange = store_[deadline.exchange];
  Item& item = store_.item(deadline.item);
  if (item.kind == Item::Kind::request)
    settle_request(exchange, item, deadline.item);
  else if (item.kind == Item::Kind::reply)
    settle_reply(exchange, item, deadline.item);
  if (--exchange.unsettled > 0 || exchange.retiring) return;
  if (relations_.unanswered(exchange)) {
    exchange.retiring = true;
    push(waiting_, {deadline.time + kLongestWait, deadline.exchange, exchange.generation, kNone});
  } else {
    store_.close(deadline.exchange);
  }
}

void Registrations::settle_request(Exchange& exchange, Item& item, ItemId id) {
  const NodeId node = item.sighting.receiver;
  if (!relations_.is_agent(node)) return;
  Some relayed;
  Some replies;
  Some received;
  std::uint32_t unreachables = 0;
  std::uint8_t code = 0;
  std::uint32_t copies = 0;
  // An answer to a copy that came twice answers both.
  const auto is_same = [&](ItemId asked) {
    if (asked == id || asked == kNone) return asked == id;
    const Sighting& twin = store_.item(asked).sighting;
    return twin.receiver == node && twin.source == item.sighting.source &&
           twin.source_port == item.sighting.source_port &&
           std::ranges::equal(twin.bytes(), item.sighting.bytes());
  };
  store_.each(exchange, [&](ItemId, const Item& other) {
    if (other.kind == Item::Kind::request) {
      if (other.relays == id) relayed.add(other.sighting);
      copies += other.sighting.receiver == node ? 1U : 0U;
    } else if (other.kind == Item::Kind::reply) {
      if (is_same(other.answers)) replies.add(other.sighting);
      if (other.sighting.receiver == node) received.add(other.sighting);
    } else if (other.sighting.receiver == node) {
      if (unreachables++ == 0) code = other.icmp_code;
    }
  });
  sink_.on(RequestSettled{{network_, node, exchange.circumstances, exchange.mobile_node},
                          item.sighting,
                          relayed.span(),
                          replies.span(),
                          received.span(),
                          unreachables,
                          code,
                          item.bindings,
                          copies});
}

void Registrations::settle_reply(Exchange& exchange, Item& item, ItemId id) {
  const NodeId node = item.sighting.receiver;
  if (node == model::kNobody) return;
  const Fact fact{network_, node, exchange.circumstances, exchange.mobile_node};
  if (relations_.is_relay(node)) {
    Some relayed;
    const Item* question = nullptr;
    const Item* copy = nullptr;
    std::uint32_t others = 0;
    store_.each(exchange, [&](ItemId other_id, const Item& other) {
      if (other_id != id && other.kind == Item::Kind::reply && other.sighting.receiver == node)
        ++others;
      if (other.kind == Item::Kind::reply && other.relays == id) relayed.add(other.sighting);
      if (other.kind == Item::Kind::request && other.sighting.receiver == node) question = &other;
      if (other.kind == Item::Kind::request && other.sighting.sender == node) copy = &other;
    });
    sink_.on(ReplySettled{fact, question == nullptr ? nullptr : &question->sighting,
                          copy == nullptr ? nullptr : &copy->sighting, item.sighting,
                          relayed.span(), others});
  } else if (network_.node(node).role == Role::mobile_node) {
    const Sighting* question = nullptr;
    store_.each(exchange, [&](ItemId, const Item& other) {
      if (other.kind == Item::Kind::request && other.sighting.sender == node)
        question = &other.sighting;
    });
    const MobileNode* mobile = mobile_nodes_.find(exchange.identity);
    const bool asked_again = mobile != nullptr && mobile->request.time > item.sighting.time;
    sink_.on(ReplyReceived{fact, question, item.sighting,
                           asked_again ? mobile->request : RequestMemory{}});
  }
}

}  // namespace mipvet::observer

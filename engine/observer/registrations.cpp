#include "engine/observer/registrations.h"

#include <algorithm>

#include "engine/wire/mip4.h"

namespace mipvet::observer {

namespace request = wire::mip4::request;
namespace reply = wire::mip4::reply;
namespace ha_parameter = wire::mip4::ha_parameter;

namespace {

/// How long an unanswered exchange is kept for a late reply, at most: a pending entry lives no
/// longer than the requested lifetime (RFC 3344 §3.7.2.2).
constexpr Duration kLongestWait = std::chrono::seconds(60);

/// Reply codes of the UDP Tunnel Reply extension from here on decline (RFC 3519 §3.2).
constexpr std::uint64_t kUdpTunnelDeclined = 64;

bool accepts(std::uint64_t code) {
  return code <= 1;
}

/// Codes for which a reply has to bear a valid Mobile-Home authenticator (RFC 3344 §3.6.2.1), and
/// those of MIPP §2.4.1.
bool needs_authentication(std::uint64_t code) {
  return accepts(code) || code >= 128;
}

template <typename Visit>
void each(ExchangeStore& store, const Exchange& exchange, Visit visit) {
  for (ItemId id = exchange.first; id != kNone; id = store.item(id).next) visit(id, store.item(id));
}

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
    : network_(network), addresses_(addresses), sink_(sink), states_(&memory_) {}

void Registrations::request(const Sighting& seen) {
  State& mobile = state(seen.identity, seen.time);
  const std::uint64_t identification = seen[request::identification];
  ExchangeId id = exchange_of(seen, mobile, identification);
  if (id == kNone) id = store_.open(seen.identity, identification);
  const NodeId sender = sender_of(seen, &store_[id]);

  const ItemId received = is_relay(sender) ? received_request(store_[id], sender, nullptr) : kNone;
  const ItemId item_id = append(id, Item::Kind::request, seen);
  Exchange& exchange = store_[id];
  Item& item = store_.item(item_id);
  item.sighting.sender = sender;
  item.relays = received;
  look(exchange, item.sighting);
  if (is_agent(seen.receiver)) item.bindings = bindings(mobile, seen.receiver);

  const Fact fact{network_, sender, exchange.circumstances, exchange.mobile_node};
  if (received != kNone) {
    std::uint32_t copies = 0;
    each(store_, exchange, [&](ItemId, const Item& other) {
      copies += other.kind == Item::Kind::request && other.relays == received ? 1U : 0U;
    });
    const Item& from = store_.item(received);
    sink_.on(RequestRelayed{fact, from.sighting, item.sighting, copies, from.bindings});
  } else if (sender != model::kNobody && network_.node(sender).role == Role::mobile_node) {
    sink_.on(RequestSent{fact, item.sighting, mobile.request, mobile.reply, mobile.registered});
    RequestMemory& memory = mobile.request;
    memory.is_retry =
        memory && memory.link == seen.link && (!mobile.reply || mobile.reply.time < memory.time);
    memory.interval = memory ? seen.time - memory.time : Duration{};
    memory.frame = seen.frame;
    memory.time = seen.time;
    memory.link = seen.link;
    memory.source = seen.source;
    memory.destination = seen.destination;
    memory.home_agent = seen.address(request::home_agent);
    memory.care_of_address = seen.address(request::care_of_address);
    memory.identification = identification;
    memory.lifetime = static_cast<std::uint16_t>(seen[request::lifetime]);
    memory.flags = static_cast<std::uint8_t>(seen[request::flags]);
    const wire::View parameter = seen.extension(ha_parameter::layout);
    memory.has_ha_parameter = static_cast<bool>(parameter);
    memory.ha_parameter = parameter.address(ha_parameter::home_agent_address);
  }
  mobile.latest = id;
  mobile.latest_generation = exchange.generation;
}

void Registrations::reply(const Sighting& seen) {
  State& mobile = state(seen.identity, seen.time);
  const std::uint64_t identification = seen[reply::identification];
  ExchangeId id = exchange_of(seen, mobile, identification);
  if (id == kNone) id = store_.open(seen.identity, identification);
  const NodeId sender = sender_of(seen, &store_[id]);

  const ItemId received = is_relay(sender) ? received_reply(store_[id], sender) : kNone;
  const ItemId asked = is_agent(sender) ? received_request(store_[id], sender, &seen) : kNone;
  const ItemId item_id = append(id, Item::Kind::reply, seen);
  const Exchange& exchange = store_[id];
  Item& item = store_.item(item_id);
  item.sighting.sender = sender;
  item.relays = received;
  item.answers = asked;

  if (asked != kNone) {
    const Item& question = store_.item(asked);
    const ItemId copy = relayed_copy(exchange, asked, sender);
    const Fact fact{network_, sender, exchange.circumstances, exchange.mobile_node};
    const Bindings& held = bindings(mobile, sender);
    if (received != kNone && copy != kNone) {
      std::uint32_t copies = 0;
      each(store_, exchange, [&](ItemId, const Item& other) {
        copies += other.kind == Item::Kind::reply && other.relays == received ? 1U : 0U;
      });
      sink_.on(ReplyRelayed{fact, question.sighting, store_.item(copy).sighting,
                            store_.item(received).sighting, item.sighting, copies, held,
                            mobile.latest != id});
    } else {
      std::uint32_t unreachables = 0;
      std::uint8_t code = 0;
      each(store_, exchange, [&](ItemId, const Item& other) {
        if (other.kind != Item::Kind::unreachable || other.sighting.receiver != sender) return;
        if (unreachables++ == 0) code = other.icmp_code;
      });
      sink_.on(ReplySent{fact, question.sighting, item.sighting, copy != kNone, unreachables, code,
                         held});
    }
    grant(mobile, sender, question.sighting, item.sighting);
  }
  const NodeId receiver = item.sighting.receiver;
  if (receiver != model::kNobody && network_.node(receiver).role == Role::mobile_node) {
    const Item* question = nullptr;
    each(store_, exchange, [&](ItemId, const Item& other) {
      if (other.kind == Item::Kind::request && other.sighting.sender == receiver) question = &other;
    });
    reach_mobile_node(mobile, exchange, item.sighting, question);
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
  each(store_, store_[id], [&](ItemId, const Item& item) { about = about || is_about(item); });
  if (!about) return 0;
  Sighting sighting{};
  static_cast<Place&>(sighting) = place;
  store_.item(append(id, Item::Kind::unreachable, sighting)).icmp_code = code;
  return store_[id].identity;
}

void Registrations::advance(Time now) {
  while (!settling_.empty() && settling_.front().time <= now) {
    const Deadline deadline = settling_.front();
    settling_.pop_front();
    settle(deadline);
  }
  while (!waiting_.empty() && waiting_.front().time <= now) {
    const Deadline deadline = waiting_.front();
    waiting_.pop_front();
    if (!store_.is(deadline.exchange, deadline.generation)) continue;
    Exchange& exchange = store_[deadline.exchange];
    exchange.retiring = false;
    if (exchange.unsettled == 0) store_.close(deadline.exchange);
  }
  if (states_.size() >= sweep_at_) sweep(now);
}

const Bindings* Registrations::bindings(Identity identity, NodeId agent) const {
  const auto found = states_.find(identity);
  if (found == states_.end()) return nullptr;
  for (const Bindings& held : found->second.agents)
    if (held.agent == agent) return &held;
  return nullptr;
}

Registrations::State& Registrations::state(Identity identity, Time now) {
  State& result = states_[identity];
  result.touched = now;
  return result;
}

Bindings& Registrations::bindings(State& mobile, NodeId agent) {
  for (Bindings& held : mobile.agents)
    if (held.agent == agent) return held;
  // A place that was never used, else the one that was granted longest ago.
  Bindings* oldest = &mobile.agents.front();
  for (Bindings& held : mobile.agents) {
    const auto since = [](const Bindings& b) {
      return b.latest() == nullptr ? Time{} : b.latest()->since;
    };
    if (since(held) < since(*oldest)) oldest = &held;
  }
  *oldest = Bindings{};
  oldest->agent = agent;
  return *oldest;
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

ExchangeId Registrations::exchange_of(const Sighting& seen, State& mobile,
                                      std::uint64_t identification) {
  const ExchangeId found = store_.find(seen.identity, identification);
  if (found != kNone) {
    // Of another mobile node only if the sender passes on what it has received there: it may have
    // changed the home address, rightly (a new one) or wrongly.
    const Exchange& exchange = store_[found];
    if (exchange.identity == seen.identity) return found;
    const NodeId sender = sender_of(seen, &exchange);
    if (is_agent(sender) && received_request(exchange, sender, nullptr) != kNone) return found;
    return kNone;
  }
  // An agent that changed the Identification: it owes something in the latest exchange.
  if (!store_.is(mobile.latest, mobile.latest_generation)) return kNone;
  const Exchange& latest = store_[mobile.latest];
  const NodeId sender = sender_of(seen, &latest);
  if (!is_agent(sender)) return kNone;
  const ItemId received = received_request(latest, sender, nullptr);
  if (received == kNone) return kNone;
  bool dealt_with = false;
  each(store_, latest, [&](ItemId, const Item& item) {
    const bool answer = item.kind == Item::Kind::reply && item.answers == received;
    const bool copy = item.kind == Item::Kind::request && item.relays == received;
    const bool is_request = seen.layout == &request::layout;
    dealt_with = dealt_with || (is_request ? copy || answer : answer);
  });
  return dealt_with ? kNone : mobile.latest;
}

bool Registrations::is_agent(NodeId node) const {
  if (node == model::kNobody) return false;
  const Role role = network_.node(node).role;
  return role == Role::home_agent || role == Role::foreign_agent || role == Role::mip_proxy;
}

bool Registrations::is_relay(NodeId node) const {
  return is_agent(node) && network_.node(node).role != Role::home_agent;
}

NodeId Registrations::sender_of(const Sighting& seen, const Exchange* exchange) {
  if (seen.by_tester) return model::kNobody;
  // What a node received as its addressee and sends on is its own message, whatever source
  // address it puts on it; a router only forwards what is for others.
  if (seen.transmitter != seen.sender && is_relay(seen.transmitter) && exchange != nullptr &&
      received_request(*exchange, seen.transmitter, nullptr) != kNone)
    return seen.transmitter;
  return seen.sender;
}

ItemId Registrations::received_request(const Exchange& exchange, NodeId node,
                                       const Sighting* answer) {
  ItemId latest = kNone;
  ItemId best = kNone;  // one that is not relayed yet, or that the answer goes back to
  each(store_, exchange, [&](ItemId id, const Item& item) {
    if (item.kind != Item::Kind::request || item.sighting.receiver != node) return;
    latest = id;
    if (answer == nullptr) {
      if (best == kNone && relayed_copy(exchange, id, node) == kNone) best = id;
    } else if (item.sighting.source == answer->destination &&
               item.sighting.source_port == answer->destination_port) {
      best = id;
    }
  });
  return best != kNone ? best : latest;
}

ItemId Registrations::received_reply(const Exchange& exchange, NodeId node) {
  ItemId latest = kNone;
  each(store_, exchange, [&](ItemId id, const Item& item) {
    if (item.kind == Item::Kind::reply && item.sighting.receiver == node) latest = id;
  });
  return latest;
}

ItemId Registrations::relayed_copy(const Exchange& exchange, ItemId request_id, NodeId by) {
  ItemId result = kNone;
  each(store_, exchange, [&](ItemId id, const Item& item) {
    if (item.kind == Item::Kind::request && item.relays == request_id && item.sighting.sender == by)
      result = id;
  });
  return result;
}

void Registrations::look(Exchange& exchange, const Sighting& seen) {
  Circumstances& circumstances = exchange.circumstances;
  const bool is_first = store_.item(exchange.first).next == kNone;
  if (is_first) {
    exchange.mobile_node = seen.mobile_node;
    switch (network_.link(seen.link).side) {
      case model::Side::external:
        circumstances.add(Circumstance::external);
        break;
      case model::Side::home:
        circumstances.add(Circumstance::internal);
        circumstances.add(Circumstance::home_link);
        break;
      case model::Side::internal:
      case model::Side::dmz:
        circumstances.add(Circumstance::internal);
        break;
    }
    const wire::Ipv4Address care_of = seen.address(request::care_of_address);
    const NodeId carer = addresses_.owner(care_of);
    if (carer != model::kNobody && network_.node(carer).role == Role::foreign_agent)
      circumstances.add(Circumstance::fa_coa);
    else if (care_of != seen.address(request::home_address))
      circumstances.add(Circumstance::colocated);
    if (seen[request::simultaneous_bindings] != 0) circumstances.add(Circumstance::s_bit);
    if (seen.carries(wire::mip4::nai::layout)) circumstances.add(Circumstance::nai);
    const wire::View parameter = seen.extension(ha_parameter::layout);
    if (parameter && parameter.address(ha_parameter::home_agent_address).is_zero())
      circumstances.add(Circumstance::dynamic_ha);
    const bool behind_nat = addresses_.has_nat(seen.link) && seen.receiver == model::kNobody;
    if (!behind_nat) circumstances.add(Circumstance::no_nat);
  }
  const bool from_nat =
      seen.sender != model::kNobody && network_.node(seen.sender).role == Role::nat;
  const bool before_nat = is_first && !circumstances.has(Circumstance::no_nat);
  if (from_nat || before_nat) {
    circumstances.remove(Circumstance::no_nat);
    circumstances.add(Circumstance::nat);
  }
}

void Registrations::grant(State& mobile, NodeId agent, const Sighting& asked,
                          const Sighting& answer) {
  if (!accepts(answer[reply::code])) return;
  const auto requested = static_cast<std::uint16_t>(asked[request::lifetime]);
  const auto granted = std::min(requested, static_cast<std::uint16_t>(answer[reply::lifetime]));
  const wire::Ipv4Address care_of = asked.address(request::care_of_address);
  Bindings& held = bindings(mobile, agent);
  if (granted == 0) {
    if (care_of == asked.address(request::home_address))
      held.count = 0;
    else
      held.remove(care_of);
    return;
  }
  Binding binding;
  binding.since = answer.time;
  binding.expires = granted == wire::mip4::kInfiniteLifetime
                        ? Time::max()
                        : answer.time + std::chrono::seconds(granted);
  binding.identification = asked[request::identification];
  binding.care_of_address = care_of;
  binding.home_agent = asked.address(request::home_agent);
  const wire::View udp_tunnel = answer.extension(wire::mip4::udp_tunnel_reply::layout);
  if (udp_tunnel && udp_tunnel[wire::mip4::udp_tunnel_reply::reply_code] < kUdpTunnelDeclined &&
      asked.carries(wire::mip4::udp_tunnel_request::layout)) {
    binding.udp_address = asked.source;
    binding.udp_port = asked.source_port;
  }
  binding.granted = granted;
  const model::Node& node = network_.node(agent);
  const bool supported = node.role == Role::mip_proxy    ? node.declares("simultaneous")
                         : node.role == Role::home_agent ? node.declares("simultaneous-bindings")
                                                         : false;
  held.add(binding, supported && asked[request::simultaneous_bindings] != 0);
}

void Registrations::reach_mobile_node(State& mobile, const Exchange& exchange, const Sighting& seen,
                                      const Item* question) {
  const std::uint64_t code = seen[reply::code];
  const auto low = [](std::uint64_t identification) {
    return static_cast<std::uint32_t>(identification);
  };
  const bool matches =
      question != nullptr && low(exchange.identification) == low(seen[reply::identification]);
  const bool authentic = seen.authentication.mobile_home == Authentication::valid &&
                         seen.count(wire::mip4::authentication::mobile_home) == 1;
  if (!matches || (needs_authentication(code) && !authentic) || seen.udp_checksum_wrong) return;
  ReplyMemory& memory = mobile.reply;
  memory.frame = seen.frame;
  memory.time = seen.time;
  memory.sender = seen.sender;
  memory.source = seen.source;
  memory.home_agent = seen.address(reply::home_agent);
  memory.assigned_home_agent =
      seen.extension(ha_parameter::layout).address(ha_parameter::home_agent_address);
  memory.identification = seen[reply::identification];
  memory.lifetime = static_cast<std::uint16_t>(seen[reply::lifetime]);
  memory.code = static_cast<std::uint8_t>(code);
  memory.valid = true;
  if (!accepts(code)) return;
  const NodeId registrar = addresses_.owner(memory.home_agent);
  grant(mobile, seen.receiver, question->sighting, seen);
  mobile.registered = bindings(mobile, seen.receiver);
  mobile.registered.agent = registrar;
}

void Registrations::settle(const Deadline& deadline) {
  Exchange& exchange = store_[deadline.exchange];
  Item& item = store_.item(deadline.item);
  if (item.kind == Item::Kind::request)
    settle_request(exchange, item, deadline.item);
  else if (item.kind == Item::Kind::reply)
    settle_reply(exchange, item, deadline.item);
  if (--exchange.unsettled > 0 || exchange.retiring) return;
  if (unanswered(exchange)) {
    exchange.retiring = true;
    push(waiting_, {deadline.time + kLongestWait, deadline.exchange, exchange.generation, kNone});
  } else {
    store_.close(deadline.exchange);
  }
}

void Registrations::settle_request(Exchange& exchange, Item& item, ItemId id) {
  const NodeId node = item.sighting.receiver;
  if (!is_agent(node)) return;
  Some relayed;
  Some replies;
  Some received;
  std::uint32_t unreachables = 0;
  std::uint8_t code = 0;
  std::uint32_t copies = 0;
  each(store_, exchange, [&](ItemId, const Item& other) {
    if (other.kind == Item::Kind::request) {
      if (other.relays == id) relayed.add(other.sighting);
      copies += other.sighting.receiver == node ? 1U : 0U;
    } else if (other.kind == Item::Kind::reply) {
      if (other.answers == id) replies.add(other.sighting);
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
  if (is_relay(node)) {
    Some relayed;
    const Item* question = nullptr;
    const Item* copy = nullptr;
    std::uint32_t others = 0;
    each(store_, exchange, [&](ItemId other_id, const Item& other) {
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
    each(store_, exchange, [&](ItemId, const Item& other) {
      if (other.kind == Item::Kind::request && other.sighting.sender == node)
        question = &other.sighting;
    });
    const auto found = states_.find(exchange.identity);
    const bool asked_again =
        found != states_.end() && found->second.request.time > item.sighting.time;
    sink_.on(ReplyReceived{fact, question, item.sighting,
                           asked_again ? found->second.request : RequestMemory{}});
  }
}

bool Registrations::unanswered(const Exchange& exchange) {
  bool result = false;
  each(store_, exchange, [&](ItemId id, const Item& item) {
    if (item.kind != Item::Kind::request || !is_agent(item.sighting.receiver)) return;
    bool answered = false;
    each(store_, exchange, [&](ItemId, const Item& other) {
      answered = answered || (other.kind == Item::Kind::reply && other.answers == id);
    });
    result = result || !answered;
  });
  return result;
}

void Registrations::sweep(Time now) {
  std::erase_if(states_, [&](const auto& entry) {
    const State& mobile = entry.second;
    const bool bound = mobile.registered.live(now) ||
                       std::any_of(mobile.agents.begin(), mobile.agents.end(),
                                   [&](const Bindings& held) { return held.live(now); });
    return !bound && mobile.touched + kLongestWait < now &&
           !store_.is(mobile.latest, mobile.latest_generation);
  });
  sweep_at_ = std::max<std::size_t>(4096, states_.size() * 2);
}

}  // namespace mipvet::observer

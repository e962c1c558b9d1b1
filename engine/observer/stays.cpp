#include "engine/observer/stays.h"

#include <algorithm>

#include "engine/observer/ike_reading.h"
#include "engine/wire/dhcp.h"
#include "engine/wire/esp.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/mip4.h"

namespace mipvet::observer {

namespace request = wire::mip4::request;
namespace reply = wire::mip4::reply;
namespace ike = wire::ike;
using Moment = StayReviewed::Moment;

namespace {

/// Correspondents are counted from where it knows how to reach them.
void count_anew(Stay& stay) {
  stay.echo_request = {};
  stay.echo_requests = stay.echo_replies = 0;
}

std::uint32_t low_order(std::uint64_t identification) {
  return static_cast<std::uint32_t>(identification);
}

bool is_credible(const Sighting& seen) {
  return seen.is_authentic() && !seen.udp_checksum_wrong;
}

/// RFC 3344 §3.6.2: what else a mobile node may drop a reply for.
bool is_well_formed(const Sighting& seen) {
  return !wire::has(seen.defects, wire::Defect::truncated) &&
         !wire::has(seen.defects, wire::Defect::bad_length) &&
         !wire::has(seen.defects, wire::Defect::trailing);
}

bool answers_probe(const Stay& stay, const Sighting& seen) {
  const std::size_t kept = std::min<std::size_t>(stay.probes, Stay::kMaxProbes);
  return std::any_of(stay.probe_identification.begin(),
                     stay.probe_identification.begin() + static_cast<std::ptrdiff_t>(kept),
                     [&](std::uint64_t identification) {
                       return low_order(identification) == low_order(seen[reply::identification]);
                     });
}

}  // namespace

Stays::Stays(const model::Network& network, AddressBook& addresses,
             const Registrations& registrations, const IkeStore& ike_store, FactSink& sink)
    : network_(network),
      addresses_(addresses),
      registrations_(registrations),
      ike_(ike_store),
      sink_(sink) {
  for (NodeId id = 0; id < network.node_count(); ++id)
    if (network.nodes[id].role == Role::mobile_node && !network.nodes[id].is_population())
      visitors_[id].node = id;
}

Stays::Visitor* Stays::visitor(NodeId node) {
  const auto found = visitors_.find(node);
  return found == visitors_.end() ? nullptr : &found->second;
}

const Stays::Visitor* Stays::find(NodeId node) const {
  const auto found = visitors_.find(node);
  return found == visitors_.end() ? nullptr : &found->second;
}

const Stay* Stays::current(NodeId node) const {
  const Visitor* known = find(node);
  return known != nullptr && known->has_stay ? &known->stay : nullptr;
}

bool Stays::learn(const Place& outer, const wire::Packet& packet) {
  const wire::Layout* message = packet.message().layout;
  if (message != &wire::dhcp::ack && message != &wire::dhcp::discover &&
      message != &wire::dhcp::request)
    return false;
  dhcp(outer, packet);
  return true;
}

void Stays::frame(const Place& outer, const wire::Packet& packet) {
  const wire::Layout* message = packet.message().layout;
  if (message == &wire::icmp::advertisement::agent) {
    const wire::Layer* agent = packet.find(wire::icmp::mobility_agent::layout);
    const bool is_home_agent =
        agent != nullptr && packet.view(*agent)[wire::icmp::mobility_agent::home_agent] != 0;
    for (auto& [node, one] : visitors_) {
      if (!one.has_stay || one.stay.link != outer.link) continue;
      one.stay.home_agent_heard = one.stay.home_agent_heard || is_home_agent;
      if (one.stay.advertisement) continue;
      one.stay.advertisement.note(outer);
      one.stay.advertiser = outer.sender;
    }
  }
  if (outer.by_tester) return;
  if (message == &wire::icmp::echo::request || message == &wire::icmp::echo::reply)
    echo(outer, packet);
  Visitor* known = visitor(outer.transmitter);
  if (known == nullptr) return;
  if (!known->has_stay || known->stay.link != outer.link) begin(*known, outer);
  if (message == &wire::icmp::solicitation::layout) known->stay.solicitation.note(outer);
}

void Stays::echo(const Place& outer, const wire::Packet& packet) {
  const wire::View header = packet.view(*packet.carrying_ip());
  if (packet.message().layout == &wire::icmp::echo::request) {
    Visitor* asked = visitor(addresses_.owner(outer.destination_mac));
    if (asked == nullptr || !asked->has_stay || asked->stay.link != outer.link ||
        !is_home_address(asked->node, header.address(wire::ip::destination)) ||
        !is_tunnelled_to(asked->node, packet))
      return;
    asked->stay.echo_request.note(outer);
    ++asked->stay.echo_requests;
    return;
  }
  Visitor* answers = visitor(outer.transmitter);
  if (answers != nullptr && answers->has_stay && answers->stay.link == outer.link &&
      is_home_address(answers->node, header.address(wire::ip::source)))
    ++answers->stay.echo_replies;
}

/// What comes in ESP for other addresses than its own it does not take (RFC 7296 §2.9).
bool Stays::is_tunnelled_to(NodeId node, const wire::Packet& packet) const {
  bool in_esp = false;
  for (const wire::Layer& layer : packet.layers()) {
    in_esp = in_esp || layer.layout == &wire::esp::layout;
    if (!in_esp || layer.layout != &wire::ip::layout) continue;
    const wire::Ipv4Address to = packet.view(layer).address(wire::ip::destination);
    const AddressBook::Assignment* assigned = addresses_.assigned(to);
    const bool is_own =
        (assigned != nullptr && assigned->node == node) || is_home_address(node, to);
    if (!is_own) return false;
  }
  return true;
}

bool Stays::is_home_address(NodeId node, wire::Ipv4Address address) const {
  const auto& home = network_.node(node).home_address;
  return home && home->contains(address);
}

void Stays::begin(Visitor& known, const Place& place) {
  if (known.has_stay) {
    known.stay.ended.note(place);
    tell(known, Moment::left, place.time);
    known.previous = known.stay;
  }
  const std::uint64_t number = known.has_stay ? known.stay.number + 1 : 1;
  known.has_stay = true;
  known.told = {};
  Stay& stay = known.stay;
  stay = {};
  stay.number = number;
  stay.link = place.link;
  stay.side = network_.link(place.link).side;
  stay.began.note(place);
  if (const model::Attachment* attachment = network_.node(known.node).attachment(place.link))
    if (attachment->address) stay.address = attachment->address->address;
  if (const IkeRecord* record = ike_.live(known.node)) {
    stay.had_ike_sa = true;
    stay.had_mobike = record->sa.mobike();
    stay.inner_address = stay.old_inner_address = record->sa.inner_address;
    for (const ChildSa* child : ike_.children(record->sa.number)) {
      stay.had_child_sa = stay.had_child_sa || child->is_alive();
      stay.is_tunnel_narrow =
          child->from[kClient].selectors.is_narrow() || child->from[kGateway].selectors.is_narrow();
    }
  }
  if (known.previous)
    stay.may_be_registered = known.previous->may_be_registered &&
                             known.previous->inner_address == stay.old_inner_address;
  const Bindings& registered =
      registrations_.mobile_node(addresses_.identity(known.node, {})).registered;
  stay.had_tunnel_binding = !stay.old_inner_address.is_zero() && registered.live(place.time) &&
                            registered.to(stay.old_inner_address) != nullptr;
  reschedule();
}

void Stays::dhcp(const Place& outer, const wire::Packet& packet) {
  const wire::View message = packet.view(packet.message());
  const wire::MacAddress client = message.mac(wire::dhcp::chaddr);
  NodeId node = addresses_.owner(client);
  if (node == model::kNobody) {
    node = addresses_.mobile_node_on(outer.link);
    if (node == model::kNobody || outer.by_tester) return;
    addresses_.learn(client, node);
  }
  Visitor* known = visitor(node);
  if (packet.message().layout == &wire::dhcp::ack) {
    const wire::Ipv4Address address = message.address(wire::dhcp::yiaddr);
    if (!address.is_zero()) lease(node, outer, address);
    return;
  }
  if (known == nullptr || outer.by_tester) return;
  // Who looks for a lease anew has lost the link meanwhile.
  const bool anew = known->stay.lease && packet.message().layout == &wire::dhcp::discover;
  if (!known->has_stay || known->stay.link != outer.link || anew) begin(*known, outer);
  known->stay.dhcp.note(outer);
  reschedule();
}

void Stays::lease(NodeId node, const Place& place, wire::Ipv4Address address) {
  addresses_.assign(address, node, place.link);
  Visitor* known = visitor(node);
  if (known == nullptr) return;
  const bool elsewhere = !known->has_stay || known->stay.link != place.link;
  if (elsewhere || (known->stay.lease && known->stay.address != address)) begin(*known, place);
  if (!known->stay.lease) {
    known->stay.lease.note(place);
    known->stay.address = address;
  }
  reschedule();
}

Way Stays::way_of(const Sighting& seen, const Stay* stay, const model::Network& network,
                  const AddressBook& addresses) {
  if (seen.in_esp) return Way::in_vpn;
  const wire::Ipv4Address care_of = seen.address(request::care_of_address);
  const auto is_foreign_agent = [&](NodeId node) {
    return node != model::kNobody && network.node(node).role == Role::foreign_agent;
  };
  if (seen[request::lifetime] == 0 && stay != nullptr && stay->is_home()) return Way::at_home;
  if (is_foreign_agent(seen.receiver) || is_foreign_agent(addresses.owner(care_of)))
    return Way::by_agent;
  const NodeId asked = network.owner(seen.destination);
  const bool is_probe = stay != nullptr && care_of == stay->address && asked != model::kNobody &&
                        network.node(asked).role == Role::home_agent;
  return is_probe ? Way::probe : Way::other;
}

void Stays::request(const Sighting& seen) {
  Visitor* known = visitor(seen.sender);
  if (known == nullptr) return;
  Stay* stay = known->has_stay ? &known->stay : nullptr;
  if (stay != nullptr && stay->address.is_zero() && !seen.in_esp) stay->address = seen.source;
  const Way way = way_of(seen, stay, network_, addresses_);
  RequestMemory& before = known->by_way[static_cast<std::size_t>(way)];
  const IkeRecord* record = ike_.live(known->node);
  const ChildSa* child = seen.in_esp && record != nullptr
                             ? ike_.child(seen.esp_spi, record->sa.gateway().node)
                             : nullptr;
  const MobileNode& memory = registrations_.mobile_node(seen.identity);
  sink_.on(RegistrationSent{{network_, known->node, circumstances_of(*known), known->node},
                            seen,
                            way,
                            stay,
                            record == nullptr ? nullptr : &record->sa,
                            child,
                            memory.request,
                            before,
                            memory.reply,
                            memory.registered});
  known->port = seen.source_port;
  before.interval = before ? seen.time - before.time : Duration{};
  before.is_retry = before.frame != 0 && stay != nullptr && before.link == seen.link &&
                    memory.reply.time < before.time;
  before.frame = seen.frame;
  before.time = seen.time;
  before.link = seen.link;
  before.source = seen.source;
  before.destination = seen.destination;
  before.home_agent = seen.address(request::home_agent);
  before.care_of_address = seen.address(request::care_of_address);
  before.identification = seen[request::identification];
  before.lifetime = static_cast<std::uint16_t>(seen[request::lifetime]);
  before.flags = static_cast<std::uint8_t>(seen[request::flags]);
  if (stay == nullptr) return;
  if (way != Way::in_vpn) stay->clear_request.note(seen);
  if (way == Way::probe || way == Way::other) stay->last_to_home_agent.renew(seen);
  if (way == Way::probe) {
    if (stay->probes < Stay::kMaxProbes) {
      stay->probe[stay->probes].note(seen);
      stay->probe_identification[stay->probes] = before.identification;
    }
    ++stay->probes;
  }
  if (way == Way::in_vpn) stay->tunnel_request.note(seen);
  if (way == Way::by_agent) stay->request_by_agent.note(seen);
  if (way != Way::in_vpn && before.lifetime == 0) stay->deregistration.note(seen);
}

void Stays::reply(const Sighting& seen) {
  Visitor* known = visitor(seen.receiver);
  if (known == nullptr || !known->has_stay) return;
  Stay& stay = known->stay;
  const std::uint64_t code = seen[reply::code];
  const bool accepted = code <= 1;
  const bool authentic = is_credible(seen);
  if (seen.destination_port != known->port) return;
  if (seen.in_esp) {
    const RequestMemory& asked = known->by_way[static_cast<std::size_t>(Way::in_vpn)];
    ++stay.tunnel_replies;
    if (!accepted || !authentic || !asked ||
        low_order(asked.identification) != low_order(seen[reply::identification]))
      return;
    stay.may_be_registered = true;
    if (!is_well_formed(seen) || stay.tunnel_reply) return;
    stay.tunnel_reply.note(seen);
    count_anew(stay);
    return;
  }
  const auto answers = [&](Way way) {
    const RequestMemory& asked = known->by_way[static_cast<std::size_t>(way)];
    return asked && asked.link == seen.link && asked.time >= stay.began.time &&
           low_order(asked.identification) == low_order(seen[reply::identification]);
  };
  if (!authentic && code >= 64 && code < 128) {
    ++stay.agent_replies;
    return;
  }
  if (authentic && accepted && !is_well_formed(seen)) {
    stay.doubtful.note(seen);
    return;
  }
  if (authentic && answers(Way::by_agent)) {
    if (accepted && !stay.reply_by_agent) {
      stay.reply_by_agent.note(seen);
      count_anew(stay);
    }
    return;
  }
  if (authentic && accepted && seen[reply::lifetime] == 0 && answers(Way::at_home)) {
    stay.deregistered.note(seen);
    count_anew(stay);
    return;
  }
  // That it is reached without a VPN, an answer to a request for another address shows as well.
  if (!authentic || (!answers_probe(stay, seen) && !answers(Way::other))) {
    stay.forgery.note(seen);
    ++stay.forgeries;
  } else if (!accepted) {
    stay.denial.note(seen);
    stay.denial_code = static_cast<std::uint8_t>(code);
    ++stay.denials;
  } else if (!stay.verdict) {
    stay.verdict.note(seen);
    count_anew(stay);
    tell(*known, Moment::inside, seen.time);
    reschedule();
  }
}

void Stays::ike_request(const IkeMessage& seen, bool is_copy) {
  Visitor* known = visitor(seen.sender);
  if (known == nullptr || !known->has_stay) return;
  Stay& stay = known->stay;
  stay.ike_request.note(seen);
  if (seen.exchange() == ike::kIkeSaInit) {
    stay.ike_sa_init.note(seen);
    if (!is_copy) ++stay.ike_sa_inits;
  } else if (is_trustworthy(seen) && is_address_update(seen)) {
    stay.update.note(seen);
    ++stay.update_copies;
  } else if (is_trustworthy(seen) && deletes_ike_sa(seen)) {
    stay.ike_deleted.note(seen);
  }
}

void Stays::ike_response(const IkeMessage& asked, const IkeMessage& seen, NodeId client) {
  Visitor* known = visitor(client);
  if (known == nullptr || !known->has_stay || !is_trustworthy(seen)) return;
  Stay& stay = known->stay;
  if (asked.time < stay.began.time) return;
  const bool refused = seen.error() != nullptr;
  if (is_trustworthy(asked) && is_address_update(asked))
    (refused ? stay.update_refused : stay.update_answered).note(seen);
  const bool makes_child =
      seen.exchange() == ike::kIkeAuth || seen.exchange() == ike::kCreateChildSa;
  const auto made = proposal(seen);
  if (makes_child && !refused && made && made->protocol == ike::kProtocolEsp) {
    // With an SPI of the peer that none can be (RFC 4303 §2.1) nothing can be sent.
    constexpr std::uint64_t kFirstSpi = 256;
    const auto of_peer = seen.sender == client ? proposal(asked) : made;
    if (!of_peer || of_peer->spi >= kFirstSpi) stay.tunnel_up.note(seen);
    stay.is_tunnel_narrow = selectors(seen, ike::traffic_selectors::initiator).is_narrow() ||
                            selectors(seen, ike::traffic_selectors::responder).is_narrow();
  }
  const wire::Ipv4Address inner = inner_address(seen, ike::configuration::kReply);
  if (!inner.is_zero()) stay.inner_address = inner;
}

void Stays::esp(NodeId node, const Place& place) {
  Visitor* known = visitor(node);
  if (known != nullptr && known->has_stay) known->stay.last_esp.renew(place);
}

void Stays::traffic(NodeId node, const Place& place, bool in_esp) {
  Visitor* known = visitor(node);
  if (known == nullptr || !known->has_stay) return;
  Stay& stay = known->stay;
  if (in_esp) {
    stay.esp_traffic.note(place);
    stay.last_esp_traffic.renew(place);
    ++stay.esp_packets;
  } else {
    stay.clear_traffic.note(place);
    stay.last_clear_traffic.renew(place);
    ++stay.clear_packets;
  }
}

void Stays::in_udp_tunnel(NodeId node, const Place& place) {
  Visitor* known = visitor(node);
  if (known != nullptr && known->has_stay) known->stay.last_to_home_agent.renew(place);
}

}  // namespace mipvet::observer

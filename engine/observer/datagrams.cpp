#include "engine/observer/datagrams.h"

#include <algorithm>

#include "engine/crypto/ntp.h"
#include "engine/observer/digest.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/mip4.h"

namespace mipvet::observer {

namespace request = wire::mip4::request;
namespace reply = wire::mip4::reply;

namespace {

/// How much later than its lifetime's end a binding may go (MIPP-2.6.6-04).
constexpr Duration kGrace = std::chrono::seconds(2);
/// How long a mobile node without bindings is remembered.
constexpr Duration kLongestWatch = std::chrono::seconds(60);

bool is_intact(const Sighting& seen) {
  return seen.is_authentic() && seen.defects == 0 && !seen.udp_checksum_wrong;
}

wire::Ipv4Address endpoint(const Binding& binding) {
  return binding.in_udp() ? binding.udp_address : binding.care_of_address;
}

}  // namespace

bool Datagrams::Offer::went_to(const TunnelCopy& copy) const {
  return std::any_of(copies.begin(), copies.begin() + copy_count, [&](const TunnelCopy& other) {
    return other.destination == copy.destination;
  });
}

Datagrams::Datagrams(const model::Network& network, const AddressBook& addresses,
                     const Registrations& registrations, FactSink& sink)
    : network_(network),
      addresses_(addresses),
      registrations_(registrations),
      sink_(sink),
      watched_(&memory_),
      tunnelled_(network.nodes.size()) {}

bool Datagrams::keeps_bindings(NodeId node, const Place& place) const {
  if (node == model::kNobody || node == place.transmitter) return false;
  const Role role = network_.node(node).role;
  return role == Role::home_agent ||
         (role == Role::mip_proxy && network_.link(place.link).side == model::Side::dmz);
}

void Datagrams::offered(const Place& place, const wire::Packet& packet) {
  const NodeId node = addresses_.owner(place.destination_mac);
  if (!keeps_bindings(node, place) || place.ttl <= 1) return;
  const NodeId mobile = addresses_.mobile_node(place.destination, {});
  if (mobile == model::kNobody) return;
  const std::optional<wire::Ipv4Prefix>& home = network_.node(mobile).home_address;
  const wire::Layer& header = *packet.find(wire::ip::layout);
  if (!home || !home->contains(place.destination) || header.defects != 0) return;
  const Key key{addresses_.identity(mobile, place.destination), node};
  const Watch& known = watch(key, place.time);
  if (known.changing_until > place.time || offers_.full() ||
      registrations_.mobile_node(key.first).unheard == node)
    return;
  Offer offer;
  offer.place = place;
  offer.key = key;
  offer.mobile_node = mobile;
  offer.digest = datagram_digest(packet.view(header));
  if (const Bindings* held = registrations_.bindings(key.first, node)) offer.bindings = *held;
  offer.story = known.story;
  offer.story.tunnelled_to_anybody = tunnelled_[node];
  offers_.push_back(offer);
}

void Datagrams::tunnelled(const TunnelCopy& copy, wire::View inner) {
  if (offers_.empty() || copy.by_tester || copy.transmitter == model::kNobody) return;
  const std::uint64_t wanted = datagram_digest(inner);
  // Of datagrams that are alike, the latest that did not go there yet.
  Offer* of = nullptr;
  for (auto offer = offers_.rbegin(); offer != offers_.rend(); ++offer) {
    if (offer->digest != wanted || offer->key.second != copy.transmitter) continue;
    if (of == nullptr) of = &*offer;
    if (offer->went_to(copy)) continue;
    of = &*offer;
    break;
  }
  if (of == nullptr) return;
  if (of->copy_count < Offer::kMaxCopies) of->copies[of->copy_count++] = copy;
  tunnelled_[copy.transmitter] = true;
  if (Watch* known = find(of->key.first, of->key.second)) known->story.tunnelled_before = true;
}

Datagrams::Watch* Datagrams::find(Identity identity, NodeId agent) {
  const auto found = watched_.find({identity, agent});
  return found == watched_.end() ? nullptr : &found->second;
}

Datagrams::Watch& Datagrams::watch(const Key& key, Time now) {
  if (watched_.size() >= sweep_at_) sweep(now);
  Watch& result = watched_[key];
  if (result.agent == model::kNobody) {
    result.agent = key.second;
    if (const Bindings* held = registrations_.bindings(key.first, key.second))
      result.bindings = *held;
  }
  result.touched = now;
  return result;
}

void Datagrams::note_request(const Sighting& seen) {
  Watch* known = find(seen.identity, seen.receiver);
  if (known == nullptr) return;
  if (!is_intact(seen)) {
    known->story.incident = Incident::forged;
    return;
  }
  known->story.incident = Incident::asked;
  known->story.asked_for = seen.address(request::care_of_address);
  known->asked = crypto::low_order(seen[request::identification]);
  known->asked_lifetime = static_cast<std::uint16_t>(seen[request::lifetime]);
  known->asked_for_all = known->story.asked_for == seen.address(request::home_address);
  // A home agent may change its bindings from now on, a proxy when the home agent has accepted.
  if (network_.node(seen.receiver).role == Role::home_agent)
    changes({seen.identity, seen.receiver}, *known, seen.time + network_.windows.reply);
}

void Datagrams::note_reply(const Sighting& seen) {
  if (Watch* known = find(seen.identity, seen.sender))
    sent({seen.identity, seen.sender}, *known, seen);
  if (Watch* known = find(seen.identity, seen.receiver))
    received({seen.identity, seen.receiver}, *known, seen);
}

void Datagrams::sent(const Key& key, Watch& known, const Sighting& seen) {
  BindingStory& story = known.story;
  changes(key, known, {});
  const bool answers_last = crypto::low_order(seen[reply::identification]) == known.asked;
  if (seen[reply::code] > 1) {
    if (answers_last && story.incident == Incident::asked) story.incident = Incident::refused;
    return;
  }
  const Bindings* now = registrations_.bindings(key.first, key.second);
  const Bindings none;
  if (now == nullptr) now = &none;
  using How = EndedBinding::How;
  for (const Binding& binding : known.bindings.all()) {
    if (binding.expires <= seen.time || now->to(binding.care_of_address) != nullptr) continue;
    story.ended.endpoint = endpoint(binding);
    if (seen[reply::lifetime] != 0)
      story.ended.how = How::replaced;
    else if (answers_last)
      story.ended.how = known.asked_lifetime == 0 ? How::deregistered : How::retired;
    story.ended.asked_for_all = known.asked_for_all;
  }
  for (const Binding& binding : now->all())
    if (endpoint(binding) == story.ended.endpoint) story.ended = {};
  known.bindings = *now;
  story.overlapped = !answers_last && now->latest() != nullptr &&
                     now->latest()->care_of_address != story.asked_for;
  story.incident = Incident::none;
}

void Datagrams::received(const Key& key, Watch& known, const Sighting& seen) {
  BindingStory& story = known.story;
  if (!is_intact(seen)) {
    story.incident = Incident::forged;
  } else if (seen[reply::code] > 1) {
    story.incident = Incident::denied;
    story.code = static_cast<std::uint8_t>(seen[reply::code]);
    story.zero_lifetime = seen[reply::lifetime] == 0;
  } else {
    changes(key, known, seen.time + network_.windows.reply);
  }
}

void Datagrams::unreachable(Identity identity, NodeId receiver) {
  if (Watch* known = find(identity, receiver)) known->story.incident = Incident::unreachable;
}

void Datagrams::changes(const Key& key, Watch& known, Time until) {
  known.changing_until = until;
  for (Offer& offer : offers_)
    if (offer.key == key && offer.copy_count == 0) offer.in_flux = true;
}

void Datagrams::settle(const Offer& offer) {
  if (offer.in_flux) return;
  for (const Binding& binding : offer.bindings.all())
    if (binding.expires > offer.place.time - kGrace &&
        binding.expires <= offer.place.time + network_.windows.reply)
      return;
  sink_.on(DatagramSettled{{network_, offer.key.second, {}, offer.mobile_node},
                           offer.place,
                           offer.bindings,
                           offer.story,
                           {offer.copies.data(), offer.copy_count}});
}

void Datagrams::sweep(Time now) {
  std::erase_if(watched_, [&](const auto& entry) {
    return !entry.second.bindings.live(now) && entry.second.touched + kLongestWatch < now;
  });
  sweep_at_ = std::max<std::size_t>(1024, watched_.size() * 2);
}

}  // namespace mipvet::observer

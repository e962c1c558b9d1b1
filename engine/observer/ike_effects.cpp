#include "engine/observer/ike_effects.h"

#include <algorithm>
#include <utility>

#include "engine/observer/ike_reading.h"

namespace mipvet::observer {

namespace ike = wire::ike;
namespace notify = wire::ike::notify;

namespace {

bool detects_nats(const IkeMessage& message) {
  return message.nat_source != Check::absent && message.nat_destination != Check::absent;
}

/// A message as it was on the link of a side, where it was seen there.
const IkeMessage& request_of(const Track& track, std::uint8_t side) {
  const Kept& own = side == track.side ? track.sent : track.received;
  return own != nullptr ? *own : *track.request;
}
const IkeMessage* response_of(const Track& track, std::uint8_t side, const IkeMessage* seen) {
  const Kept& own = side == track.side ? track.arrived : track.answer;
  return own != nullptr ? own.get() : seen;
}

/// What its NAT detection shows holds: of IKE_SA_INIT, and of updates. In any other exchange it
/// changes nothing (RFC 4555 §3.8), and without MOBIKE on both sides there are no updates.
bool decides_nats(const IkeSa& sa, const Track& track) {
  return track.request->exchange() == ike::kIkeSaInit ||
         (sa.mobike() && is_address_update(*track.request));
}

/// What a request that is seen first says of its sender.
void read_request(IkeSide& own, const IkeMessage& seen) {
  own.request.is_update = is_address_update(seen);
  own.request.is_list = has_address_list(seen);
  own.request.is_liveness = is_liveness(seen);
  own.request.has_cookie2 = seen.carries(notify::named("cookie2"));
  if (const wire::View view = seen.payload(notify::named("set-window-size")))
    own.window = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(view[notify::window_size]));
  if (seen.carries(notify::named("no-nats-allowed"))) own.sent_no_nats = true;
  if (seen.exchange() == ike::kIkeAuth && seen.carries(notify::named("mobike-supported")))
    own.sent_mobike = true;
  if (const wire::View view = seen.payload(ike::authentication::layout)) {
    own.auth = seen.auth;
    own.auth_method = static_cast<std::uint8_t>(view[ike::authentication::method]);
  }
}

/// The client does not believe the AUTH that it got: with that the IKE SA is over (RFC 7296
/// §2.21.2).
bool fails_authentication(const IkeMessage& request) {
  constexpr std::uint16_t kAuthenticationFailed = 24;
  return request.exchange() == ike::kInformational && request.error_type() == kAuthenticationFailed;
}

/// A newer update of its sender was answered before (RFC 4555 §3.5).
bool is_overtaken(const IkeSide& sender, const IkeMessage& update) {
  return is_address_update(update) && update.message_id() < sender.update.message_id &&
         sender.update.answered != Time{};
}

/// The addresses of an update, as its receiver sees them (RFC 4555 §3.5).
void take_over(IkeSide& side, const IkeMessage& update) {
  if (side.path == received_on(update)) return;
  side.previous = side.path;
  side.path = received_on(update);
  side.moved = update.time;
}

}  // namespace

IkeEffects::IkeEffects(const model::Network& network, AddressBook& addresses, IkeStore& store,
                       FactSink& sink)
    : network_(network), addresses_(addresses), store_(store), sink_(sink) {}

void IkeEffects::request(IkeRecord& record, Track& track, const IkeMessage& seen, Whereabouts where,
                         bool is_first) {
  IkeSide& own = record.sa.sides[track.side];
  IkeSide& peer = record.sa.sides[other(track.side)];
  IkeRequestMemory& memory = own.request;
  if (is_first) {
    memory = {};
    memory.frame = seen.frame;
    memory.time = seen.time;
    memory.message_id = seen.message_id();
    memory.exchange = seen.exchange();
    // What is ahead of the window is none of the series until it is answered (RFC 7296 §2.3).
    if (seen.message_id() < own.next_request + peer.window)
      own.next_request = std::max(own.next_request, seen.message_id() + 1);
    if (seen.exchange() != ike::kIkeSaInit || own.unanswered == 0) {
      ++own.unanswered;
      track.waits = true;
    }
    if (is_trustworthy(seen)) read_request(own, seen);
  }
  if (seen.exchange() == ike::kIkeSaInit) {
    own.sent_nat_detection = detects_nats(seen);
    record.init_request = track.request;
  }
  const bool is_last = memory.message_id == seen.message_id();
  if (where.departs && is_last) {
    memory.last_copy = seen.time;
    memory.link = seen.link;
    memory.path = sent_on(seen);
    memory.copies = track.copies;
  }
  if (where.departs) own.last_sent = seen.time;
  if (where.departs && own.gave_up) {
    own.gave_up = false;
    store_.state_changed();
  }
  const bool sets_path = seen.exchange() == ike::kIkeAuth && seen.message_id() == 1;
  if (where.departs && sets_path) own.path = sent_on(seen);
  if (where.arrives && sets_path) peer.path = received_on(seen);
  const bool is_update = is_last && memory.is_update;
  if (where.departs && is_update && own.path != sent_on(seen)) {
    own.previous = own.path;
    own.path = sent_on(seen);
    own.moved = seen.time;
  }
  if (where.departs && is_update) own.update = memory;
  // RFC 4555 §3.5: the responder takes the addresses over before it answers, and checks them then.
  // What is repeated from elsewhere is no other request (RFC 7296 §2.1).
  const bool is_new_there = where.arrives && track.received_copies <= 1 && track.is_in_window;
  if (is_new_there && is_update) take_over(peer, seen);
  if (is_new_there && is_overtaken(own, seen)) peer.overtaken = received_on(seen);
  if (!is_trustworthy(seen)) return;
  if (is_new_there && decides_nats(record.sa, track)) note_nats(record, track.side, seen);
  if (where.departs && has_address_list(seen)) {
    note_addresses(own, seen);
    own.address_list = memory;
  }
  if (is_first && record.sa.is_alive() && fails_authentication(seen)) {
    close(record, seen.time);
    tell(record, IkeSaChanged::What::failed, track, nullptr, nullptr);
  }
}

void IkeEffects::settled(IkeRecord& record, Track& track) {
  std::uint32_t& unanswered = record.sa.sides[track.side].unanswered;
  if (std::exchange(track.waits, false) && unanswered > 0) --unanswered;
}

void IkeEffects::response(IkeRecord& record, Track& track, const IkeMessage& seen,
                          Whereabouts where, bool is_first) {
  IkeSide& asker = record.sa.sides[track.side];
  IkeSide& own = record.sa.sides[other(track.side)];
  if (where.departs) own.last_sent = seen.time;
  const bool counts = is_trustworthy(seen);
  if (where.arrives && counts && decides_nats(record.sa, track))
    note_nats(record, other(track.side), seen);
  // Whoever asked waits until the response is there, not until it was sent.
  if (where.arrives || track.sent == nullptr) settled(record, track);
  // With one that cannot be taken apart it may end the IKE SA (RFC 7296 §2.21.3).
  if (where.arrives && counts && wire::has(seen.defects, wire::Defect::bad_length))
    asker.gave_up = true;
  // It was taken after all: nothing but what was lost on the way to the capture lay between.
  if (is_first && !track.is_in_window && track.received != nullptr &&
      is_address_update(*track.request))
    take_over(own, *track.received);
  if (!is_first) return;
  asker.next_request = std::max(asker.next_request, seen.message_id() + 1);
  for (IkeRequestMemory* memory : {&asker.request, &asker.update, &asker.address_list}) {
    if (!*memory || memory->message_id != seen.message_id()) continue;
    memory->answered = seen.time;
    memory->answer_frame = seen.frame;
    memory->answer_error = counts ? seen.error_type() : std::uint16_t{0};
  }
  if (!counts) return;
  if (const wire::View view = seen.payload(notify::named("set-window-size")))
    own.window = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(view[notify::window_size]));
  switch (seen.exchange()) {
    case ike::kIkeSaInit:
      return opened(record, track, seen);
    case ike::kIkeAuth:
      return authenticated(record, track, seen);
    case ike::kCreateChildSa:
      return created(record, track, seen);
    case ike::kInformational:
      return informed(record, track, seen);
    default:
      return;
  }
}

void IkeEffects::opened(IkeRecord& record, const Track& track, const IkeMessage& response) {
  constexpr std::uint16_t kInvalidKe = 17;
  const std::uint16_t error = response.error_type();
  if (error != 0 && error != kInvalidKe) {
    record.sa.state = IkeSa::State::closed;
    return tell(record, IkeSaChanged::What::failed, track, &response, nullptr);
  }
  const auto chosen = proposal(response);
  if (error != 0 || !chosen || response.responder_spi() == 0) return;  // INVALID_KE or COOKIE
  record.sa.created = response.time;
  record.sa.suite = chosen->suite;
  store_.set_responder_spi(record, response.responder_spi());
  record.sa.sides[other(track.side)].sent_nat_detection = detects_nats(response);
  record.init_response = track.response;
}

void IkeEffects::authenticated(IkeRecord& record, const Track& track, const IkeMessage& response) {
  IkeSa& sa = record.sa;
  IkeSide& own = sa.sides[other(track.side)];
  const std::uint16_t error = response.error_type();
  if (sa.state != IkeSa::State::half_open) return;
  if (error != 0 && !is_child_error(error)) {
    sa.state = IkeSa::State::closed;
    return tell(record, IkeSaChanged::What::failed, track, &response, nullptr);
  }
  const wire::View auth = response.payload(ike::authentication::layout);
  if (!auth) return;  // EAP goes on
  own.auth = response.auth;
  own.auth_method = static_cast<std::uint8_t>(auth[ike::authentication::method]);
  own.sent_mobike = response.carries(notify::named("mobike-supported"));
  if (has_address_list(response)) note_addresses(own, response);
  sa.state = IkeSa::State::established;
  sa.established = response.time;
  sa.keys_known = response.protection == Protection::opened;
  if (const auto tia = inner_address(response, ike::configuration::kReply); !tia.is_zero()) {
    sa.inner_address = tia;
    sa.inner_assigned = response.time;
    addresses_.assign(tia, sa.sides[track.side].node);
  }
  record.init_request.reset();
  record.init_response.reset();
  store_.state_changed();
  tell(record, IkeSaChanged::What::established, track, &response, nullptr);
  if (error == 0) make_child(record, track, response);
}

void IkeEffects::informed(IkeRecord& record, const Track& track, const IkeMessage& response) {
  IkeSa& sa = record.sa;
  const IkeMessage& request = *track.request;
  if (!is_trustworthy(request)) return;
  if (is_address_update(request)) {
    IkeSide& asker = sa.sides[track.side];
    IkeSide& own = sa.sides[other(track.side)];
    if (response.error() != nullptr) {
      // Refused: the addresses are as they were (RFC 4555 §3.5).
      if (asker.update.message_id == request.message_id())
        for (IkeSide* side : {&asker, &own})
          if (side->previous.is_known()) side->path = side->previous;
    }
  }
  if (deletes_ike_sa(request)) return remove(record, track, &response);
  each_deleted(request, [&](std::uint32_t spi) {
    for (ChildSa* child : store_.children(sa.number))
      if (child->is_alive() && child->from[other(track.side)].spi == spi)
        remove_child(record, track, &response, *child);
  });
}

void IkeEffects::remove(IkeRecord& record, const Track& track, const IkeMessage* response) {
  if (record.sa.state == IkeSa::State::closed) return;
  close(record, response != nullptr ? response->time : track.last_copy);
  tell(record, IkeSaChanged::What::deleted, track, response, nullptr);
}

void IkeEffects::close(IkeRecord& record, Time now) {
  record.sa.state = IkeSa::State::closed;
  record.sa.closed = now;
  for (ChildSa* child : store_.children(record.sa.number))
    if (child->is_alive()) child->deleted = now;
  store_.state_changed();
}

void IkeEffects::remove_child(IkeRecord& record, const Track& track, const IkeMessage* response,
                              ChildSa& child) {
  child.deleted = response != nullptr ? response->time : track.last_copy;
  tell(record, ChildSaChanged::What::deleted, track, response, child, nullptr);
}

void IkeEffects::given_up(IkeRecord& record, Track& track) {
  settled(record, track);
  record.sa.sides[track.side].gave_up = true;
  store_.state_changed();
  if (is_trustworthy(*track.request) && deletes_ike_sa(*track.request))
    remove(record, track, nullptr);
}

void IkeEffects::abandon(IkeRecord& record, const IkeSa& successor) {
  Track none;
  for (const auto& tracks : record.tracks)
    if (!tracks.empty() && (none.request == nullptr || tracks.back()->last_copy > none.last_copy))
      none = *tracks.back();
  close(record, successor.established);
  if (none.request != nullptr)
    tell(record, IkeSaChanged::What::abandoned, none, none.response.get(), &successor);
}

void IkeEffects::note_nats(IkeRecord& record, std::uint8_t sender, const IkeMessage& seen) {
  // Only on arrival: before a NAT the digests are right. A request looks anew; where the answer is
  // without them whoever asked does not learn what the request found.
  const bool is_silent = seen.is_response() && seen.error() == nullptr && !detects_nats(seen);
  if ((seen.is_request() && detects_nats(seen)) || is_silent) record.nat_signs = {};
  if (seen.nat_source != Check::absent)
    record.nat_signs[sender].by_source = seen.nat_source == Check::invalid;
  if (seen.nat_destination != Check::absent)
    record.nat_signs[other(sender)].by_destination = seen.nat_destination == Check::invalid;
  for (const std::uint8_t side : {kClient, kGateway}) {
    const IkeRecord::NatSigns& signs = record.nat_signs[side];
    record.sa.sides[side].behind_nat = signs.by_source || signs.by_destination;
  }
}

void IkeEffects::note_addresses(IkeSide& side, const IkeMessage& seen) {
  side.address_count = 0;
  side.addresses[side.address_count++] = seen.source;
  for (const PayloadPlace& place : seen.payloads())
    if (place.layout == &notify::named("additional-ip4-address") &&
        side.address_count < IkeSide::kMaxAddresses)
      side.addresses[side.address_count++] = seen.view(place).address(notify::address);
}

Fact IkeEffects::fact(const IkeSa& sa, std::uint8_t side) const {
  return {network_, sa.sides[side].node, circumstances(sa, side), sa.client().node};
}

void IkeEffects::tell(IkeRecord& record, IkeSaChanged::What what, const Track& track,
                      const IkeMessage* response, const IkeSa* related) {
  for (const std::uint8_t side : {kClient, kGateway}) {
    if (record.sa.sides[side].node == model::kNobody) continue;
    sink_.on(IkeSaChanged{{fact(record.sa, side), &record.sa, side},
                          what,
                          request_of(track, side),
                          response_of(track, side, response),
                          related});
  }
}

void IkeEffects::tell(IkeRecord& record, ChildSaChanged::What what, const Track& track,
                      const IkeMessage* response, const ChildSa& child, const ChildSa* related) {
  for (const std::uint8_t side : {kClient, kGateway}) {
    if (record.sa.sides[side].node == model::kNobody) continue;
    Fact about = fact(record.sa, side);
    if (child.transport_mode) about.circumstances.add(Circumstance::transport);
    sink_.on(ChildSaChanged{{about, &record.sa, side},
                            what,
                            child,
                            related,
                            side == track.side,
                            request_of(track, side),
                            response_of(track, side, response)});
  }
}

}  // namespace mipvet::observer

#include "engine/observer/ike_exchanges.h"

#include <algorithm>

#include "engine/observer/ike_authentication.h"
#include "engine/observer/ike_reading.h"

namespace mipvet::observer {

namespace ike = wire::ike;

namespace {

constexpr Duration kSweepEvery = std::chrono::seconds(1);
/// Messages that reached one node and are not settled; more at once say nothing new.
constexpr std::size_t kMaxOpen = 64;

/// They are for the same message, whatever else they say.
bool answers(const IkeMessage& response, const IkeMessage& request) {
  return response.initiator_spi() == request.initiator_spi() &&
         response.message_id() == request.message_id();
}
/// The tester altered or repeated it, and without keys nobody can tell whether it is good.
bool is_doubtful(const IkeMessage& message) {
  return message.by_tester && message.protection == Protection::no_key;
}
/// An unprotected error copies the header of what it is about (RFC 7296 §1.5). Where it fails to
/// copy the Message ID, the rest still tells.
bool answers_wrongly(const IkeMessage& response, const IkeMessage& request) {
  return response.protection == Protection::clear && response.error() != nullptr &&
         response.initiator_spi() == request.initiator_spi() &&
         response.responder_spi() == request.responder_spi() &&
         response.exchange() == request.exchange() && sent_on(response) == received_on(request);
}

const IkeMessage* first_of(const Kept& one, const Kept& another) {
  return one != nullptr ? one.get() : another.get();
}

}  // namespace

IkeExchanges::IkeExchanges(const model::Network& network, AddressBook& addresses,
                           const KeyRing& keys, IkeStore& store, Stays& stays, FactSink& sink)
    : network_(network),
      addresses_(addresses),
      keys_(keys),
      store_(store),
      stays_(stays),
      sink_(sink),
      effects_(network, addresses, store, sink),
      updates_(network, store, stays, sink),
      deadlines_(&memory_) {}

void IkeExchanges::message(IkeMessage& seen) {
  has_opened_ = has_opened_ || seen.protection == Protection::opened;
  const RecordPtr record = record_of(seen);
  if (record == nullptr) return stray(seen);
  record->touched = seen.time;
  const bool is_request = seen.is_request();
  const std::uint8_t side = record->sender_side(seen);
  const IkeSa& sa = record->sa;
  const Whereabouts where{
      !seen.by_tester && seen.sender != model::kNobody && seen.sender == sa.sides[side].node,
      seen.receiver != model::kNobody && seen.receiver == sa.peer(side).node};
  if (seen.auth == Check::unknown)
    seen.auth = check_authentication(seen, side, *record, keys_, network_);
  if (where.departs && is_trustworthy(seen)) seen.repeats_nonce = nonces_.is_repeated(seen);
  if (is_request)
    request(record, side, seen, where);
  else
    response(record, side, seen, where);
}

TrackPtr IkeExchanges::track_of(IkeRecord& record, std::uint8_t side, const IkeMessage& seen) {
  // With COOKIE or INVALID_KE_PAYLOAD the next attempt has the same Message ID (RFC 7296 §2.6).
  const bool is_init = seen.exchange() == ike::kIkeSaInit;
  TrackPtr latest;
  for (const TrackPtr& track : record.tracks[side]) {
    if (!track->counts || track->message_id != seen.message_id()) continue;
    if (is_init && track->request->digest == seen.digest) return track;
    latest = track;
  }
  const bool is_next_attempt = is_init && latest != nullptr && latest->response != nullptr;
  if (latest != nullptr && !is_next_attempt) return latest;
  const TrackPtr track = store_.track(record, side, seen.message_id());
  const bool is_old =
      seen.exchange() != ike::kIkeSaInit && seen.message_id() < record.sa.sides[side].next_request;
  track->counts = !is_old;
  return track;
}

void IkeExchanges::request(const RecordPtr& record, std::uint8_t side, const IkeMessage& seen,
                           Whereabouts where) {
  // What is not authentic, and what the tester made without anybody being able to tell, changes
  // nothing.
  const bool counts =
      is_trustworthy(seen) || (seen.protection == Protection::no_key && !seen.by_tester);
  const Kept kept = store_.keep(seen);
  if (!counts) {
    const auto alone = std::make_shared<Track>();
    alone->side = side;
    alone->message_id = seen.message_id();
    alone->request = alone->sent = kept;
    if (where.departs) depart(*record, *alone, seen, kept);
    if (where.arrives) arrive(record, nullptr, seen, kept);
    return;
  }
  const TrackPtr track = track_of(*record, side, seen);
  const bool is_first = track->request == nullptr;
  if (is_first) track->request = kept;
  if (track->request->digest != seen.digest && where.departs) track->identical = false;
  updates_.request(record, track, seen, where, is_first && track->counts);
  if (where.departs) depart(*record, *track, seen, kept);
  if (where.arrives) arrive(record, track, seen, kept);
  if (track->counts) effects_.request(*record, *track, seen, where, is_first);
  if (is_first) schedule(seen.time + kNever, Waiting{record, track});
  track->last_copy = std::max(track->last_copy, seen.time);
}

void IkeExchanges::depart(IkeRecord& record, Track& track, const IkeMessage& seen,
                          const Kept& kept) {
  const IkeMessage* original = track.copies > 0 ? track.sent.get() : nullptr;
  // Its first copy was altered on the way by the tester: this one is a copy all the same.
  if (original == nullptr && track.request != nullptr && track.request->by_tester)
    original = track.request.get();
  if (track.sent == nullptr) track.sent = kept;
  const Time before = track.copies > 0 ? track.last_sent : seen.time;
  const Duration interval = seen.time - before;
  if (track.copies < Track::kMaxCopies) {
    track.times[track.copies] = seen.time;
    track.paths[track.copies] = sent_on(seen);
  }
  ++track.copies;
  const Track* previous = nullptr;
  for (const TrackPtr& one : record.tracks[track.side])
    if (one.get() != &track && one->counts && one->request != nullptr) previous = one.get();
  if (previous == nullptr && seen.exchange() == ike::kIkeSaInit)
    if (const IkeRecord* last =
            store_.latest(record.sa.client().node, record.sa.gateway().node, record))
      if (!last->tracks[kClient].empty()) previous = last->tracks[kClient].back().get();
  sink_.on(IkeRequestSent{
      {fact(record.sa, track.side, seen.sender), &record.sa, track.side},
      seen,
      original,
      track.copies,
      interval,
      track.last_interval,
      previous == nullptr ? nullptr : first_of(previous->sent, previous->request),
      previous == nullptr ? nullptr : first_of(previous->arrived, previous->response),
      stays_.current(seen.sender)});
  stays_.ike_request(seen, original != nullptr);
  track.last_interval = interval;
  track.last_sent = seen.time;
}

void IkeExchanges::arrive(const RecordPtr& record, const TrackPtr& track, const IkeMessage& seen,
                          const Kept& kept) {
  auto& open = open_[seen.receiver];
  if (open.size() >= kMaxOpen) return;
  const auto arrival = std::make_shared<Arrival>();
  arrival->record = record;
  arrival->track = track;
  arrival->message = kept;
  if (track != nullptr) {
    arrival->copies = ++track->received_copies;
    arrival->earlier = track->received;
    arrival->earlier_response = track->answer;
    track->received = kept;
  }
  if (record != nullptr) {
    const std::uint8_t side = record->sender_side(seen);
    std::uint32_t& due = record->due[side];
    // What is ahead of the window is not taken (RFC 7296 §2.3), unless an answer shows otherwise.
    // It begins with the first that has not come.
    std::uint32_t first = due;
    for (const TrackPtr& one : record->tracks[side])
      if (one->counts && one != track && one->received == nullptr && one->answer == nullptr)
        first = std::min(first, one->message_id);
    const bool in_window = seen.message_id() < first + record->sa.sides[other(side)].window;
    arrival->expected = in_window ? due : first;
    if (track != nullptr && track->received_copies == 1) track->is_in_window = in_window;
    if (track != nullptr && track->counts && in_window) due = std::max(due, seen.message_id() + 1);
  }
  open.push_back(arrival);
  schedule(seen.time + network_.windows.reply, arrival);
}

void IkeExchanges::response(const RecordPtr& record, std::uint8_t side, const IkeMessage& seen,
                            Whereabouts where) {
  const Kept kept = store_.keep(seen);
  const bool counts =
      is_trustworthy(seen) || (seen.protection == Protection::no_key && !seen.by_tester);
  TrackPtr track;
  for (const TrackPtr& one : record->tracks[other(side)])
    if (one->counts && one->message_id == seen.message_id() && one->request != nullptr) track = one;
  const Kept asked = track != nullptr ? (track->received != nullptr ? track->received : Kept())
                                      : arrived_before(seen);
  // Which of them it answers, and whether it had to, nobody can tell.
  const auto open = open_.find(seen.sender);
  const bool may_answer_another =
      open != open_.end() && std::ranges::any_of(open->second, [&](const auto& arrival) {
        return is_doubtful(*arrival->message) && answers(seen, *arrival->message);
      });
  if (where.departs) note_response(seen, kept);
  if (seen.by_tester) note_alteration(record->sa.sides[side].node, seen);
  if (where.departs && !may_answer_another) {
    sink_.on(IkeResponseSent{{fact(record->sa, side, seen.sender), &record->sa, side},
                             asked.get(),
                             seen,
                             track != nullptr ? track->answer.get() : nullptr,
                             track != nullptr ? track->answers + 1 : 1,
                             track != nullptr ? track->received_copies : 0,
                             open_request(*record, side)});
    if (track != nullptr) ++track->answers;
  }
  if (track == nullptr || !counts) {
    if (where.arrives) arrive(record, nullptr, seen, kept);
    return;
  }
  // Nobody listens but where the request came from (RFC 7296 §2.11).
  const auto came_from_there = [&](const Kept& copy) {
    return copy != nullptr && copy->source_port == seen.destination_port;
  };
  if (!came_from_there(track->request) && !came_from_there(track->sent) &&
      !came_from_there(track->received))
    return;
  if (where.departs && track->answer == nullptr) track->answer = kept;
  std::uint32_t& due = record->due[track->side];
  due = std::max(due, track->message_id + 1);
  const bool comes_first = where.arrives && track->arrived == nullptr;
  if (comes_first) track->arrived = kept;
  // Of different responses the one that reaches whoever asked is the one that counts.
  const bool is_first =
      track->response == nullptr || (comes_first && track->response->digest != seen.digest);
  if (is_first) track->response = kept;
  effects_.response(*record, *track, seen, where, is_first);
  if (is_first) {
    updates_.response(*track, seen);
    stays_.ike_response(*track->request, seen, record->sa.client().node);
    if (!track->ended) end(record, track, seen.time);
  }
}

/// The last request of a side that it has no answer to; null: none.
const IkeMessage* IkeExchanges::open_request(const IkeRecord& record, std::uint8_t side) {
  const IkeMessage* result = nullptr;
  for (const TrackPtr& one : record.tracks[side])
    // An answer that was seen on its way has not reached it yet; another is given up.
    if (one->counts && one->sent != nullptr && one->arrived == nullptr &&
        (!one->ended || one->response != nullptr))
      result = one->sent.get();
  return result;
}

Kept IkeExchanges::arrived_before(const IkeMessage& response) const {
  const auto open = open_.find(response.sender);
  if (open == open_.end()) return nullptr;
  Kept result;
  Kept similar;
  for (const auto& arrival : open->second) {
    if (answers(response, *arrival->message)) result = arrival->message;
    if (answers_wrongly(response, *arrival->message)) similar = arrival->message;
  }
  return result != nullptr ? result : similar;
}

void IkeExchanges::note_response(const IkeMessage& seen, const Kept& kept) {
  const auto open = open_.find(seen.sender);
  if (open == open_.end()) return;
  const bool is_right = std::ranges::any_of(
      open->second, [&](const auto& arrival) { return answers(seen, *arrival->message); });
  const auto fits = [&](const Arrival& arrival) {
    return is_right ? answers(seen, *arrival.message) : answers_wrongly(seen, *arrival.message);
  };
  // Where a request came twice, broken and whole, the whole one is answered.
  const bool counts = std::ranges::any_of(open->second, [&](const auto& arrival) {
    return fits(*arrival) && arrival->track != nullptr;
  });
  for (const auto& arrival : open->second) {
    if (!fits(*arrival) || (counts && arrival->track == nullptr)) continue;
    if (arrival->responses++ == 0) arrival->response = kept;
  }
}

void IkeExchanges::note_alteration(NodeId node, const IkeMessage& seen) {
  const auto open = open_.find(node);
  if (open == open_.end()) return;
  for (const auto& arrival : open->second)
    if (answers(seen, *arrival->message)) arrival->is_intercepted = true;
}

void IkeExchanges::end(const RecordPtr& record, const TrackPtr& track, Time now) {
  track->ended = true;
  schedule(now + kConvergence, Ended{record, track});
}

void IkeExchanges::schedule(Time time, Deadline deadline) {
  deadlines_.emplace(time, std::move(deadline));
}

void IkeExchanges::settle_next() {
  const auto first = deadlines_.begin();
  const Time now = first->first;
  const Deadline deadline = std::move(first->second);
  deadlines_.erase(first);
  std::visit([&](const auto& one) { settle(one, now); }, deadline);
}

void IkeExchanges::settle(const ArrivalPtr& settled, Time) {
  const Arrival& arrival = *settled;
  const IkeMessage& seen = *arrival.message;
  std::erase(open_[seen.receiver], settled);
  if (arrival.response == nullptr && arrival.is_intercepted) return;
  // A mobile node that has gone to another link answers nothing on this one; what it answers there
  // is a copy that went after it.
  const Stay* stay = stays_.current(seen.receiver);
  const bool has_left = stay != nullptr && stay->link != seen.link;
  if (has_left && (arrival.response == nullptr || arrival.response->link != seen.link)) return;
  const IkeSa* sa = arrival.record != nullptr ? &arrival.record->sa : nullptr;
  const std::uint8_t side =
      sa != nullptr ? other(arrival.record->sender_side(seen)) : std::uint8_t{kClient};
  const Fact about = sa != nullptr ? fact(*sa, side, seen.receiver)
                                   : Fact{network_, seen.receiver, {}, model::kNobody};
  sink_.on(IkeRequestSettled{{about, sa, side},
                             seen,
                             arrival.response.get(),
                             arrival.responses,
                             arrival.copies,
                             arrival.earlier.get(),
                             arrival.earlier_response.get(),
                             arrival.expected});
}

void IkeExchanges::settle(const Waiting& waiting, Time now) {
  const RecordPtr record = waiting.record.lock();
  const TrackPtr track = waiting.track.lock();
  if (record == nullptr || track == nullptr) return;
  if (track->ended) return effects_.settled(*record, *track);
  if (track->last_copy + kNever > now) return schedule(track->last_copy + kNever, waiting);
  if (track->counts) effects_.given_up(*record, *track);
  updates_.given_up(*track, now);
  end(record, track, now);
}

void IkeExchanges::settle(const Ended& ended, Time) {
  tell_ended(*ended.record, *ended.track);
}

void IkeExchanges::tell_ended(IkeRecord& record, const Track& track) {
  const NodeId node = record.sa.sides[track.side].node;
  if (track.sent == nullptr || node == model::kNobody) return;
  const IkeMessage* previous = nullptr;
  for (const TrackPtr& one : record.tracks[track.side])
    if (one->counts && one->message_id < track.message_id)
      previous = first_of(one->arrived, one->response);
  std::array<const IkeMessage*, 2> next{};
  const auto consider = [&](const IkeMessage& message) {
    if (message.time <= track.sent->time) return;
    if (next[0] == nullptr || message.time < next[0]->time)
      next = {&message, next[0]};
    else if (next[1] == nullptr || message.time < next[1]->time)
      next[1] = &message;
  };
  for (const auto& [number, one] : store_.records()) {
    if (one.get() != &record && number < record.sa.number) continue;
    for (const std::uint8_t side : {kClient, kGateway})
      if (one->sa.sides[side].node == node &&
          one->sa.peer(side).node == record.sa.peer(track.side).node)
        for (const TrackPtr& candidate : one->tracks[side])
          if (candidate.get() != &track && candidate->sent != nullptr) consider(*candidate->sent);
  }
  sink_.on(IkeExchangeEnded{{fact(record.sa, track.side, node), &record.sa, track.side},
                            *track.sent,
                            first_of(track.arrived, track.response),
                            {track.times.data(), track.listed_copies()},
                            {track.paths.data(), track.listed_copies()},
                            track.identical,
                            next[0],
                            next[1],
                            previous});
}

void IkeExchanges::sweep(Time now) {
  next_sweep_ = now + kSweepEvery;
  // An IKE SA is abandoned when its client has used another one with the same gateway since.
  std::vector<std::pair<RecordPtr, const IkeSa*>> abandoned;
  for (const auto& [number, record] : store_.records()) {
    const IkeSa& sa = record->sa;
    if (!sa.is_alive() || record->touched + kNever > now) continue;
    const IkeRecord* live = store_.live(sa.client().node);
    if (live == nullptr || live == record.get() || live->sa.number < number ||
        live->sa.gateway().node != sa.gateway().node ||
        std::max(sa.client().last_sent, sa.gateway().last_sent) + kNever > now)
      continue;
    abandoned.emplace_back(record, &live->sa);
  }
  for (const auto& [record, successor] : abandoned) effects_.abandon(*record, *successor);
  store_.sweep(now);
}

Fact IkeExchanges::fact(const IkeSa& sa, std::uint8_t side, NodeId judged) const {
  return {network_, judged, circumstances(sa, side), sa.client().node};
}

}  // namespace mipvet::observer

#include "engine/observer/address_updates.h"

#include <algorithm>

#include "engine/observer/ike_reading.h"

namespace mipvet::observer {

namespace {

/// Ports count where both are in UDP.
bool is_on(const Path& path, const Path& wanted) {
  const bool have_ports = path.local_port != 0 && wanted.local_port != 0;
  return have_ports ? path == wanted : path.same_addresses(wanted);
}

/// What answered a check: it came back to the address and port that the check was sent from.
const IkeMessage* answer_of(const Track& check) {
  if (check.arrived == nullptr || check.sent == nullptr) return check.arrived.get();
  const Path back = received_on(*check.arrived);
  const Path out = sent_on(*check.sent);
  const bool is_back = back.local == out.local && back.local_port == out.local_port;
  return is_back ? check.arrived.get() : nullptr;
}

}  // namespace

AddressUpdates::AddressUpdates(const model::Network& network, const IkeStore& store,
                               const Stays& stays, FactSink& sink)
    : network_(network), store_(store), stays_(stays), sink_(sink) {}

void AddressUpdates::request(const RecordPtr& record, const TrackPtr& track, const IkeMessage& seen,
                             Whereabouts where, bool is_first) {
  const auto found = std::ranges::find(updates_, record, &Update::record);
  if (!is_trustworthy(seen) || !is_address_update(seen)) {
    if (found != updates_.end() && found->check == nullptr && where.departs &&
        track->side != found->track->side && is_on(sent_on(seen), found->new_paths[track->side]))
      found->check = track;
    return;
  }
  if (is_first) {
    // One that begins meanwhile makes the one before say nothing.
    if (found != updates_.end()) updates_.erase(found);
    Update& update = updates_.emplace_back();
    update.record = record;
    update.track = track;
    for (const std::uint8_t side : {kClient, kGateway})
      update.old_paths[side] = record->sa.sides[side].path;
  }
  for (Update& update : updates_) {
    if (update.track != track) continue;
    if (where.departs) update.new_paths[track->side] = sent_on(seen);
    if (where.arrives && track->received_copies == 0)
      update.new_paths[1U - track->side] = received_on(seen);
  }
}

void AddressUpdates::response(const Track& track, const IkeMessage& seen) {
  for (Update& update : updates_) {
    if (update.track.get() != &track) continue;
    update.answered = seen.time;
    update.due = seen.time + kConvergence;
  }
}

void AddressUpdates::given_up(const Track& track, Time now) {
  for (Update& update : updates_)
    if (update.track.get() == &track) update.due = now;
}

void AddressUpdates::note(Update& update, const ChildSa& child, std::uint8_t side,
                          const Place& place) {
  auto& uses = update.uses[side];
  auto& count = update.use_count[side];
  auto use = std::find_if(uses.begin(), uses.begin() + static_cast<std::ptrdiff_t>(count),
                          [&](const PathUse& one) { return one.child == &child; });
  if (use == uses.begin() + static_cast<std::ptrdiff_t>(count)) {
    if (count == Update::kMaxChildren) return;
    uses[count++] = {};
    use->child = &child;
  }
  const Path path = sent_on(place);
  if (is_on(path, update.new_paths[side]))
    ++(update.answered == Time::max() ? use->before_answer_on_new : use->on_new);
  else if (update.answered != Time::max() && is_on(path, update.old_paths[side]))
    ++(place.time > update.answered + kSwitch ? use->late_on_old : use->on_old);
}

bool AddressUpdates::tell_next(Time now) {
  const auto found =
      std::ranges::find_if(updates_, [&](const Update& update) { return update.due <= now; });
  if (found == updates_.end()) return false;
  const Update update = std::move(*found);
  updates_.erase(found);
  tell(update);
  return true;
}

void AddressUpdates::tell(const Update& update) {
  const IkeSa& sa = update.record->sa;
  const Track& track = *update.track;
  for (const std::uint8_t side : {kClient, kGateway}) {
    if (sa.sides[side].node == model::kNobody) continue;
    const bool asks = side == track.side;
    const Kept& request = asks ? track.sent : track.received;
    const Kept& response = asks ? track.arrived : track.answer;
    // Nobody has to take what came out of its turn.
    if (!asks && !track.is_in_window && response == nullptr) continue;
    std::vector<PathUse> uses;
    for (std::size_t i = 0; i < update.use_count[side]; ++i) {
      const auto children = store_.children(sa.number);
      if (std::ranges::find(children, update.uses[side][i].child) != children.end())
        uses.push_back(update.uses[side][i]);
    }
    const Track* check = update.check.get();
    sink_.on(AddressesUpdated{
        {{network_, sa.sides[side].node, circumstances(sa, side), sa.client().node}, &sa, side},
        request != nullptr ? *request : *track.request,
        response != nullptr ? response.get() : track.response.get(),
        update.old_paths[side],
        update.new_paths[side],
        uses,
        check == nullptr ? nullptr : check->request.get(),
        check == nullptr ? nullptr : answer_of(*check),
        stays_.current(sa.client().node)});
  }
}

}  // namespace mipvet::observer

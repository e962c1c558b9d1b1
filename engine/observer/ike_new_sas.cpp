#include "engine/observer/ike_effects.h"
#include "engine/observer/ike_reading.h"

namespace mipvet::observer {

// What IKE_AUTH and CREATE_CHILD_SA make: CHILD_SAs, and IKE SAs in the place of others.

namespace ike = wire::ike;
namespace notify = wire::ike::notify;

void IkeEffects::created(IkeRecord& record, const Track& track, const IkeMessage& response) {
  if (response.error() != nullptr) return;
  const auto chosen = proposal(response);
  if (!chosen || !is_trustworthy(*track.request)) return;
  // Without the nonces of both there are no keys (RFC 7296 §2.17, §2.18).
  if (!track.request->carries(ike::nonce::layout) || !response.carries(ike::nonce::layout)) return;
  if (chosen->protocol == ike::kProtocolIke)
    rekey(record, track, response);
  else
    make_child(record, track, response);
}

void IkeEffects::make_child(IkeRecord& record, const Track& track, const IkeMessage& response) {
  const auto chosen = proposal(response);
  if (!chosen || chosen->protocol != ike::kProtocolEsp) return;
  const IkeMessage& request = *track.request;
  auto offered = proposal(request, chosen->number);
  if (!offered) offered = proposal(request);
  if (!offered) return;
  ChildSa& child = store_.open_child(record.sa.number, response.time);
  child.suite = chosen->suite;
  EspStream& from_asker = child.from[track.side];
  EspStream& to_asker = child.from[other(track.side)];
  from_asker.spi = static_cast<std::uint32_t>(chosen->spi);
  to_asker.spi = static_cast<std::uint32_t>(offered->spi);
  from_asker.selectors = selectors(response, ike::traffic_selectors::initiator);
  to_asker.selectors = selectors(response, ike::traffic_selectors::responder);
  constexpr const wire::Layout& transport = notify::named("use-transport-mode");
  child.transport_mode = request.carries(transport) && response.carries(transport);
  ChildSa* old = nullptr;
  if (const wire::View view = request.payload(notify::named("rekey-sa"))) {
    const auto spi = static_cast<std::uint32_t>(view[notify::spi]);
    for (ChildSa* one : store_.children(record.sa.number))
      if (one != &child && one->from[other(track.side)].spi == spi && one->is_alive()) old = one;
  }
  if (old != nullptr) {
    child.replaces = old->number;
    old->replaced = response.time;
    old->rekeyed_by = track.side;
  }
  store_.index(child);
  tell(record, old != nullptr ? ChildSaChanged::What::rekeyed : ChildSaChanged::What::created,
       track, &response, child, old);
}

void IkeEffects::rekey(IkeRecord& record, const Track& track, const IkeMessage& response) {
  const auto chosen = proposal(response);
  auto offered = proposal(*track.request, chosen->number);
  if (!offered) offered = proposal(*track.request);
  if (!offered) return;
  const RecordPtr next = store_.open(offered->spi, chosen->spi, response.time);
  IkeSa& sa = next->sa;
  const std::uint64_t number = sa.number;
  next->nat_signs = record.nat_signs;
  sa = record.sa;
  sa.number = number;
  sa.replaces = record.sa.number;
  sa.initiator = track.side;
  sa.suite = chosen->suite;
  sa.created = sa.established = response.time;
  sa.state = IkeSa::State::established;
  sa.sides[track.side].spi = offered->spi;
  sa.sides[other(track.side)].spi = chosen->spi;
  for (IkeSide& side : sa.sides) {
    side.window = 1;
    side.next_request = side.unanswered = 0;
    side.request = {};
    side.gave_up = false;
  }
  record.sa.state = IkeSa::State::replaced;
  for (ChildSa* child : store_.children(record.sa.number)) child->ike_sa = number;
  store_.state_changed();
  tell(*next, IkeSaChanged::What::rekeyed, track, &response, &record.sa);
}

}  // namespace mipvet::observer

#include "engine/observer/ike_exchanges.h"

namespace mipvet::observer {

// Which IKE SA a message is of: one that is known, one that it begins, or none.

namespace ike = wire::ike;

namespace {

bool can_be_peer(Role role) {
  return role != Role::router && role != Role::nat && role != Role::firewall;
}

}  // namespace

RecordPtr IkeExchanges::record_of(const IkeMessage& seen) {
  const bool is_init = seen.exchange() == ike::kIkeSaInit;
  RecordPtr record = store_.find(seen.initiator_spi(), is_init ? 0 : seen.responder_spi());
  if (record == nullptr && is_init && seen.is_request()) record = begin(seen);
  return record;
}

RecordPtr IkeExchanges::begin(const IkeMessage& seen) {
  const RecordPtr record = store_.open(seen.initiator_spi(), 0, seen.time);
  const NodeId gateway = addresses_.owner(seen.destination);
  const NodeId client = client_of(seen, gateway);
  record->sa.sides[kGateway].node = gateway;
  record->sa.sides[kClient].node = client;
  if (client == model::kNobody || gateway == model::kNobody) return record;
  // Who begins anew does not wait for an answer any more.
  if (const IkeRecord* before = store_.latest(client, gateway, *record))
    if (before->sa.state == IkeSa::State::half_open)
      for (const TrackPtr& track : before->tracks[kClient])
        if (!track->ended) end(store_.shared(before->sa.number), track, seen.time);
  return record;
}

NodeId IkeExchanges::client_of(const IkeMessage& seen, NodeId gateway) const {
  if (seen.by_tester) return model::kNobody;
  if (seen.sender != model::kNobody && can_be_peer(network_.node(seen.sender).role))
    return seen.sender;
  // Seen on its way: the one that is declared to know the gateway.
  NodeId result = model::kNobody;
  for (const model::IkeCredentials& one : network_.ike) {
    if (one.one != gateway && one.other != gateway) continue;
    if (result != model::kNobody) return model::kNobody;
    result = one.peer_of(gateway);
  }
  return result;
}

/// A message of no IKE SA that is known.
void IkeExchanges::stray(const IkeMessage& seen) {
  // Without keys nobody can tell an IKE SA that was never made from one that replaced another, or
  // from one that was taken for a failed attempt: its user may well have it.
  if (seen.protection == Protection::no_key && !has_opened_ && !seen.by_tester) {
    if (!seen.is_response()) stays_.ike_request(seen, false);
    return;
  }
  const Kept kept = store_.keep(seen);
  const auto is_peer = [&](NodeId node) {
    return node != model::kNobody && can_be_peer(network_.node(node).role);
  };
  const bool departs = !seen.by_tester && is_peer(seen.sender);
  if (departs && seen.is_response()) {
    note_response(seen, kept);
    sink_.on(IkeResponseSent{{{network_, seen.sender, {}, model::kNobody}, nullptr, kClient},
                             arrived_before(seen).get(),
                             seen,
                             nullptr,
                             1,
                             0});
  } else if (departs) {
    sink_.on(IkeRequestSent{{{network_, seen.sender, {}, model::kNobody}, nullptr, kClient},
                            seen,
                            nullptr,
                            1,
                            {},
                            {},
                            nullptr,
                            nullptr,
                            stays_.current(seen.sender)});
  }
  if (is_peer(seen.receiver)) arrive(nullptr, nullptr, seen, kept);
}

}  // namespace mipvet::observer

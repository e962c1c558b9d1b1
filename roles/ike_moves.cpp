#include "roles/ike_mobility.h"
#include "roles/ike_session.h"

/// Changing the addresses of SAs: RFC 4555 §3.5, §3.7.
namespace mipvet::roles {
namespace {

using ike::PayloadChain;
using wire::Buffer;

constexpr std::uint16_t kUpdate = notification("update-sa-addresses");
constexpr std::uint16_t kCookie = notification("cookie2");
constexpr std::uint16_t kUnacceptable = notification("unacceptable-addresses");
constexpr std::uint16_t kUnexpectedNat = notification("unexpected-nat-detected");

/// A refusal because of a NAT may come of an old mapping: a few new requests (RFC 4555 §3.9).
constexpr unsigned kTriesPastNat = 3;

/// Whether an answer proves that the peer got the cookie; `wrong` is worse than no proof.
enum class Proof : std::uint8_t { none, right, wrong };
Proof proof_in(const IkePayloads& payloads, wire::Bytes cookie) {
  const IkeNotification* copy = payloads.notified(kCookie);
  if (copy == nullptr || cookie.empty()) return Proof::none;
  return std::ranges::equal(copy->data, cookie) ? Proof::right : Proof::wrong;
}

}  // namespace

void IkeMobility::suspend() {
  suspended_ = true;
  keepalive_.stop();
  session_.hold();
}

void IkeMobility::move(wire::Ipv4Address local, std::optional<wire::Ipv4Address> peer) {
  IkeSaState& state = session_.state;
  const AddressPair before = state.addresses;
  state.addresses.local = local;
  if (peer) state.addresses.peer = *peer;
  suspended_ = false;
  refusals_ = 0;
  if (!state.mobike) {
    session_.again();
    return check_liveness();
  }
  ++moves_;
  updating_ = true;
  move_children();
  if (context_.deviates("RFC4555-2.2-02")) esp_path_.local = before.local;
  // First what is on its way, from the new addresses (RFC 4555 §3.5).
  session_.again();
  if (context_.deviates("RFC4555-2.2-01")) state.addresses = before;
  const bool late =
      session_.asking() == IkeRequest::Kind::update && context_.deviates("RFC4555-3.5-10");
  if (!late) update();
  // A request that tells addresses is made anew for another source (RFC 4555 §3.6).
  if (announcing_ && !context_.deviates("RFC4555-3.6-10")) announce(*announcing_);
}

void IkeMobility::move_children() {
  if (context_.deviates("RFC4555-3.5-25") && session_.state.initiator) return;
  if (context_.deviates("RFC4555-3.5-18") && !session_.state.initiator) return;
  esp_path_ = session_.state.addresses;
  if (context_.deviates("RFC4555-3.5-19")) session_.children.forget_sent_numbers();
  if (context_.deviates("RFC4303-3.4.3-06")) session_.children.forget_received_numbers();
  if (!updating_) esp_nat_ = session_.state.nat;
}

void IkeMobility::update() {
  session_.forget_waiting(IkeRequest::Kind::update);
  const Buffer cookie = context_.settings.return_routability_check ? new_cookie() : Buffer{};
  session_.ask(
      IkeRequest::Kind::update,
      [this, cookie] {
        const ActiveDeviations& deviates = context_.deviates;
        PayloadChain chain;
        chain.add(ike::notify::layout,
                  {{ike::notify::protocol_id, deviates("RFC4555-4.2.4-01") ? ike::kProtocolIke : 0},
                   {ike::notify::notify_type, kUpdate}},
                  deviates("RFC4555-3.5-07") ? octets_of(session_.state.addresses.local.value, 4)
                                             : Buffer{});
        AddressPair hashed = session_.state.addresses;
        if (deviates("RFC4555-3.5-09")) hashed.peer.value ^= 1;
        if (nat_traversal_ && deviates("RFC4555-3.5-08")) return chain;
        if (nat_traversal_)
          add_nat_detection(chain, session_.current()->spis(), hashed, deviates);
        else if (!deviates("RFC4555-3.9-02"))
          add_no_nats_allowed(chain, session_.state.addresses, deviates);
        if (!cookie.empty()) add_notification(chain, kCookie, cookie);
        return chain;
      },
      [this, cookie, move = moves_](const IkePayloads& payloads, const AddressPair& from) {
        // It ends the IKE SA, late as it may be (RFC 4555 §3.7).
        if (proof_in(payloads, cookie) == Proof::wrong && !context_.deviates("RFC4555-3.7-06") &&
            !context_.deviates("RFC4555-3.7-07"))
          return session_.leave(farewell(), {IkeEnd::Why::rejected, 0});
        const bool late = move != moves_;
        const bool acts =
            !late || context_.deviates("RFC4555-3.5-10") || context_.deviates("RFC4555-3.5-22");
        // To whom the late answer says that all is done there is no more to ask.
        if (late && acts) session_.forget_waiting(IkeRequest::Kind::update);
        if (acts) take_update_answer(payloads, from);
      });
}

void IkeMobility::take_update_answer(const IkePayloads& payloads, const AddressPair& from) {
  IkeSaState& state = session_.state;
  const unsigned tries = context_.deviates("RFC4555-3.9-10") ? 1 : kTriesPastNat;
  if (payloads.notified(kUnexpectedNat) != nullptr && ++refusals_ < tries) return update();
  updating_ = false;
  if (const IkeNotification* error = payloads.error()) {
    context_.tell(
        [id = session_.id, type = error->type](IkeOwner& owner) { owner.move_refused(id, type); });
    return;
  }
  const NatFinding finding = find_nat(payloads, session_.current()->spis(), from);
  if (finding.announced && nat_traversal_) {
    nat_here_ = finding.here;
    state.nat = finding.any() && !context_.deviates("RFC4555-3.5-26");
  }
  move_children();
  if (context_.deviates("RFC4555-2.2-02")) esp_path_.local = first_path_.local;
  mapping_.clear();
  compare_mapping(payloads);
  schedule_keepalive();
  context_.tell([id = session_.id, path = state.addresses](IkeOwner& owner) {
    owner.move_confirmed(id, path);
  });
}

bool IkeMobility::answer_update(const IkePayloads& request, const AddressPair& from,
                                PayloadChain& response) {
  const ActiveDeviations& deviates = context_.deviates;
  // Who began the IKE SA in use has nothing to do with it (RFC 4555 §1.3).
  const bool turned = session_.current()->initiator() && deviates("RFC4555-1.3-01");
  if (turned || !context_.owner.acceptable(session_.id, from)) {
    response.add(ike::notify::layout,
                 {{ike::notify::protocol_id, deviates("RFC4555-4.1.1-01") ? ike::kProtocolIke : 0},
                  {ike::notify::notify_type, kUnacceptable}});
    if (!deviates("RFC4555-3.5-13")) return false;
    esp_path_ = from;
    return false;
  }
  if (deviates("RFC4555-3.5-15")) add_notification(response, notification("temporary-failure"));
  const bool out_of_order =
      request.notifications().front().type != kUpdate && deviates("RFC4555-3.6-09");
  if (out_of_order) {
    add_notification(response, notification("invalid-syntax"));
    return false;
  }
  AddressPair path = from;
  if (deviates("RFC4555-3.5-14") && !session_.state.additional_addresses.empty())
    path.peer = session_.state.additional_addresses.front();
  carry_out(path, find_nat(request, session_.current()->spis(), from));
  return true;
}

void IkeMobility::carry_out(const AddressPair& from, const NatFinding& finding) {
  IkeSaState& state = session_.state;
  ++moves_;
  const bool elsewhere = state.addresses != from;
  state.addresses = from;
  if (finding.announced && nat_traversal_) {
    nat_here_ = finding.here;
    state.nat = finding.any() && !context_.deviates("RFC4555-3.5-20");
  }
  if (elsewhere) session_.again();
  schedule_keepalive();
}

void IkeMobility::check_return_routability(std::optional<AddressPair> moved) {
  const bool elsewhere = moved && (esp_path_ != *moved || esp_nat_ != session_.state.nat);
  if (moved && !elsewhere) return;
  const auto succeed = [this] {
    const AddressPair before = esp_path_;
    move_children();
    if (before != esp_path_)
      context_.tell([id = session_.id, before, now = esp_path_](IkeOwner& owner) {
        owner.peer_moved(id, before, now);
      });
  };
  const bool checks =
      context_.settings.return_routability_check && !context_.deviates("RFC4555-3.5-16");
  if (moved && !checks) return succeed();
  if (moved && context_.deviates("RFC4555-3.5-17")) succeed();
  const Buffer cookie = new_cookie();
  session_.ask(
      IkeRequest::Kind::informational,
      [this, cookie] {
        PayloadChain chain;
        add_notification(chain, kCookie, cookie);
        if (nat_traversal_) add_mapping_check(chain);
        return chain;
      },
      [this, cookie, succeed, moved, move = moves_](const IkePayloads& payloads,
                                                    const AddressPair&) {
        const Proof proof = proof_in(payloads, cookie);
        const bool naive = context_.deviates("RFC4555-3.7-06") ||
                           (proof == Proof::none && context_.deviates("RFC4555-3.7-08"));
        const bool lenient = context_.deviates("RFC4555-3.7-07");
        if (proof == Proof::wrong && !naive && !lenient)
          return session_.leave(farewell(), {IkeEnd::Why::rejected, 0});
        if (moved && move == moves_ && (proof == Proof::right || naive)) succeed();
        if (!moved) compare_mapping(payloads);
      });
}

}  // namespace mipvet::roles

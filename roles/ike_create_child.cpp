#include <algorithm>

#include "roles/ike_child.h"
#include "roles/ike_children.h"
#include "roles/ike_session.h"

/// Making CHILD_SAs: RFC 7296 §1.2, §1.3.1, §1.3.3, §2.9.
namespace mipvet::roles {
namespace {

using ike::PayloadChain;
using wire::Buffer;
using wire::Bytes;

/// After TEMPORARY_FAILURE (RFC 7296 §2.25).
constexpr auto kRetryPause = std::chrono::seconds(10);
constexpr auto kNoPause = std::chrono::milliseconds(200);  // of a deviation

void add_key_exchange(PayloadChain& chain, const crypto::KeyExchange& exchange) {
  chain.add(ike::key_exchange::layout,
            {{ike::key_exchange::group, crypto::algorithm(exchange.group()).transform_id}},
            exchange.public_value());
}

std::optional<std::uint16_t> ke_group(const IkePayloads& payloads) {
  const wire::View ke = payloads.find(ike::key_exchange::layout);
  if (!ke) return std::nullopt;
  return static_cast<std::uint16_t>(ke[ike::key_exchange::group]);
}

/// Of a deviation: to half of what they were.
void narrow(IkeChildren::Selectors& selectors) {
  ike::TrafficSelector& first = selectors.front();
  first.end.value = first.start.value + (first.end.value - first.start.value) / 2;
}

/// Transforms of the range for private use.
bool names_unknown(std::span<const ike::Proposal> proposals) {
  constexpr std::uint16_t kPrivate = 1024;
  return std::ranges::any_of(proposals, [](const ike::Proposal& one) {
    return std::ranges::any_of(one.transforms,
                               [](const ike::Transform& each) { return each.id >= kPrivate; });
  });
}

Buffer copy(Bytes octets) {
  return {octets.begin(), octets.end()};
}

}  // namespace

IkeChildren::Offer IkeChildren::offer() {
  Offer offer;
  offer.inbound_spi = new_spi();
  // No groups in IKE_AUTH (RFC 7296 §1.2).
  offer.proposals =
      roles::offer(std::span<const EspProposal>(context_.settings.esp),
                   octets_of(offer.inbound_spi, 4), context_.deviates("RFC7296-1.2-14"));
  offer.own = own_policy_;
  offer.peer = peer_policy_;
  offer.transport_mode = context_.deviates("RFC4555-1.2-01");
  return offer;
}

void IkeChildren::add(const Offer& offer, PayloadChain& chain) {
  chain.add(ike::security_association::layout, {}, ike::make_proposals(offer.proposals));
  if (!offer.nonce.empty()) chain.add(ike::nonce::layout, {}, offer.nonce);
  if (offer.exchange) add_key_exchange(chain, *offer.exchange);
  if (offer.transport_mode) add_notification(chain, notification("use-transport-mode"));
  ike::add_traffic_selectors(chain, ike::traffic_selectors::initiator, offer.own);
  ike::add_traffic_selectors(chain, ike::traffic_selectors::responder, offer.peer);
}

std::optional<IkeEnd> IkeChildren::take_answer(const IkeSa& sa, const Offer& offer,
                                               const IkePayloads& answer, const Nonces& nonces) {
  const wire::View association = answer.find(ike::security_association::layout);
  const wire::View own = answer.find(ike::traffic_selectors::initiator);
  const wire::View peer = answer.find(ike::traffic_selectors::responder);
  if (!association || !own || !peer || nonces.responder.empty()) {
    const IkeNotification* error = answer.error();
    if (error != nullptr) return IkeEnd{IkeEnd::Why::refused, error->type};
    return IkeEnd{IkeEnd::Why::rejected, notification("invalid-syntax")};
  }
  const auto proposals = proposals_in(association);
  auto own_selectors = selectors_in(own);
  auto peer_selectors = selectors_in(peer);
  const bool lenient = context_.deviates("RFC7296-3.3.6-02");
  if (!proposals || (!lenient && !is_of(*proposals, offer.proposals)))
    return IkeEnd{IkeEnd::Why::rejected, notification("no-proposal-chosen")};
  if (!own_selectors || !peer_selectors || own_selectors->empty() || peer_selectors->empty() ||
      !is_within(*own_selectors, offer.own) || !is_within(*peer_selectors, offer.peer))
    return IkeEnd{IkeEnd::Why::rejected, notification("ts-unacceptable")};
  const auto choice = choose(*proposals, std::span<const EspProposal>(context_.settings.esp), true,
                             ke_group(answer));
  if (!choice) return IkeEnd{IkeEnd::Why::rejected, notification("no-proposal-chosen")};
  Made made{*choice, static_cast<std::uint32_t>(number_in(choice->answer.spi)),
            std::move(*own_selectors), std::move(*peer_selectors), std::nullopt};
  if (offer.exchange && choice->group) {
    const wire::View ke = answer.find(ike::key_exchange::layout);
    if (!ke || ke_group(answer) != crypto::algorithm(*choice->group).transform_id)
      return IkeEnd{IkeEnd::Why::rejected, notification("invalid-syntax")};
    made.secret = offer.exchange->shared_secret(ke.octets(ike::key_exchange::data));
    if (!made.secret) return IkeEnd{IkeEnd::Why::rejected, notification("invalid-syntax")};
  }
  Child* rekeyed = offer.rekeyed ? find(*offer.rekeyed) : nullptr;
  finish(sa, std::move(made), offer.inbound_spi, nonces, true, rekeyed);
  return std::nullopt;
}

void IkeChildren::create(std::optional<std::uint32_t> rekeyed, std::optional<crypto::Group> group) {
  auto shared = std::make_shared<Offer>();
  session_.ask(
      IkeRequest::Kind::child,
      [this, shared, rekeyed, group]() -> std::optional<PayloadChain> {
        Child* old = rekeyed ? find(*rekeyed) : nullptr;
        if (rekeyed && (old == nullptr || old->deleting)) return std::nullopt;
        if (old != nullptr) old->rekeying = true;
        Offer& offer = *shared = this->offer();
        offer.rekeyed = rekeyed;
        offer.as_wanted = group.has_value();
        offer.proposals = roles::offer(std::span<const EspProposal>(context_.settings.esp),
                                       octets_of(offer.inbound_spi, 4), true);
        if (old != nullptr) {
          offer.own = old->sa.own;
          offer.peer = old->sa.peer;
          if (context_.deviates("RFC7296-2.9.2-01")) narrow(offer.own);
          if (context_.deviates("RFC7296-2.8-03")) narrow(offer.own);
        }
        offer.nonce = new_nonce(context_);
        const auto& groups = context_.settings.esp.front().groups;
        if (group || !groups.empty())
          offer.exchange.emplace(group ? *group : groups.front(), context_.random);
        if (context_.deviates("RFC7296-1.3-02"))
          offer.exchange.emplace(crypto::Group::curve25519, context_.random);
        PayloadChain chain;
        if (old != nullptr) {
          add_notification(chain, notification("rekey-sa"), old->sa.inbound_spi,
                           context_.deviates("RFC7296-1.3.3-01") ? Buffer(4) : Buffer());
        }
        add(offer, chain);
        return chain;
      },
      [this, shared](const IkePayloads& answer, const AddressPair&) {
        take_created(*session_.current(), *shared, answer);
      });
}

void IkeChildren::take_created(const IkeSa& sa, const Offer& offer, const IkePayloads& answer) {
  Child* old = offer.rekeyed ? find(*offer.rekeyed) : nullptr;
  if (old != nullptr) old->rekeying = false;
  if (answer.notified(notification("temporary-failure")) != nullptr) {
    const net::Duration pause = context_.deviates("RFC7296-2.25-02") ? kNoPause : kRetryPause;
    return retry_.start(pause, [this, rekeyed = offer.rekeyed] { create(rekeyed); });
  }
  const IkeNotification* other_group = answer.notified(notification("invalid-ke-payload"));
  if (other_group != nullptr && other_group->data.size() == 2) {
    const auto wanted = crypto::group_of(static_cast<std::uint16_t>(number_in(other_group->data)));
    const auto& ours = context_.settings.esp.front().groups;
    // Who refuses what it named itself is not asked again, and again.
    const bool other =
        wanted && !offer.as_wanted && (!offer.exchange || offer.exchange->group() != *wanted);
    if (other && std::ranges::find(ours, *wanted) != ours.end())
      return create(offer.rekeyed, wanted);
  }
  const Nonces nonces{offer.nonce, copy(answer.find(ike::nonce::layout).octets(ike::nonce::data))};
  const bool blind = context_.deviates("RFC7296-3.10.1-01") && answer.error() != nullptr;
  if (const auto end = blind ? std::nullopt : take_answer(sa, offer, answer, nonces))
    return fail(*end);
  // Whoever rekeys deletes the old one (RFC 7296 §2.8).
  if (offer.rekeyed && !context_.deviates("RFC7296-2.8-06")) remove(*offer.rekeyed);
}

void IkeChildren::fail(const IkeEnd& end) {
  context_.tell([id = session_.id, end](IkeOwner& owner) { owner.child_failed(id, end); });
}

std::optional<IkeChildren::Made> IkeChildren::decide(const IkePayloads& request, bool in_auth,
                                                     const Child* rekeyed, PayloadChain& response) {
  const auto refuse = [&](std::uint16_t type) {
    add_notification(response, type);
    return std::nullopt;
  };
  const wire::View association = request.find(ike::security_association::layout);
  const wire::View theirs = request.find(ike::traffic_selectors::initiator);
  const wire::View ours = request.find(ike::traffic_selectors::responder);
  if (!association || !theirs || !ours) return refuse(notification("invalid-syntax"));
  const auto proposals = proposals_in(association);
  const auto peer_proposed = selectors_in(theirs);
  const auto own_proposed = selectors_in(ours);
  if (!proposals || !peer_proposed || !own_proposed) return refuse(notification("invalid-syntax"));
  if (context_.deviates("RFC7296-3.3.6-03") && names_unknown(*proposals))
    return refuse(notification("no-proposal-chosen"));
  const auto choice = choose(*proposals, std::span<const EspProposal>(context_.settings.esp),
                             !in_auth, ke_group(request));
  if (!choice && context_.deviates("RFC7296-2.21.3-01")) return std::nullopt;
  if (!choice) return refuse(notification("no-proposal-chosen"));
  Made made{*choice, static_cast<std::uint32_t>(number_in(choice->answer.spi)), {}, {}, {}};
  if (choice->group && ke_group(request) != crypto::algorithm(*choice->group).transform_id) {
    const auto group = crypto::algorithm(*choice->group).transform_id;
    const std::size_t size = context_.deviates("RFC7296-1.3-03") ? 4 : 2;
    add_notification(response, notification("invalid-ke-payload"), octets_of(group, size));
    return std::nullopt;
  }
  // A rekeyed CHILD_SA keeps what it has (RFC 7296 §2.9.2).
  made.peer = narrowed(*peer_proposed, rekeyed != nullptr ? rekeyed->sa.peer : peer_policy_);
  made.own = narrowed(*own_proposed, rekeyed != nullptr ? rekeyed->sa.own : own_policy_);
  if (made.peer.empty() || made.own.empty()) return refuse(notification("ts-unacceptable"));
  if (context_.deviates("RFC7296-2.9-01") && rekeyed != nullptr)
    made.peer = {{wire::Ipv4Address{}, wire::Ipv4Address{0xFFFFFFFFU}}};
  if (context_.deviates("RFC7296-2.19-06"))
    made.peer = {{wire::Ipv4Address{}, wire::Ipv4Address{0xFFFFFFFFU}}};
  return made;
}

void IkeChildren::answer_first(const IkeSa& sa, const IkePayloads& request, const Nonces& nonces,
                               PayloadChain& response) {
  auto made = decide(request, true, nullptr, response);
  if (!made) return;
  const std::uint32_t spi = new_spi();
  ike::Proposal chosen = made->choice.answer;
  chosen.spi = octets_of(spi, 4);
  response.add(ike::security_association::layout, {}, ike::make_proposals(std::array{chosen}));
  constexpr std::uint16_t kTransport = notification("use-transport-mode");
  if (request.notified(kTransport) != nullptr && context_.deviates("RFC4555-1.2-01"))
    add_notification(response, kTransport);
  ike::add_traffic_selectors(response, ike::traffic_selectors::initiator, made->peer);
  ike::add_traffic_selectors(response, ike::traffic_selectors::responder, made->own);
  finish(sa, std::move(*made), spi, nonces, false, nullptr);
}

void IkeChildren::answer(const IkeSa& sa, const IkePayloads& request, PayloadChain& response) {
  Child* old = nullptr;
  if (const IkeNotification* rekey = request.notified(notification("rekey-sa"))) {
    const auto spi = static_cast<std::uint32_t>(number_in(rekey->spi));
    old = find_outbound(spi);
    if (old == nullptr && !context_.deviates("RFC7296-2.25-03"))
      return add_notification(response, notification("child-sa-not-found"), spi);
    if (old != nullptr && old->deleting)
      return add_notification(response, notification("temporary-failure"));
  } else if (children_.size() >= context_.settings.max_children) {
    return add_notification(response, notification("no-additional-sas"));
  }
  const Bytes nonce = request.find(ike::nonce::layout).octets(ike::nonce::data);
  if (nonce.empty()) return add_notification(response, notification("invalid-syntax"));
  auto made = decide(request, false, old, response);
  if (!made) return;
  std::optional<crypto::KeyExchange> exchange;
  if (made->choice.group) {
    exchange.emplace(*made->choice.group, context_.random);
    made->secret = exchange->shared_secret(
        request.find(ike::key_exchange::layout).octets(ike::key_exchange::data));
    if (!made->secret) return add_notification(response, notification("invalid-syntax"));
  }
  const Nonces nonces{copy(nonce), new_nonce(context_)};
  Offer answered;
  answered.inbound_spi = new_spi();
  answered.nonce = nonces.responder;
  answered.exchange = std::move(exchange);
  ike::Proposal chosen = made->choice.answer;
  chosen.spi = octets_of(answered.inbound_spi, 4);
  answered.proposals = {chosen};
  // TSi is of the side that asked.
  answered.own = made->peer;
  answered.peer = made->own;
  if (!context_.deviates("RFC7296-1.3.3-02")) add(answered, response);
  finish(sa, std::move(*made), answered.inbound_spi, nonces, false, old);
}

}  // namespace mipvet::roles

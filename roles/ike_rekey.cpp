#include <algorithm>

#include "engine/crypto/key_exchange.h"
#include "roles/ike_choice.h"
#include "roles/ike_session.h"

/// Replacing an IKE SA: RFC 7296 §1.3.2, §2.18.
namespace mipvet::roles {
namespace {

using ike::PayloadChain;
using wire::Buffer;
using wire::Bytes;

/// After TEMPORARY_FAILURE (RFC 7296 §2.25).
constexpr auto kRetryPause = std::chrono::seconds(10);
constexpr auto kNoPause = std::chrono::milliseconds(200);  // of a deviation

void add_exchange(PayloadChain& chain, const std::vector<ike::Proposal>& proposals,
                  const Buffer& nonce, const crypto::KeyExchange& exchange) {
  chain.add(ike::security_association::layout, {}, ike::make_proposals(proposals));
  chain.add(ike::nonce::layout, {}, nonce);
  chain.add(ike::key_exchange::layout,
            {{ike::key_exchange::group, crypto::algorithm(exchange.group()).transform_id}},
            exchange.public_value());
}

/// What the payloads of the other side hold; nothing where something is missing.
struct Half {
  std::vector<ike::Proposal> proposals;
  Bytes nonce;
  std::uint16_t group = 0;
  Bytes public_value;
};
std::optional<Half> half_in(const IkePayloads& payloads) {
  const wire::View association = payloads.find(ike::security_association::layout);
  const wire::View nonce = payloads.find(ike::nonce::layout);
  const wire::View exchange = payloads.find(ike::key_exchange::layout);
  if (!association || !nonce || !exchange) return std::nullopt;
  auto proposals = proposals_in(association);
  if (!proposals || proposals->empty() || proposals->front().spi.size() != 8 ||
      number_in(proposals->front().spi) == 0)
    return std::nullopt;
  return Half{std::move(*proposals), nonce.octets(ike::nonce::data),
              static_cast<std::uint16_t>(exchange[ike::key_exchange::group]),
              exchange.octets(ike::key_exchange::data)};
}

IkeSa::Parameters successor(const IkeSa& old, const crypto::IkeSpis& spis, bool initiator,
                            const crypto::IkeSuite& suite, const crypto::Nonces& nonces,
                            Bytes secret) {
  const Buffer seed = crypto::rekeyed_skeyseed(old.suite().prf, old.keys().d, secret, nonces);
  return {spis, initiator, suite, crypto::ike_keys(suite, seed, nonces, spis), 0, 0};
}

}  // namespace

struct IkeSession::Rekeying {
  std::uint64_t spi = 0;
  std::vector<ike::Proposal> proposals;
  Buffer nonce;
  std::optional<crypto::KeyExchange> exchange;
  bool as_wanted = false;  ///< with the group that the peer named
};

void IkeSession::rekey(std::optional<crypto::Group> group) {
  if (over_ || !state.established) return;
  auto rekeying = std::make_shared<Rekeying>();
  rekeying->as_wanted = group.has_value();
  IkeSa* old = current();
  old->ask({IkeRequest::Kind::ike,
            [this, rekeying, group]() -> std::optional<PayloadChain> {
              const auto& ours = context.settings.ike;
              rekeying->spi = new_spi();
              rekeying->proposals =
                  offer(std::span<const IkeProposal>(ours), octets_of(rekeying->spi, 8));
              rekeying->nonce = new_nonce(context);
              rekeying->exchange.emplace(group.value_or(ours.front().groups.front()),
                                         context.random);
              PayloadChain chain;
              add_exchange(chain, rekeying->proposals, rekeying->nonce, *rekeying->exchange);
              return chain;
            },
            [this, rekeying, old](const IkePayloads& answer, const AddressPair&) {
              take_rekeyed(*old, *rekeying, answer);
            }});
}

/// The group that the peer wants instead (RFC 7296 §1.3), if it is one of ours.
std::optional<crypto::Group> IkeSession::other_group(const IkePayloads& answer,
                                                     const Rekeying& rekeying) const {
  const IkeNotification* told = answer.notified(notification("invalid-ke-payload"));
  // Who refuses what it named itself is not asked again, and again.
  if (rekeying.as_wanted || told == nullptr || told->data.size() != 2) return std::nullopt;
  const auto wanted = crypto::group_of(static_cast<std::uint16_t>(number_in(told->data)));
  const bool ours = wanted && std::ranges::any_of(context.settings.ike, [&](const auto& one) {
                      return std::ranges::find(one.groups, *wanted) != one.groups.end();
                    });
  return ours && *wanted != rekeying.exchange->group() ? wanted : std::nullopt;
}

void IkeSession::take_rekeyed(IkeSa& old, Rekeying& rekeying, const IkePayloads& answer) {
  if (const IkeNotification* error = answer.error()) {
    if (error->type == notification("temporary-failure"))
      return retry_.start(context.deviates("RFC7296-2.25-02") ? kNoPause : kRetryPause,
                          [this] { rekey(); });
    if (const auto wanted = other_group(answer, rekeying)) return rekey(wanted);
    return leave(farewell(), {IkeEnd::Why::refused, error->type});
  }
  const auto half = half_in(answer);
  const auto choice =
      half && is_of(half->proposals, rekeying.proposals)
          ? choose(half->proposals, std::span<const IkeProposal>(context.settings.ike), half->group)
          : std::nullopt;
  const auto secret = choice && choice->group == rekeying.exchange->group()
                          ? rekeying.exchange->shared_secret(half->public_value)
                          : std::nullopt;
  if (!secret)
    return leave(farewell(), {IkeEnd::Why::rejected, notification("no-proposal-chosen")});
  const crypto::IkeSpis spis{rekeying.spi, number_in(choice->answer.spi)};
  replace(old, successor(old, spis, true, choice->suite, {rekeying.nonce, half->nonce}, *secret));
  // The last request on it (RFC 7296 §2.8).
  old.ask({IkeRequest::Kind::deletion, [] { return farewell(); },
           [&old, this](const IkePayloads&, const AddressPair&) {
             if (!context.deviates("RFC7296-2.8-05")) return old.close();
             old.ask({IkeRequest::Kind::informational, [] { return PayloadChain(); },
                      [](const IkePayloads&, const AddressPair&) {}});
           }});
}

void IkeSession::replace(IkeSa& old, IkeSa::Parameters parameters) {
  if (context.deviates("RFC7296-1.3.2-03")) parameters.next_id = 7;
  auto waiting = old.take_waiting();
  // The one before stays, for repeats of its last request.
  std::erase_if(sas_, [&](const auto& one) { return one.get() != &old && one->is_closed(); });
  IkeSa& fresh = install(std::move(parameters));
  for (IkeRequest& one : waiting) fresh.ask(std::move(one));
  mobility.renumber();
  if (context.deviates("RFC7296-2.8-04")) children.clear();
  if (const auto lifetime = context.settings.ike_lifetime)
    lifetime_.start(*lifetime, [this] { rekey(); });
}

void IkeSession::answer_rekey(IkeSa& sa, const IkePayloads& request, PayloadChain& response) {
  const auto asks = asking();
  const bool busy = asks == IkeRequest::Kind::child || asks == IkeRequest::Kind::ike;
  if (busy || &sa != current())
    return add_notification(response, notification("temporary-failure"));
  const auto half = half_in(request);
  if (!half) return add_notification(response, notification("invalid-syntax"));
  auto choice =
      choose(half->proposals, std::span<const IkeProposal>(context.settings.ike), half->group);
  if (!choice) return add_notification(response, notification("no-proposal-chosen"));
  const std::uint16_t group = crypto::algorithm(choice->group).transform_id;
  if (group != half->group)
    return add_notification(response, notification("invalid-ke-payload"), octets_of(group, 2));
  const crypto::KeyExchange exchange(choice->group, context.random);
  const auto secret = exchange.shared_secret(half->public_value);
  if (!secret) return add_notification(response, notification("invalid-syntax"));
  const Buffer nonce = new_nonce(context);
  const crypto::IkeSpis spis{number_in(choice->answer.spi), new_spi()};
  choice->answer.spi = octets_of(spis.responder, 8);
  add_exchange(response, {choice->answer}, nonce, exchange);
  replace(sa, successor(sa, spis, false, choice->suite, {half->nonce, nonce}, *secret));
}

}  // namespace mipvet::roles

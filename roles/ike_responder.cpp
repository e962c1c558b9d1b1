#include "roles/ike_responder.h"

#include <algorithm>

#include "engine/crypto/ike_auth.h"
#include "engine/crypto/key_exchange.h"
#include "roles/ike_choice.h"
#include "roles/ike_distortion.h"
#include "roles/ike_session.h"
#include "roles/ike_transport.h"

namespace mipvet::roles {
namespace {

using ike::PayloadChain;
using wire::Buffer;
using wire::Bytes;

Bytes octets_of_text(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Buffer copy(Bytes octets) {
  return {octets.begin(), octets.end()};
}

const wire::Layout& exchange_layout(std::uint8_t exchange) {
  for (const wire::Layout* one : ike::exchanges)
    if (one->type_value == exchange) return *one;
  return ike::other_exchange;
}

}  // namespace

void send_unprotected(IkeContext& context, const IkeHeader& request, const AddressPair& to,
                      std::uint16_t type, Bytes data) {
  PayloadChain chain;
  add_notification(chain, type, data);
  const bool wrong =
      (type == notification("invalid-ike-spi") && context.deviates("RFC7296-2.21.4-02")) ||
      (type == notification("invalid-major-version") && context.deviates("RFC7296-1.5-03"));
  send_message(context, to,
               ike::make_message(exchange_layout(request.exchange),
                                 {{ike::message::initiator_spi, request.spis.initiator},
                                  {ike::message::responder_spi, request.spis.responder},
                                  {ike::message::exchange_type, request.exchange},
                                  {ike::message::response, true},
                                  {ike::message::initiator, !request.initiator},
                                  {ike::message::message_id, request.message_id + (wrong ? 1 : 0)}},
                                 chain));
}

IkeResponder::IkeResponder(IkeSession& session) : session_(session), context_(session.context) {}

bool IkeResponder::refuse(const IkeHeader& header, const AddressPair& to, std::uint16_t type,
                          Bytes data) {
  send_unprotected(context_, header, to, type, data);
  return false;
}

bool IkeResponder::accept(const IkeHeader& header, Bytes message, const AddressPair& from) {
  const auto payloads =
      IkePayloads::parse(header.first_payload, message.subspan(ike::other_exchange.minimum));
  if (!payloads) return refuse(header, from, notification("invalid-syntax"));
  if (const auto unknown = payloads->unknown_critical())
    return refuse(header, from, notification("unsupported-critical-payload"),
                  octets_of(*unknown, 1));
  if (is_picky(context_.deviates, message, *payloads))
    return refuse(header, from, notification("invalid-syntax"));
  const wire::View association = payloads->find(ike::security_association::layout);
  const wire::View exchange = payloads->find(ike::key_exchange::layout);
  const wire::View nonce = payloads->find(ike::nonce::layout);
  const auto proposals = association ? proposals_in(association) : std::nullopt;
  const Bytes theirs = nonce.octets(ike::nonce::data);
  if (!proposals || !exchange || theirs.size() < 16 || theirs.size() > 256)
    return refuse(header, from, notification("invalid-syntax"));
  const auto ke_group = static_cast<std::uint16_t>(exchange[ike::key_exchange::group]);
  const auto choice =
      choose(*proposals, std::span<const IkeProposal>(context_.settings.ike), ke_group);
  if (!choice) return refuse(header, from, notification("no-proposal-chosen"));
  const std::uint16_t group = crypto::algorithm(choice->group).transform_id;
  if (group != ke_group)
    return refuse(header, from, notification("invalid-ke-payload"), octets_of(group, 2));
  const crypto::KeyExchange own(choice->group, context_.random);
  const auto secret = own.shared_secret(exchange.octets(ike::key_exchange::data));
  if (!secret) return refuse(header, from, notification("invalid-syntax"));

  const ActiveDeviations& deviates = context_.deviates;
  nonce_ = new_nonce(context_);
  peer_nonce_ = copy(theirs);
  request_ = copy(message);
  const crypto::IkeSpis spis{header.spis.initiator, session_.new_spi()};
  session_.state.addresses = from;
  const NatFinding nat = find_nat(*payloads, header.spis, from);
  if (nat.there && deviates("RFC7296-2.23-12"))
    return refuse(header, from, notification("unexpected-nat-detected"));
  session_.mobility.found(nat);
  PayloadChain chain;
  chain.add(ike::security_association::layout, {}, ike::make_proposals(std::array{choice->answer}));
  chain.add(ike::key_exchange::layout, {{ike::key_exchange::group, group}}, own.public_value());
  if (!deviates("RFC7296-1.2-02")) chain.add(ike::nonce::layout, {}, nonce_);
  if (nat.announced && !context_.settings.no_nats_allowed)
    add_nat_detection(chain, spis, from, deviates);
  response_ = ike::make_message(ike::ike_sa_init,
                                {{ike::message::initiator_spi, spis.initiator},
                                 {ike::message::responder_spi, spis.responder},
                                 {ike::message::exchange_type, ike::kIkeSaInit},
                                 {ike::message::response, true}},
                                distorted(deviates, {ike::kIkeSaInit, true, false}, chain));
  const crypto::Nonces nonces{peer_nonce_, nonce_};
  const Buffer seed = crypto::skeyseed(choice->suite.prf, nonces, *secret);
  session_.install(
      {spis, false, choice->suite, crypto::ike_keys(choice->suite, seed, nonces, spis), 0, 1});
  session_.transmit(response_, from);
  return true;
}

void IkeResponder::repeat(Bytes message, const AddressPair& from) {
  const bool same = std::ranges::equal(message, request_);
  if (same && !session_.state.established) session_.transmit(response_, from);
}

const IkeCredential* IkeResponder::credential_of(const IkeSa& sa,
                                                 const IkePayloads& request) const {
  const wire::View id = request.find(ike::identification::initiator);
  const wire::View asked = request.find(ike::identification::responder);
  const wire::View auth = request.find(ike::authentication::layout);
  const auto identity = [](wire::View view) {
    return IkeIdentity{static_cast<std::uint8_t>(view[ike::identification::id_type]),
                       copy(view.octets(ike::identification::data))};
  };
  if (auth[ike::authentication::method] != ike::authentication::kSharedKey) return nullptr;
  const Buffer octets = crypto::signed_octets(
      sa.suite().prf, {request_, nonce_, sa.keys().pi, id.bytes().subspan(4)});
  const bool any_secret = context_.deviates("RFC7296-1.2-08");
  const IkeCredential* other = nullptr;
  for (const IkeCredential& one : context_.settings.credentials) {
    if (one.peer != identity(id) && !any_secret) continue;
    const bool proven = context_.deviates("RFC7296-1.2-07") ||
                        crypto::verify_shared_key(sa.suite().prf, octets_of_text(one.psk), octets,
                                                  auth.octets(ike::authentication::data));
    if (proven && (!asked || one.own == identity(asked))) return &one;
    if (proven) other = &one;
  }
  // Who asks for another name than any of ours may close what it then gets (RFC 7296 §1.2).
  return other;
}

PayloadChain IkeResponder::authenticate(IkeSa& sa, const IkePayloads& request,
                                        const AddressPair& from) {
  PayloadChain response;
  const auto fail = [&](std::uint16_t type) {
    add_notification(response, type);
    session_.end({IkeEnd::Why::rejected, type});
    return response;
  };
  const wire::View id = request.find(ike::identification::initiator);
  if (!id || !request.find(ike::authentication::layout) ||
      !request.find(ike::security_association::layout))
    return fail(notification("invalid-syntax"));
  session_.state.peer = {static_cast<std::uint8_t>(id[ike::identification::id_type]),
                         copy(id.octets(ike::identification::data))};
  const IkeCredential* credential = credential_of(sa, request);
  if (credential == nullptr && context_.deviates("RFC7296-2.21.2-01")) {
    session_.end({IkeEnd::Why::rejected, notification("authentication-failed")});
    return response;
  }
  if (credential == nullptr) return fail(notification("authentication-failed"));
  if (tells_of_nat(request, from) && !context_.deviates("RFC4555-3.9-05"))
    return fail(notification("unexpected-nat-detected"));
  if (!context_.deviates("RFC4555-3.3-02"))
    session_.mobility.begin(from);
  else
    session_.mobility.begin(session_.state.addresses);
  answer_authentic(sa, request, *credential, response);
  return response;
}

void IkeResponder::answer_authentic(IkeSa& sa, const IkePayloads& request,
                                    const IkeCredential& credential, PayloadChain& response) {
  const ActiveDeviations& deviates = context_.deviates;
  response.add(ike::identification::responder,
               {{ike::identification::id_type, credential.own.type}}, credential.own.data);
  const Buffer octets = crypto::signed_octets(
      sa.suite().prf, {response_, peer_nonce_, sa.keys().pr, Bytes(response.octets()).subspan(4)});
  Buffer auth = crypto::shared_key_auth(sa.suite().prf, octets_of_text(credential.psk), octets);
  if (deviates("RFC7296-2.15-02")) auth.front() ^= 1;
  response.add(ike::authentication::layout,
               {{ike::authentication::method, ike::authentication::kSharedKey}}, auth);
  const bool supports =
      context_.settings.mobike && request.notified(notification("mobike-supported")) != nullptr;
  session_.mobility.take_support(request, supports);
  session_.establish();
  if (configure(request, response))
    session_.children.answer_first(sa, request, {peer_nonce_, nonce_}, response);
  if (session_.state.children.empty() && deviates("RFC7296-1.2-12")) {
    response = {};
    add_notification(response, notification("internal-address-failure"));
    return session_.end({IkeEnd::Why::rejected, notification("internal-address-failure")});
  }
  if (supports && session_.state.mobike) session_.mobility.add_support(response);
  if (request.notified(notification("initial-contact")) != nullptr)
    context_.replace_others(session_.id);
}

bool IkeResponder::configure(const IkePayloads& request, PayloadChain& response) {
  namespace attribute = ike::configuration_attribute;
  const ActiveDeviations& deviates = context_.deviates;
  const wire::View configuration = request.find(ike::configuration::layout);
  const auto attributes = configuration ? attributes_in(configuration) : std::nullopt;
  const bool asks = attributes && std::ranges::find(*attributes, attribute::kInternalIp4Address,
                                                    &ike::Attribute::type) != attributes->end();
  const auto& networks = context_.settings.networks;
  if (!asks) {
    if (context_.settings.address_needed) {
      add_notification(response, deviates("RFC7296-2.19-05")
                                     ? notification("internal-address-failure")
                                     : notification("failed-cp-required"));
      return false;
    }
    session_.children.set_policy(networks, {selector_of(session_.state.addresses.peer)});
    return true;
  }
  const auto address = context_.owner.assign_address(session_.id, session_.state.peer);
  if (!address) {
    if (!deviates("RFC7296-3.15.4-01")) {
      add_notification(response, notification("internal-address-failure"));
      return false;
    }
    session_.children.set_policy(networks, {selector_of(session_.state.addresses.peer)});
    return true;
  }
  session_.state.assigned = address;
  session_.children.set_policy(networks, {selector_of(*address)});
  std::vector<ike::Attribute> given{{attribute::kInternalIp4Address, octets_of(address->value, 4)}};
  if (deviates("RFC7296-3.15.1-02")) given.push_back(given.front());
  response.add(ike::configuration::layout,
               {{ike::configuration::cfg_type, ike::configuration::kReply}},
               ike::make_attributes(given));
  return true;
}

}  // namespace mipvet::roles

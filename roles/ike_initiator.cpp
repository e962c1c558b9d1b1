#include "roles/ike_initiator.h"

#include <algorithm>

#include "engine/crypto/ike_auth.h"
#include "roles/ike_distortion.h"
#include "roles/ike_session.h"
#include "roles/ike_transport.h"

namespace mipvet::roles {
namespace {

using ike::PayloadChain;
using wire::Buffer;
using wire::Bytes;

/// Of IKE_SA_INIT with other cookies or groups.
constexpr unsigned kMaxAttempts = 5;
constexpr std::uint16_t kCookie = notification("cookie");

const IkeChildren::Selectors kEverything{{wire::Ipv4Address{}, wire::Ipv4Address{0xFFFFFFFFU}}};

}  // namespace

IkeInitiator::IkeInitiator(IkeSession& session, IkeConnection connection, IkeCredential credential)
    : session_(session),
      context_(session.context),
      connection_(std::move(connection)),
      credential_(std::move(credential)),
      retransmitter_(
          context_, [this](Bytes octets) { session_.transmit(octets); },
          [this] { session_.end({IkeEnd::Why::unanswered}); }),
      refusal_(context_) {}

void IkeInitiator::start() {
  session_.state.addresses = {connection_.local, connection_.peer, kIkePort, kIkePort};
  session_.state.peer = credential_.peer;
  spi_ = session_.new_spi();
  offered_ = offer(std::span<const IkeProposal>(context_.settings.ike), {});
  nonce_ = new_nonce(context_);
  exchange_.emplace(context_.settings.ike.front().groups.front(), context_.random);
  send_init();
}

Buffer IkeInitiator::make_init() {
  const ActiveDeviations& deviates = context_.deviates;
  PayloadChain chain;
  if (!cookie_.empty() && !deviates("RFC7296-2.6-06")) add_notification(chain, kCookie, cookie_);
  chain.add(ike::security_association::layout, {}, ike::make_proposals(offered_));
  chain.add(ike::key_exchange::layout,
            {{ike::key_exchange::group, crypto::algorithm(exchange_->group()).transform_id}},
            exchange_->public_value());
  chain.add(ike::nonce::layout, {}, nonce_);
  if (deviates("RFC7296-1.2-01")) chain.add(ike::nonce::layout, {}, nonce_);
  if (!cookie_.empty() && deviates("RFC7296-2.6-06")) add_notification(chain, kCookie, cookie_);
  const crypto::IkeSpis spis{spi_, 0};
  if (!context_.settings.no_nats_allowed)
    add_nat_detection(chain, spis, session_.state.addresses, deviates);
  return ike::make_message(ike::ike_sa_init,
                           {{ike::message::initiator_spi, spi_},
                            {ike::message::responder_spi, deviates("RFC7296-3.1-01") ? 7 : 0},
                            {ike::message::exchange_type, ike::kIkeSaInit},
                            {ike::message::initiator, true},
                            {ike::message::message_id, deviates("RFC7296-2.2-02") ? 1 : 0}},
                           distorted(deviates, {ike::kIkeSaInit, false, true}, chain));
}

void IkeInitiator::send_init() {
  ++attempts_;
  refusal_.stop();
  retransmitter_.start([this] {
    wire::Buffer made = make_init();
    // AUTH is about the last one that was sent (RFC 7296 §2.15).
    if (request_.empty() || !context_.deviates("RFC7296-2.15-01")) request_ = made;
    return made;
  });
}

void IkeInitiator::receive(const IkeHeader& header, Bytes message, const AddressPair& from) {
  if (!retransmitter_.is_active() || !header.response || header.initiator ||
      header.exchange != ike::kIkeSaInit || header.message_id != 0 || header.spis.initiator != spi_)
    return;
  const auto payloads =
      IkePayloads::parse(header.first_payload, message.subspan(ike::other_exchange.minimum));
  if (!payloads || payloads->unknown_critical()) return;
  if (header.spis.responder != 0 && payloads->find(ike::nonce::layout).layout() == nullptr &&
      context_.deviates("RFC7296-2.6-03"))
    return session_.end({IkeEnd::Why::rejected, notification("invalid-ike-spi")});
  if (try_again(*payloads)) return;
  if (const IkeNotification* error = payloads->error()) return take_error(error->type);
  response_.assign(message.begin(), message.end());
  take_init(header, *payloads, from);
}

bool IkeInitiator::try_again(const IkePayloads& answer) {
  if (attempts_ >= (context_.deviates("RFC7296-2.6.1-01") ? 2 : kMaxAttempts)) return false;
  if (const IkeNotification* cookie = answer.notified(kCookie)) {
    if (cookie->data.empty() || cookie->data.size() > 64) return true;
    cookie_.assign(cookie->data.begin(), cookie->data.end());
    send_init();
    return true;
  }
  const IkeNotification* wanted = answer.notified(notification("invalid-ke-payload"));
  if (wanted == nullptr || wanted->data.size() != 2) return false;
  const auto group = crypto::group_of(static_cast<std::uint16_t>(number_in(wanted->data)));
  const bool ours = group && std::ranges::any_of(context_.settings.ike, [&](const auto& one) {
                      return std::ranges::find(one.groups, *group) != one.groups.end();
                    });
  const bool follows = group && context_.deviates("RFC7296-1.2-11");
  if (!follows && (!ours || *group == exchange_->group())) return false;
  if (!context_.deviates("RFC7296-1.2-09")) exchange_.emplace(*group, context_.random);
  if (context_.deviates("RFC7296-1.2-10"))
    for (ike::Proposal& one : offered_)
      std::erase_if(one.transforms, [&](const ike::Transform& transform) {
        return transform.type == ike::transform::kGroup &&
               transform.id != crypto::algorithm(*group).transform_id;
      });
  send_init();
  return true;
}

void IkeInitiator::take_error(std::uint16_t type) {
  // Anybody may have sent it: a better answer has some time yet (RFC 7296 §2.21.1).
  if (refusal_.is_running()) return;
  refusal_.start(context_.settings.retransmission.first, [this, type] {
    session_.end({IkeEnd::Why::refused, type});
  });
}

void IkeInitiator::take_init(const IkeHeader& header, const IkePayloads& answer,
                             const AddressPair& from) {
  const wire::View association = answer.find(ike::security_association::layout);
  const wire::View exchange = answer.find(ike::key_exchange::layout);
  const wire::View nonce = answer.find(ike::nonce::layout);
  if (!association || !exchange || !nonce || header.spis.responder == 0) return;
  const auto proposals = proposals_in(association);
  const bool lenient = context_.deviates("RFC7296-3.3.6-02");
  if (!proposals || (!lenient && !is_of(*proposals, offered_)))
    return session_.end({IkeEnd::Why::rejected, notification("no-proposal-chosen")});
  const auto group = static_cast<std::uint16_t>(exchange[ike::key_exchange::group]);
  const auto choice =
      choose(*proposals, std::span<const IkeProposal>(context_.settings.ike), group);
  const auto secret = choice && crypto::algorithm(exchange_->group()).transform_id == group &&
                              choice->group == exchange_->group()
                          ? exchange_->shared_secret(exchange.octets(ike::key_exchange::data))
                          : std::nullopt;
  const Bytes theirs = nonce.octets(ike::nonce::data);
  if (!secret || theirs.size() < 16 || theirs.size() > 256)
    return session_.end({IkeEnd::Why::rejected, notification("invalid-syntax")});
  retransmitter_.stop();
  refusal_.stop();
  peer_nonce_.assign(theirs.begin(), theirs.end());
  const crypto::Nonces nonces{nonce_, peer_nonce_};
  const Buffer seed = crypto::skeyseed(choice->suite.prf, nonces, *secret);
  session_.mobility.found(find_nat(answer, header.spis, from));
  IkeSaState& state = session_.state;
  // Behind a NAT, and as a host that may get behind one (RFC 7296 §2.23, RFC 4555 §3.3).
  const bool change = session_.mobility.nat_traversal() && (state.nat || context_.settings.mobike);
  if (change && !context_.deviates("RFC7296-2.23-05"))
    state.addresses.local_port = state.addresses.peer_port = kNatPort;
  session_.mobility.begin(state.addresses);
  IkeSa& sa = session_.install({header.spis, true, choice->suite,
                                crypto::ike_keys(choice->suite, seed, nonces, header.spis), 1, 0});
  sa.ask({IkeRequest::Kind::authentication, [this] { return make_auth(); },
          [this](const IkePayloads& payloads, const AddressPair&) { take_auth(payloads); }});
}

PayloadChain IkeInitiator::make_auth() {
  const ActiveDeviations& deviates = context_.deviates;
  const IkeSa& sa = *session_.current();
  PayloadChain chain;
  const auto add_id = [&](PayloadChain& to) {
    to.add(ike::identification::initiator, {{ike::identification::id_type, credential_.own.type}},
           credential_.own.data);
  };
  PayloadChain own;
  add_id(own);
  const Buffer octets = crypto::signed_octets(
      sa.suite().prf, {request_, peer_nonce_, sa.keys().pi, Bytes(own.octets()).subspan(4)});
  Buffer auth = crypto::shared_key_auth(
      sa.suite().prf,
      Bytes(reinterpret_cast<const std::uint8_t*>(credential_.psk.data()), credential_.psk.size()),
      octets);
  if (deviates("RFC7296-2.15-02")) auth.front() ^= 1;
  add_id(chain);
  add_notification(chain, notification("initial-contact"));
  chain.add(ike::identification::responder, {{ike::identification::id_type, credential_.peer.type}},
            credential_.peer.data);
  chain.add(ike::authentication::layout,
            {{ike::authentication::method, ike::authentication::kSharedKey}}, auth);
  const auto add_request = [&] {
    if (!connection_.request_address || deviates("RFC7296-2.19-01")) return;
    namespace attribute = ike::configuration_attribute;
    const bool filled = deviates("RFC7296-3.15.1-03");
    std::vector<ike::Attribute> asked;
    asked.push_back(
        {deviates("RFC7296-2.19-03") ? attribute::kInternalIp4Dns : attribute::kInternalIp4Address,
         {}});
    if (filled) asked.push_back({attribute::kInternalIp4Netmask, Buffer(4, 0xFF)});
    chain.add(ike::configuration::layout,
              {{ike::configuration::cfg_type, ike::configuration::kRequest}},
              ike::make_attributes(asked));
  };
  if (!deviates("RFC7296-2.19-02")) add_request();
  // The TIA is not known yet, so that TSi is everything (RFC 7296 §2.19).
  session_.children.set_policy(connection_.request_address
                                   ? kEverything
                                   : IkeChildren::Selectors{selector_of(connection_.local)},
                               connection_.networks);
  child_ = session_.children.offer();
  session_.children.add(child_, chain);
  if (deviates("RFC7296-2.19-02")) add_request();
  if (context_.settings.mobike) session_.mobility.add_support(chain);
  if (context_.settings.no_nats_allowed && !deviates("RFC4555-3.9-01"))
    add_no_nats_allowed(chain, session_.state.addresses, deviates);
  return chain;
}

bool IkeInitiator::is_authentic(const IkePayloads& answer) const {
  if (context_.deviates("RFC7296-1.2-07")) return true;
  const IkeSa& sa = *session_.current();
  const wire::View id = answer.find(ike::identification::responder);
  const wire::View auth = answer.find(ike::authentication::layout);
  const IkeIdentity peer{
      static_cast<std::uint8_t>(id[ike::identification::id_type]),
      {id.octets(ike::identification::data).begin(), id.octets(ike::identification::data).end()}};
  const bool other_id = peer != credential_.peer && !context_.deviates("RFC7296-1.2-08");
  if (other_id || auth[ike::authentication::method] != ike::authentication::kSharedKey)
    return false;
  const Buffer octets = crypto::signed_octets(
      sa.suite().prf, {response_, nonce_, sa.keys().pr, id.bytes().subspan(4)});
  return crypto::verify_shared_key(
      sa.suite().prf,
      Bytes(reinterpret_cast<const std::uint8_t*>(credential_.psk.data()), credential_.psk.size()),
      octets, auth.octets(ike::authentication::data));
}

void IkeInitiator::take_auth(const IkePayloads& answer) {
  const bool complete =
      answer.find(ike::identification::responder) && answer.find(ike::authentication::layout);
  if (!complete) {
    const IkeNotification* error = answer.error();
    return session_.end(error != nullptr
                            ? IkeEnd{IkeEnd::Why::refused, error->type}
                            : IkeEnd{IkeEnd::Why::rejected, notification("invalid-syntax")});
  }
  if (!is_authentic(answer)) {
    PayloadChain last_words;
    add_notification(last_words, notification("authentication-failed"));
    return session_.leave(last_words,
                          {IkeEnd::Why::rejected, notification("authentication-failed")});
  }
  session_.mobility.take_support(answer, context_.settings.mobike);
  session_.establish();
  if (context_.deviates("RFC4555-3.2-05")) session_.mobility.say_support_late();
  take_address(answer);
  const auto failed = take_child(answer);
  if (!failed) return;
  context_.tell(
      [id = session_.id, end = *failed](IkeOwner& owner) { owner.child_failed(id, end); });
  if (context_.deviates("RFC7296-2.21.2-03")) {
    PayloadChain last_words;
    add_notification(last_words, notification("authentication-failed"));
    return session_.leave(last_words, *failed);
  }
  // An IKE SA without a CHILD_SA is of no use here.
  if (context_.deviates("RFC7296-1.2-13")) return session_.end(*failed);
  session_.close();
}

std::optional<IkeEnd> IkeInitiator::take_child(const IkePayloads& answer) {
  // Of no use without the address that was asked for.
  const bool has_address = session_.state.assigned || !connection_.request_address;
  if (answer.find(ike::security_association::layout) && !has_address)
    return IkeEnd{IkeEnd::Why::rejected, notification("internal-address-failure")};
  return session_.children.take_answer(*session_.current(), child_, answer, {nonce_, peer_nonce_});
}

void IkeInitiator::take_address(const IkePayloads& answer) {
  const wire::View configuration = answer.find(ike::configuration::layout);
  if (!configuration || configuration[ike::configuration::cfg_type] != ike::configuration::kReply)
    return;
  const auto attributes = attributes_in(configuration);
  if (!attributes) return;
  for (const ike::Attribute& one : *attributes) {
    if (one.type != ike::configuration_attribute::kInternalIp4Address || one.value.size() != 4)
      continue;
    const wire::Ipv4Address address{static_cast<std::uint32_t>(number_in(one.value))};
    session_.state.assigned = address;
    session_.children.set_policy({selector_of(address)}, connection_.networks);
    return context_.tell(
        [id = session_.id, address](IkeOwner& owner) { owner.address_assigned(id, address); });
  }
}

}  // namespace mipvet::roles

#include "roles/ike_session.h"

#include <algorithm>

#include "roles/ike_initiator.h"
#include "roles/ike_responder.h"
#include "roles/ike_transport.h"

namespace mipvet::roles {
namespace {

using ike::PayloadChain;
using wire::Bytes;

/// How long repeats of the last requests are answered: some of the peer's retransmissions.
constexpr auto kLinger = std::chrono::seconds(60);

}  // namespace

PayloadChain farewell() {
  PayloadChain chain;
  add_delete(chain, {});
  return chain;
}

IkeSession::IkeSession(IkeContext& in, IkeSaId named, bool initiator)
    : context(in),
      id(named),
      mobility(*this),
      children(*this),
      liveness_(in),
      lifetime_(in),
      retry_(in),
      linger_(in) {
  state.initiator = initiator;
}

IkeSession::~IkeSession() {
  for (const std::uint64_t spi : spis_) context.sessions.erase(spi);
}

void IkeSession::expire_half_open(net::Duration after) {
  linger_.start(after, [this] { context.forget(id); });
}

std::uint64_t IkeSession::new_spi() {
  std::uint64_t spi = 0;
  while (spi == 0 || context.sessions.contains(spi)) spi = number_in(context.random.take(8));
  if (current() != nullptr && context.deviates("RFC7296-2.6-01")) spi = current()->own_spi();
  context.sessions[spi] = this;
  spis_.push_back(spi);
  return spi;
}

void IkeSession::connect(const IkeConnection& connection, const IkeCredential& credential) {
  initiator_ = std::make_unique<IkeInitiator>(*this, connection, credential);
  initiator_->start();
}

bool IkeSession::accept(const IkeHeader& header, Bytes message, const AddressPair& from) {
  if (!responder_) {
    responder_ = std::make_unique<IkeResponder>(*this);
    return responder_->accept(header, message, from);
  }
  responder_->repeat(message, from);
  return true;
}

IkeSa& IkeSession::install(IkeSa::Parameters parameters) {
  sas_.push_back(std::make_unique<IkeSa>(context, *this, std::move(parameters)));
  return *sas_.back();
}

void IkeSession::establish() {
  state.established = true;
  linger_.stop();
  last_heard_ = context.now();
  schedule_liveness();
  if (const auto lifetime = context.settings.ike_lifetime)
    lifetime_.start(*lifetime, [this] { rekey(); });
  context.tell([named = id](IkeOwner& owner) { owner.ike_established(named); });
}

void IkeSession::schedule_liveness() {
  const auto interval = context.settings.liveness;
  if (!interval) return;
  const net::Duration quiet = context.now() - last_heard_;
  liveness_.start(quiet < *interval ? *interval - quiet : *interval, [this, interval] {
    const bool due = context.now() - last_heard_ >= *interval;
    if (due && !asking() && !mobility.is_suspended()) mobility.check_liveness();
    schedule_liveness();
  });
}

void IkeSession::receive(const IkeHeader& header, Bytes message, const AddressPair& from) {
  const std::uint64_t own = header.initiator ? header.spis.responder : header.spis.initiator;
  if (context.deviates("RFC7296-2.6-02") && state.established && from.peer != state.addresses.peer)
    return;
  if (context.deviates("RFC4555-3.10-02") && state.established && !header.response &&
      from.local != state.addresses.local)
    return;
  for (const auto& one : sas_)
    if (one->own_spi() == own && one->spis() == header.spis)
      return one->receive(header, message, from);
  if (initiator_ && sas_.empty()) initiator_->receive(header, message, from);
}

void IkeSession::ask(IkeRequest::Kind kind, Make make, Answered answered) {
  if (over_ || current() == nullptr) return;
  if (!answered) answered = [](const IkePayloads&, const AddressPair&) {};
  current()->ask({kind, std::move(make), std::move(answered)});
}

void IkeSession::forget_waiting(IkeRequest::Kind kind) {
  if (current() != nullptr) current()->forget_waiting(kind);
}

std::optional<IkeRequest::Kind> IkeSession::asking() const {
  return current() == nullptr ? std::nullopt : current()->asking();
}

void IkeSession::again() {
  for (const auto& one : sas_) one->again();
}

void IkeSession::hold() {
  for (const auto& one : sas_) one->hold();
}

void IkeSession::close() {
  if (over_ || closing_) return;
  if (!state.established || mobility.is_suspended()) return end({IkeEnd::Why::closed});
  closing_ = true;
  ask(
      IkeRequest::Kind::deletion, [] { return farewell(); },
      [this](const IkePayloads&, const AddressPair&) { end({IkeEnd::Why::closed}); });
}

void IkeSession::leave(const PayloadChain& last_words, const IkeEnd& why) {
  if (over_) return;
  if (current() != nullptr) current()->say(last_words);
  end(why);
}

void IkeSession::end(const IkeEnd& why, bool tell) {
  if (over_) return;
  over_ = true;
  state.established = false;
  children.clear();
  mobility.suspend();
  for (const auto& one : sas_) one->close();
  initiator_.reset();
  liveness_.stop();
  lifetime_.stop();
  retry_.stop();
  linger_.start(kLinger, [this] { context.forget(id); });
  if (tell) context.tell([named = id, why](IkeOwner& owner) { owner.ike_closed(named, why); });
}

void IkeSession::transmit(Bytes message) {
  if (mobility.is_suspended()) return;
  AddressPair path = state.addresses;
  if (context.deviates("RFC4555-3.3-05") && state.established && !state.initiator && !state.nat)
    path.local_port = path.peer_port = kIkePort;
  if (context.deviates("RFC4555-3.4-04") && !state.initiator && !state.additional_addresses.empty())
    path.peer = state.additional_addresses.front();
  send_message(context, path, message);
  mobility.sent();
}

void IkeSession::transmit(Bytes message, const AddressPair& to) {
  // To where the request came from, whatever the addresses of the SAs are (RFC 7296 §2.11).
  const bool stored = context.deviates(state.initiator ? "RFC4555-1.2-04" : "RFC4555-1.2-03");
  AddressPair path = stored ? state.addresses : to;
  if (context.deviates("RFC7296-2.11-02")) ++path.peer_port;
  if (const auto elsewhere = mobility.take_misdirected()) path.peer = *elsewhere;
  send_message(context, path, message);
  if (to == state.addresses) mobility.sent();
}

PayloadChain IkeSession::respond(IkeSa& sa, const IkeHeader& header, const IkePayloads& request,
                                 const AddressPair& from) {
  PayloadChain response;
  const std::uint8_t exchange = header.exchange;
  if (exchange == ike::kIkeAuth && responder_ && !state.established)
    return responder_->authenticate(sa, request, from);
  if (!state.established || closing_) {
    if (exchange == ike::kInformational) return inform(sa, header.message_id, request, from);
    add_notification(response,
                     closing_ ? notification("temporary-failure") : notification("invalid-syntax"));
    return response;
  }
  if (exchange == ike::kInformational) return inform(sa, header.message_id, request, from);
  if (exchange != ike::kCreateChildSa) {
    const bool late = exchange == ike::kIkeAuth && context.deviates("RFC4555-3.2-05");
    add_notification(response,
                     late ? notification("mobike-supported") : notification("invalid-syntax"));
    return response;
  }
  mobility.heard(from);
  if (context.deviates("RFC4555-3.3-01")) mobility.follow(from);
  const wire::View association = request.find(ike::security_association::layout);
  const auto proposals = association ? proposals_in(association) : std::nullopt;
  if (!proposals || proposals->empty())
    add_notification(response, notification("invalid-syntax"));
  else if (proposals->front().protocol_id == ike::kProtocolIke)
    answer_rekey(sa, request, response);
  else if (&sa != current() || asking() == IkeRequest::Kind::ike)  // RFC 7296 §2.25.2
    add_notification(response, notification("temporary-failure"));
  else
    children.answer(sa, request, response);
  return response;
}

PayloadChain IkeSession::inform(IkeSa& sa, std::uint32_t message_id, const IkePayloads& request,
                                const AddressPair& from) {
  PayloadChain response;
  const bool updates = request.notified(notification("update-sa-addresses")) != nullptr;
  if (!updates) mobility.heard(from);
  const IkeNotification* failed = request.notified(notification("authentication-failed"));
  if (failed != nullptr) {
    end({IkeEnd::Why::refused, failed->type});
    return response;
  }
  for (const IkePayload& one : request.all()) {
    if (one.type != ike::delete_::layout.type_value) continue;
    const wire::View deletion = one.view(ike::delete_::layout);
    if (deletion[ike::delete_::protocol_id] == ike::kProtocolEsp) {
      children.answer_delete(deletion, response);
    } else if (deletion[ike::delete_::protocol_id] == ike::kProtocolIke) {
      if (&sa == current() && !context.deviates("RFC7296-1.4.1-04")) end({IkeEnd::Why::deleted});
      sa.close();
      return response;
    }
  }
  const auto id_in_use = &sa == current() ? std::optional(message_id) : std::nullopt;
  if (state.established) mobility.answer(id_in_use, request, from, response);
  return response;
}

void IkeSession::heard(IkeSa&) {
  last_heard_ = context.now();
  if (state.established) context.tell([named = id](IkeOwner& owner) { owner.heard_from(named); });
}

void IkeSession::heard_esp() {
  last_heard_ = context.now();
  context.tell([named = id](IkeOwner& owner) { owner.heard_from(named); });
}

void IkeSession::given_up(IkeSa& sa) {
  if (over_) return;
  if (&sa != current()) return sa.close();
  if (sa.asking() == IkeRequest::Kind::deletion) return end({IkeEnd::Why::closed});
  if (!state.established || context.owner.gives_up(id)) end({IkeEnd::Why::unanswered});
}

void IkeSession::doubtful(IkeSa&, const IkeHeader& header, Bytes message, const AddressPair& from) {
  const ActiveDeviations& deviates = context.deviates;
  if (!deviates.any() || over_) return;
  // Nothing of this may have any consequence.
  if (deviates("RFC4555-5.1-01")) return mobility.follow(from);
  const auto payloads =
      IkePayloads::parse(header.first_payload, message.subspan(ike::other_exchange.minimum));
  const IkeNotification* error = payloads ? payloads->error() : nullptr;
  const std::uint16_t type = error == nullptr ? std::uint16_t{0} : error->type;
  const bool no_ike_sa = type == notification("invalid-ike-spi");
  const bool no_child_sa = type == notification("invalid-spi");
  if ((deviates("RFC7296-2.21.4-03") && no_ike_sa) || (deviates("RFC7296-1.5-02") && no_child_sa) ||
      (deviates("RFC7296-2.4-02") && (no_ike_sa || no_child_sa)) ||
      (deviates("RFC7296-3.14-03") && error == nullptr))
    close();
}

void IkeSession::broken(IkeSa&) {
  end({IkeEnd::Why::rejected, notification("invalid-syntax")});
}

}  // namespace mipvet::roles

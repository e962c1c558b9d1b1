#include "roles/ike_sa.h"

#include <algorithm>

#include "engine/crypto/key_log.h"

namespace mipvet::roles {
namespace {

using wire::Buffer;
using wire::Bytes;

const wire::Layout& layout_of(std::uint8_t exchange) {
  for (const wire::Layout* one : ike::exchanges)
    if (one->type_value == exchange) return *one;
  return ike::other_exchange;
}

std::uint8_t exchange_of(IkeRequest::Kind kind) {
  switch (kind) {
    case IkeRequest::Kind::authentication:
      return ike::kIkeAuth;
    case IkeRequest::Kind::child:
    case IkeRequest::Kind::ike:
      return ike::kCreateChildSa;
    case IkeRequest::Kind::informational:
    case IkeRequest::Kind::update:
    case IkeRequest::Kind::deletion:
      return ike::kInformational;
  }
  return ike::kInformational;
}

std::optional<std::uint32_t> window_in(const ike::PayloadChain& chain) {
  const auto payloads = IkePayloads::parse(chain.first_type(), chain.octets());
  const IkeNotification* told =
      payloads ? payloads->notified(notification("set-window-size")) : nullptr;
  if (told == nullptr || told->data.size() != 4) return std::nullopt;
  return std::max(std::uint32_t{1}, static_cast<std::uint32_t>(number_in(told->data)));
}

/// An Encrypted payload inside another one (RFC 7296 §3.1 knows none).
bool is_nested(const IkePayloads& opened) {
  return static_cast<bool>(opened.find(ike::encrypted::layout));
}

}  // namespace

IkeSa::IkeSa(IkeContext& context, IkeSaUser& user, Parameters parameters)
    : context_(context),
      user_(user),
      parameters_(std::move(parameters)),
      cipher_(suite(), keys(), initiator(), context.random, context.deviates),
      retransmitter_(
          context, [this](Bytes octets) { user_.transmit(octets); },
          [this] { user_.given_up(*this); }),
      echo_(context) {
  context_.environment.log_keys(crypto::to_line(
      crypto::IkeSaKeys{spis(), suite().encryption, suite().integrity, suite().prf, keys()}));
}

Buffer IkeSa::seal(std::uint8_t exchange, bool response, std::uint32_t id,
                   const ike::PayloadChain& payloads) {
  namespace field = ike::message;
  const ActiveDeviations& deviates = context_.deviates;
  if (response && deviates("RFC7296-2.2-04")) ++id;
  std::vector<wire::FieldValue> header = {
      {field::initiator_spi, spis().initiator},
      {field::responder_spi, spis().responder},
      {field::exchange_type, exchange},
      {field::response, response},
      {field::initiator, initiator() != deviates("RFC7296-3.1-03")},
      {field::minor_version, deviates("RFC7296-3.1-02") ? 1 : 0},
      {field::message_id, id}};
  const ike::PayloadChain chain =
      distorted(deviates, {exchange, response, user_.began()}, payloads);
  if (const auto alteration = context_.alteration_of(exchange, response)) {
    // What is written last stands.
    auto other = header;
    other.insert(other.end(), alteration->header.begin(), alteration->header.end());
    const ike::PayloadChain changed = altered(*alteration, chain);
    // What it tells the peer it keeps to.
    window_ = window_in(changed).value_or(window_);
    Buffer message = cipher_.seal(layout_of(exchange), other, changed, alteration->padding);
    if (!alteration->extra) return message;
    user_.transmit(message);
  }
  return cipher_.seal(layout_of(exchange), header, chain);
}

void IkeSa::ask(IkeRequest request) {
  if (closed_) return;
  waiting_.push_back(std::move(request));
  const ActiveDeviations& deviates = context_.deviates;
  const bool updates = waiting_.back().kind == IkeRequest::Kind::update;
  const bool impatient = deviates("RFC7296-2.3-02") || deviates("RFC7296-2.3-04");
  if (impatient || (updates && deviates("RFC4555-3.5-06"))) give_up_asking();
  ask_next();
}

void IkeSa::ask_next() {
  while (!asked_ && !answering_ && !waiting_.empty()) {
    IkeRequest request = std::move(waiting_.front());
    waiting_.pop_front();
    auto payloads = request.make();
    if (!payloads) continue;
    const std::uint8_t exchange = exchange_of(request.kind);
    const std::uint32_t id = parameters_.next_id;
    parameters_.next_id += context_.deviates("RFC7296-2.2-03") ? 2 : 1;
    asked_ = {std::move(request), id, exchange};
    retransmitter_.start([this, exchange, id, chain = std::move(*payloads), made = 0U]() mutable {
      const bool renumbers = context_.deviates("RFC7296-2.2-01");
      return seal(exchange, false, id + (renumbers ? made++ : 0), chain);
    });
  }
}

std::optional<IkeRequest::Kind> IkeSa::asking() const {
  return asked_ ? std::optional(asked_->request.kind) : std::nullopt;
}

void IkeSa::forget_waiting(IkeRequest::Kind kind) {
  std::erase_if(waiting_, [&](const IkeRequest& one) { return one.kind == kind; });
}

void IkeSa::again() {
  if (!asked_) return;
  if (context_.deviates("RFC4555-3.5-05")) return give_up_asking();
  retransmitter_.again();
}

void IkeSa::give_up_asking() {
  retransmitter_.stop();
  asked_.reset();
}

void IkeSa::close() {
  give_up_asking();
  waiting_.clear();
  closed_ = true;
}

void IkeSa::say(const ike::PayloadChain& payloads) {
  user_.transmit(seal(ike::kInformational, false, parameters_.next_id++, payloads));
}

void IkeSa::receive(const IkeHeader& header, Bytes message, const AddressPair& from) {
  if (header.initiator == initiator()) return;  // one's own, reflected
  if (header.response)
    receive_response(header, message, from);
  else
    receive_request(header, message, from);
}

void IkeSa::receive_request(const IkeHeader& header, Bytes message, const AddressPair& from) {
  const ActiveDeviations& deviates = context_.deviates;
  const std::uint32_t expected = parameters_.expected_id;
  const std::uint32_t id = header.message_id;
  const bool repeated = kept(id) != nullptr;
  const bool takes_old = deviates("RFC7296-2.2-05") && id < expected;
  const bool takes_late = deviates("RFC7296-2.3-05") && id > expected;
  // What the window lets through may come in any order.
  const bool in_turn = (id >= expected && id - expected < window_) || takes_old || takes_late;
  if (!repeated && (closed_ || !in_turn)) return;
  if (asked_ && deviates("RFC7296-2.3-03")) return;
  const auto opened = cipher_.open(message);
  if (!opened) return user_.doubtful(*this, header, message, from);
  user_.heard(*this);
  const bool acts_again = deviates("RFC7296-2.1-02") || deviates("RFC4555-5.1-02") || takes_old;
  if (repeated && !acts_again) return user_.transmit(*kept(id), from);
  answering_ = true;
  const ike::PayloadChain payloads = answer(header, *opened, message, from);
  answering_ = false;
  keep(id, seal(header.exchange, true, id, payloads));
  send_response(header, from);
  ask_next();
}

void IkeSa::keep(std::uint32_t id, Buffer response) {
  responses_[id] = std::move(response);
  while (responses_.contains(parameters_.expected_id)) ++parameters_.expected_id;
  // What is this far behind the peer cannot repeat any more: it has the answer.
  std::erase_if(responses_, [&](const auto& one) {
    return one.first + window_ < parameters_.expected_id && one.first != id;
  });
}

const Buffer* IkeSa::kept(std::uint32_t id) const {
  const auto found = responses_.find(id);
  return found == responses_.end() ? nullptr : &found->second;
}

void IkeSa::send_response(const IkeHeader& header, const AddressPair& to) {
  const ActiveDeviations& deviates = context_.deviates;
  if (deviates("RFC7296-1.4-02") && header.exchange == ike::kInformational) return;
  const Buffer& response = *kept(header.message_id);
  user_.transmit(response, to);
  if (deviates("RFC7296-2.1-01") && header.exchange == ike::kInformational)
    echo_.start(std::chrono::seconds(1), [this, to, response] { user_.transmit(response, to); });
}

ike::PayloadChain IkeSa::answer(const IkeHeader& header, const IkeCipher::Opened& opened,
                                Bytes message, const AddressPair& from) {
  ike::PayloadChain result;
  const auto payloads = IkePayloads::parse(opened.first_payload, opened.payloads);
  if (!payloads || is_nested(*payloads)) {
    const bool other = context_.deviates("RFC7296-2.21.2-02");
    add_notification(
        result, other ? notification("authentication-failed") : notification("invalid-syntax"));
    user_.broken(*this);
    return result;
  }
  if (is_picky(context_.deviates, message, *payloads)) {
    add_notification(result, notification("invalid-syntax"));
    return result;
  }
  const auto unknown = payloads->unknown_critical();
  if (unknown && !context_.deviates("RFC7296-2.5-05")) {
    add_notification(result, notification("unsupported-critical-payload"), octets_of(*unknown, 1));
    return result;
  }
  return user_.respond(*this, header, *payloads, from);
}

void IkeSa::receive_response(const IkeHeader& header, Bytes message, const AddressPair& from) {
  const bool unasked = !asked_ || header.message_id != asked_->id;
  if (unasked && context_.deviates("RFC7296-3.1-05"))
    return user_.transmit(seal(header.exchange, true, header.message_id, {}), from);
  if (!asked_ || header.message_id != asked_->id || header.exchange != asked_->exchange) return;
  const auto opened = cipher_.open(message);
  if (!opened) return user_.doubtful(*this, header, message, from);
  retransmitter_.stop();
  const Asked answered = std::move(*asked_);
  asked_.reset();
  user_.heard(*this);
  const auto payloads = IkePayloads::parse(opened->first_payload, opened->payloads);
  if (!payloads || is_nested(*payloads)) {
    if (context_.deviates("RFC7296-2.21-01")) {
      ike::PayloadChain error;
      add_notification(error, notification("invalid-syntax"));
      say(error);
    }
    return user_.broken(*this);
  }
  answered.request.answered(*payloads, from);
  ask_next();
}

}  // namespace mipvet::roles

#include "roles/ike_mobility.h"

#include <algorithm>

#include "roles/ike_session.h"
#include "roles/ike_transport.h"

namespace mipvet::roles {
namespace {

using ike::PayloadChain;
using wire::Buffer;
using wire::Bytes;
using wire::Ipv4Address;

constexpr std::uint16_t kSupported = notification("mobike-supported");
constexpr std::uint16_t kAdditional = notification("additional-ip4-address");
constexpr std::uint16_t kNoAdditional = notification("no-additional-addresses");
constexpr std::uint16_t kCookie = notification("cookie2");
constexpr std::uint16_t kUpdate = notification("update-sa-addresses");
constexpr std::uint16_t kDestination = notification("nat-detection-destination-ip");

/// COOKIE2 has 8 to 64 octets (RFC 4555 §4.2.5).
constexpr std::size_t kCookieSize = 16;

/// What NO_NATS_ALLOWED says of its sender.
Ipv4Address named_source(const IkePayloads& payloads) {
  return {static_cast<std::uint32_t>(
      number_in(payloads.notified(notification("no-nats-allowed"))->data.first(4)))};
}

void add_addresses(PayloadChain& chain, const std::vector<Ipv4Address>& additional,
                   const ActiveDeviations& deviates) {
  for (const Ipv4Address one : additional)
    add_notification(chain, kAdditional,
                     octets_of(one.value, deviates("RFC4555-4.2.2-01") ? 6 : 4));
}

/// Whether nothing newer of its kind was dealt with.
bool is_newest(std::optional<std::uint32_t>& last, std::optional<std::uint32_t> id) {
  if (!id) return !last;
  if (last && *id < *last) return false;
  last = id;
  return true;
}

}  // namespace

IkeMobility::IkeMobility(IkeSession& session)
    : session_(session), context_(session.context), keepalive_(session.context) {}

void IkeMobility::found(const NatFinding& finding) {
  nat_traversal_ = finding.announced && !context_.settings.no_nats_allowed;
  nat_here_ = nat_traversal_ && finding.here;
  session_.state.nat = nat_traversal_ && finding.any() && !context_.deviates("RFC7296-2.23-09");
}

void IkeMobility::add_support(PayloadChain& chain) {
  const bool initiator = session_.state.initiator;
  const ActiveDeviations& deviates = context_.deviates;
  const bool silent =
      deviates(initiator ? "RFC4555-3.2-01" : "RFC4555-3.2-02") || deviates("RFC4555-3.2-05");
  if (!silent)
    chain.add(ike::notify::layout,
              {{ike::notify::protocol_id, deviates("RFC4555-4.2.1-01") ? ike::kProtocolIke : 0},
               {ike::notify::notify_type, kSupported}},
              deviates("RFC4555-4.2.1-02") ? Buffer{1, 2, 3, 4} : Buffer{});
  add_addresses(chain, context_.settings.additional_addresses, deviates);
  if (deviates("RFC4555-3.6-03")) add_addresses(chain, {session_.state.addresses.local}, deviates);
  if (deviates("RFC4555-3.9-03")) add_no_nats_allowed(chain, session_.state.addresses, deviates);
}

void IkeMobility::say_support_late() {
  session_.ask(
      IkeRequest::Kind::authentication,
      [] {
        PayloadChain chain;
        add_notification(chain, kSupported);
        return chain;
      },
      [](const IkePayloads&, const AddressPair&) {});
}

void IkeMobility::take_support(const IkePayloads& payloads, bool ours_was_sent) {
  const IkeNotification* told = payloads.notified(kSupported);
  const ActiveDeviations& deviates = context_.deviates;
  const bool pretends =
      session_.state.initiator && (deviates("RFC4555-3.2-01") || deviates("RFC4555-3.2-04"));
  const bool picky = told != nullptr && !told->data.empty() && deviates("RFC4555-4.2.1-03");
  session_.state.mobike = ours_was_sent && (told != nullptr || pretends) && !picky;
  take_addresses(payloads);
  const bool announces = deviates("RFC4555-3.2-03") && !session_.state.initiator && told == nullptr;
  if (announces) announce({session_.state.addresses.local});
}

void IkeMobility::take_addresses(const IkePayloads& payloads) {
  const bool none = payloads.notified(kNoAdditional) != nullptr;
  if (!none && payloads.notified(kAdditional) == nullptr) return;
  auto& list = session_.state.additional_addresses;
  if (context_.deviates("RFC4555-3.6-04") && !list.empty())
    session_.state.addresses.peer = list.front();
  list.clear();
  for (const IkeNotification& one : payloads.notifications())
    if (one.type == kAdditional && one.data.size() == 4)
      list.push_back({static_cast<std::uint32_t>(number_in(one.data))});
  const bool hasty =
      context_.deviates(session_.state.initiator ? "RFC4555-3.4-02" : "RFC4555-3.4-03");
  if (hasty && !list.empty()) esp_path_.peer = list.front();
}

void IkeMobility::begin(const AddressPair& path) {
  session_.state.addresses = path;
  if (context_.deviates("RFC4555-3.3-03") && session_.state.initiator && !session_.state.nat)
    session_.state.addresses.local_port = session_.state.addresses.peer_port = kIkePort;
  esp_path_ = first_path_ = session_.state.addresses;
  esp_nat_ = session_.state.nat;
  schedule_keepalive();
}

Buffer IkeMobility::new_cookie() {
  if (context_.deviates("RFC4555-4.2.5-02")) return Buffer(kCookieSize, 0x5A);
  return context_.random.take(context_.deviates("RFC4555-4.2.5-01") ? 4 : kCookieSize);
}

void IkeMobility::renumber() {
  last_update_.reset();
  last_list_.reset();
}

void IkeMobility::answer(std::optional<std::uint32_t> id, const IkePayloads& request,
                         const AddressPair& from, PayloadChain& response) {
  const ActiveDeviations& deviates = context_.deviates;
  const IkeSaState& state = session_.state;
  const AddressPair before = state.addresses;
  const bool lists = request.notified(kAdditional) != nullptr;
  const bool says_all = lists || request.notified(kNoAdditional) != nullptr;
  const bool is_stale = says_all && !is_newest(last_list_, id);
  if (state.mobike && !is_stale) take_addresses(request);
  if (is_stale && deviates("RFC4555-3.6-06"))
    add_notification(response, notification("invalid-syntax"));
  if (lists && deviates("RFC4555-3.6-05"))
    add_notification(response, notification("invalid-syntax"));
  const bool refuses = tells_of_nat(request, from) && !deviates("RFC4555-3.9-05");
  if (refuses) {
    const std::uint8_t protocol = deviates("RFC4555-4.1.2-01") ? ike::kProtocolIke : 0;
    const std::uint16_t type = notification("unexpected-nat-detected");
    response.add(ike::notify::layout,
                 {{ike::notify::protocol_id, protocol},
                  {ike::notify::notify_type,
                   deviates("RFC4555-3.9-06") ? notification("unacceptable-addresses") : type}});
    if (deviates("RFC4555-3.9-09")) esp_path_.peer = named_source(request);
    if (deviates("RFC4555-3.9-07")) misdirected_ = named_source(request);
  }
  const bool updates = request.notified(kUpdate) != nullptr && state.mobike && !state.initiator;
  const bool is_overtaken = updates && !is_newest(last_update_, id) && !deviates("RFC4555-3.5-11");
  const bool carried_out = updates && !is_overtaken && (!refuses || deviates("RFC4555-3.9-08")) &&
                           answer_update(request, from, response);
  if (!updates && request.notified(kDestination) != nullptr &&
      (deviates("RFC4555-3.8-04") || deviates("RFC4555-3.8-11")))
    follow(from);

  const bool probes = find_nat(request, session_.current()->spis(), from).announced;
  if (!updates && deviates("RFC4555-4.1.1-02"))
    add_notification(response, notification("unacceptable-addresses"));
  if (probes && !deviates("RFC4555-3.8-02")) {
    const bool old = deviates("RFC4555-3.8-03");
    AddressPair hashed = old ? before : from;
    if (old && before == from) hashed.peer.value ^= 1;
    add_nat_detection(response, session_.current()->spis(), hashed, deviates);
  }
  if (const IkeNotification* cookie = request.notified(kCookie)) {
    Buffer copy(cookie->data.begin(), cookie->data.end());
    if (deviates("RFC4555-3.7-05") && !copy.empty()) copy.front() ^= 1;
    add_notification(response, kCookie, copy);
  }
  if (carried_out) check_return_routability(from);
}

void IkeMobility::announce(const std::vector<Ipv4Address>& additional) {
  announcing_ = additional;
  session_.ask(
      IkeRequest::Kind::informational,
      [this, additional] {
        const ActiveDeviations& deviates = context_.deviates;
        PayloadChain chain;
        if (deviates("RFC4555-2.1-01") && !session_.state.initiator)
          add_notification(chain, kUpdate);
        const bool none = additional.empty() && !deviates("RFC4555-3.6-02");
        if (none || deviates("RFC4555-3.6-01"))
          add_notification(chain, kNoAdditional,
                           deviates("RFC4555-4.2.3-01") ? Buffer{0, 0, 0, 0} : Buffer{});
        add_addresses(chain, additional, deviates);
        if (additional.empty() && !none)
          add_addresses(chain, {session_.state.addresses.local}, deviates);
        if (!nat_traversal_ && !deviates("RFC4555-3.9-02"))
          add_no_nats_allowed(chain, session_.state.addresses, deviates);
        return chain;
      },
      [this](const IkePayloads&, const AddressPair&) { announcing_.reset(); });
}

void IkeMobility::check_path() {
  check_return_routability(std::nullopt);
}

void IkeMobility::check_liveness() {
  session_.ask(
      IkeRequest::Kind::informational,
      [this] {
        PayloadChain chain;
        if (session_.state.mobike && nat_here_ && !context_.deviates("RFC4555-3.8-05"))
          add_mapping_check(chain);
        return chain;
      },
      [this](const IkePayloads& payloads, const AddressPair&) { compare_mapping(payloads); });
}

void IkeMobility::add_mapping_check(PayloadChain& chain) {
  add_nat_detection(chain, session_.current()->spis(), session_.state.addresses, context_.deviates);
}

void IkeMobility::compare_mapping(const IkePayloads& payloads) {
  const IkeNotification* seen = payloads.notified(kDestination);
  if (seen == nullptr || !session_.state.initiator || !session_.state.mobike) return;
  const bool other = !mapping_.empty() && !std::ranges::equal(mapping_, seen->data);
  mapping_.assign(seen->data.begin(), seen->data.end());
  if (other && !updating_) move(session_.state.addresses.local, std::nullopt);
}

void IkeMobility::follow(const AddressPair& from) {
  session_.state.addresses = from;
  esp_path_ = from;
}

bool IkeMobility::encapsulates() const {
  // As long as the answer to an update is to come nobody knows of NATs on the new path.
  return esp_nat_ || always_in_udp_ ||
         (updating_ && nat_traversal_ && !context_.deviates("RFC4555-3.5-26"));
}

void IkeMobility::send(Bytes esp) {
  if (suspended_) return;
  AddressPair path = esp_path_;
  if (context_.deviates("RFC7296-2.23-10")) path.peer_port = kNatPort;
  if (context_.deviates("RFC7296-2.23-07")) {
    path.local_port = path.peer_port = kIkePort;
    send_esp(context_, path, true, esp);
    return sent();
  }
  if (encapsulates()) path = in_udp(path);
  send_esp(context_, path, encapsulates(), esp);
  sent();
}

/// Never on port 500, wherever IKE is (RFC 3948 §2.1).
AddressPair IkeMobility::in_udp(AddressPair path) {
  path.local_port = kNatPort;
  if (path.peer_port == kIkePort) path.peer_port = kNatPort;
  return path;
}

void IkeMobility::sent() {
  last_sent_ = context_.now();
}

void IkeMobility::heard(const AddressPair& from) {
  if (context_.deviates("RFC4555-3.8-09") && !session_.state.initiator)
    session_.state.addresses = from;
  if (context_.deviates("RFC4555-3.5-01") && !session_.state.initiator) esp_path_ = from;
}

void IkeMobility::schedule_keepalive() {
  const ActiveDeviations& deviates = context_.deviates;
  const bool wanted =
      nat_here_ && session_.state.nat && !suspended_ && !deviates("RFC7296-2.23-11");
  if (!wanted) return keepalive_.stop();
  if (keepalive_.is_running()) return;
  const net::Duration interval = context_.settings.keepalive * (deviates("RFC3948-4-03") ? 10 : 1);
  const net::Duration quiet = context_.now() - last_sent_;
  keepalive_.start(quiet < interval ? interval - quiet : interval, [this, interval] {
    if (context_.now() - last_sent_ >= interval) {
      send_keepalive(context_, in_udp(context_.deviates("RFC3948-4-05") ? first_path_ : esp_path_));
      sent();
    }
    schedule_keepalive();
  });
}

}  // namespace mipvet::roles

#include "roles/ike_children.h"

#include <algorithm>

#include "engine/crypto/key_log.h"
#include "engine/wire/checksum.h"
#include "engine/wire/esp.h"
#include "engine/wire/ipv4.h"
#include "roles/ike_child.h"
#include "roles/ike_session.h"

namespace mipvet::roles {
namespace {

using wire::Buffer;
using wire::Bytes;

/// 1 to 255 are reserved (RFC 4303 §2.1).
constexpr std::uint32_t kFirstSpi = 256;

}  // namespace

IkeChildren::IkeChildren(IkeSession& session)
    : session_(session), context_(session.context), retry_(session.context) {}

IkeChildren::~IkeChildren() {
  clear();
}

void IkeChildren::set_policy(Selectors own, Selectors peer) {
  own_policy_ = std::move(own);
  peer_policy_ = std::move(peer);
}

IkeChildren::Child* IkeChildren::find(std::uint32_t inbound_spi) const {
  for (const auto& one : children_)
    if (one->sa.inbound_spi == inbound_spi) return one.get();
  return nullptr;
}

IkeChildren::Child* IkeChildren::find_outbound(std::uint32_t spi) const {
  for (const auto& one : children_)
    if (one->sa.outbound_spi == spi) return one.get();
  return nullptr;
}

std::optional<std::uint32_t> IkeChildren::newest() const {
  for (auto one = children_.rbegin(); one != children_.rend(); ++one)
    if (!(*one)->deleting) return (*one)->sa.inbound_spi;
  return std::nullopt;
}

std::uint32_t IkeChildren::new_spi() {
  if (context_.deviates("RFC4303-2.1-01")) return 17;
  if (context_.deviates("RFC3948-1-01")) return 0;
  for (;;) {
    const auto spi = static_cast<std::uint32_t>(number_in(context_.random.take(4)));
    if (spi >= kFirstSpi && !context_.inbound.contains(spi)) return spi;
  }
}

void IkeChildren::publish() {
  session_.state.children.clear();
  for (const auto& one : children_) session_.state.children.push_back(one->sa);
}

void IkeChildren::finish(const IkeSa& sa, Made made, std::uint32_t inbound_spi,
                         const Nonces& nonces, bool initiator, Child* rekeyed) {
  const EspAlgorithms algorithms{made.choice.encryption, made.choice.integrity};
  const auto secret = made.secret ? std::optional<Bytes>(*made.secret) : std::nullopt;
  const crypto::ChildKeys keys =
      crypto::child_keys(sa.suite().prf, sa.keys().d, algorithms.encryption, algorithms.integrity,
                         {nonces.initiator, nonces.responder}, secret);
  const bool first = initiator != context_.deviates("RFC7296-2.17-01");
  const auto& out = first ? keys.from_initiator : keys.from_responder;
  const auto& in = initiator ? keys.from_responder : keys.from_initiator;
  const auto log = [&](std::uint32_t spi, const crypto::DirectionKeys& direction) {
    context_.environment.log_keys(crypto::to_line(crypto::ChildSaKeys{
        spi, std::nullopt, std::nullopt, algorithms.encryption, algorithms.integrity, direction}));
  };
  // Those that the exchange made, also where a deviation takes others.
  log(inbound_spi, initiator ? keys.from_responder : keys.from_initiator);
  log(made.outbound_spi, initiator ? keys.from_initiator : keys.from_responder);
  ChildSa child{inbound_spi, made.outbound_spi, std::move(made.own), std::move(made.peer)};
  children_.push_back(std::make_unique<Child>(context_, child, algorithms, EspDirections{in, out}));
  Child& added = *children_.back();
  added.group = made.choice.group;
  // On a rekey the responder of the exchange waits until the other side uses the new SA, so that
  // nothing comes there too early (RFC 7296 §2.8).
  added.ready = initiator || rekeyed == nullptr;
  if (rekeyed != nullptr) added.replaces = rekeyed->sa.inbound_spi;
  context_.inbound[inbound_spi] = &session_;
  if (rekeyed != nullptr && context_.deviates("RFC7296-2.8.1-01"))
    context_.inbound.erase(rekeyed->sa.inbound_spi);
  publish();
  schedule_rekey(added);
  context_.tell([id = session_.id, child](IkeOwner& owner) { owner.child_up(id, child); });
}

void IkeChildren::schedule_rekey(Child& child) {
  const auto lifetime = context_.settings.child_lifetime;
  if (!lifetime) return;
  const net::Duration rest = *lifetime / 5;
  child.lifetime.start(*lifetime - rest, [this, spi = child.sa.inbound_spi, rest] {
    Child* aged = find(spi);
    if (aged == nullptr || aged->deleting) return;
    if (!context_.deviates("RFC7296-2.8-01"))
      aged->lifetime.start(rest, [this, spi] { remove(spi); });
    create(spi);
  });
}

void IkeChildren::drop(std::uint32_t inbound_spi) {
  const auto found = std::ranges::find_if(
      children_, [&](const auto& one) { return one->sa.inbound_spi == inbound_spi; });
  if (found == children_.end()) return;
  for (const auto& one : children_)
    if (one->replaces == inbound_spi) one->ready = true;
  context_.inbound.erase(inbound_spi);
  context_.tell(
      [id = session_.id, child = (*found)->sa](IkeOwner& owner) { owner.child_down(id, child); });
  children_.erase(found);
  publish();
}

void IkeChildren::clear() {
  retry_.stop();
  while (!children_.empty()) drop(children_.back()->sa.inbound_spi);
}

void IkeChildren::remove(std::uint32_t inbound_spi) {
  Child* child = find(inbound_spi);
  if (child == nullptr || child->deleting) return;
  child->deleting = true;
  if (context_.deviates("RFC7296-1.4.1-01")) child->deleting = false;
  session_.ask(
      IkeRequest::Kind::informational,
      [inbound_spi] {
        ike::PayloadChain chain;
        add_delete(chain, std::array{inbound_spi});
        return chain;
      },
      [this, inbound_spi](const IkePayloads&, const AddressPair&) { drop(inbound_spi); });
}

void IkeChildren::answer_delete(wire::View deletion, ike::PayloadChain& response) {
  const auto spis = spis_in(deletion);
  if (!spis) return add_notification(response, notification("invalid-syntax"));
  std::vector<std::uint32_t> ours;
  for (const std::uint32_t spi : *spis) {
    Child* child = find_outbound(spi);
    if (child == nullptr) continue;
    // Where both sides delete at once the requests name all SPIs (RFC 7296 §1.4.1).
    if (!child->deleting || context_.deviates("RFC7296-1.4.1-03"))
      ours.push_back(child->sa.inbound_spi);
    if (context_.deviates("RFC7296-1.4.1-01")) continue;
    drop(child->sa.inbound_spi);
  }
  if (!ours.empty()) add_delete(response, ours);
}

IkeChildren::Child* IkeChildren::best_for(Bytes datagram) const {
  const bool any = context_.deviates("RFC7296-2.9-03");
  for (auto one = children_.rbegin(); one != children_.rend(); ++one) {
    const Child& child = **one;
    const bool usable = child.ready && !child.deleting;
    if (usable && (any || roles::takes(child.sa.own, child.sa.peer, datagram))) return one->get();
  }
  return nullptr;
}

bool IkeChildren::takes(Bytes datagram) const {
  return best_for(datagram) != nullptr;
}

bool IkeChildren::send(Bytes datagram) {
  Child* child = best_for(datagram);
  if (child == nullptr) return false;
  const auto packet = child->sender.seal(as_sent(datagram), wire::ip::kIpv4);
  if (!packet) {
    // The sequence numbers are used up (RFC 4303 §3.3.3).
    create(child->sa.inbound_spi);
    return false;
  }
  session_.mobility.send(*packet);
  return true;
}

/// Of deviations: as if another inner address had been assigned.
Buffer IkeChildren::as_sent(Bytes datagram) const {
  Buffer result(datagram.begin(), datagram.end());
  const bool client = session_.state.initiator;
  const bool data = wire::read(datagram, wire::ip::protocol) == wire::ip::kIpv4;
  const bool other = client ? data && context_.deviates("RFC7296-2.19-07")
                            : session_.mobility.has_moved() && context_.deviates("RFC7296-2.19-08");
  if (!other) return result;
  const wire::Field& field = client ? wire::ip::source : wire::ip::destination;
  wire::write(result, field, wire::read(result, field) + 1);
  wire::write(result, wire::ip::checksum, 0);
  wire::write(result, wire::ip::checksum,
              wire::checksum(Bytes(result).first(wire::read(result, wire::ip::header_length) * 4)));
  return result;
}

bool IkeChildren::send_dummy(Bytes datagram) {
  return send_as(datagram, wire::esp::trailer::kNoNextHeader);
}

bool IkeChildren::send_unselected(Bytes datagram) {
  return send_as(datagram, wire::ip::kIpv4);
}

bool IkeChildren::send_as(Bytes datagram, std::uint8_t next_header) {
  const auto spi = newest();
  if (!spi) return false;
  const auto packet = find(*spi)->sender.seal(datagram, next_header);
  if (!packet) return false;
  session_.mobility.send(*packet);
  return true;
}

void IkeChildren::forget_sent_numbers() {
  for (const auto& one : children_) one->sender.forget_numbers();
}

void IkeChildren::forget_received_numbers() {
  for (const auto& one : children_) one->receiver.forget_numbers();
}

void IkeChildren::receive(std::uint32_t spi, Bytes packet, bool in_udp) {
  const ActiveDeviations& deviates = context_.deviates;
  Child* child = find(spi);
  if (child == nullptr) return;
  if (deviates("RFC7296-2.23-08") && in_udp != session_.state.nat) return;
  if (deviates("RFC7296-2.8-07") && !child->ready) return;
  const auto opened = child->receiver.open(packet);
  if (!opened) return;
  child->ready = true;
  session_.heard_esp();
  const bool ipv4 = opened->next_header == wire::ip::kIpv4;
  const bool dummy = opened->next_header == wire::esp::trailer::kNoNextHeader;
  if (dummy && deviates("RFC4303-2.6-02")) return remove(spi);
  if (!ipv4 && !(dummy && deviates("RFC4303-3.4.4.1-01"))) return;
  const bool foreign_allowed = deviates("RFC3948-3.1.1-01");
  if (!foreign_allowed && !roles::takes(child->sa.peer, child->sa.own, opened->payload)) return;
  Bytes datagram = opened->payload;
  // Behind it may be padding that hides its length (RFC 4303 §2.7).
  datagram = datagram.first(
      std::min<std::size_t>(datagram.size(), wire::read(datagram, wire::ip::total_length)));
  const ChildSa sa = child->sa;
  Buffer altered(datagram.begin(), datagram.end());
  if (in_udp && !altered.empty() && deviates("RFC3948-3.5-01")) altered.back() ^= 1;
  datagram = altered;
  deliver_news(context_);
  context_.owner.inner_datagram(session_.id, sa, datagram);
}

}  // namespace mipvet::roles

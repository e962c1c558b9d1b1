#include "roles/ike_endpoint.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include <fmt/format.h>

#include "engine/wire/esp.h"
#include "engine/wire/frame.h"
#include "engine/wire/ike_names.h"
#include "engine/wire/ipv4.h"
#include "roles/ike_cookies.h"
#include "roles/ike_responder.h"
#include "roles/ike_session.h"
#include "roles/ike_transport.h"

namespace mipvet::roles {

using wire::Bytes;

namespace {

constexpr std::uint8_t kMajorVersion = 2;
/// What IKE_AUTH may take after IKE_SA_INIT.
constexpr auto kHalfOpen = std::chrono::seconds(30);

/// Who began an IKE SA: repeats of IKE_SA_INIT find it.
struct Beginner {
  std::uint64_t spi = 0;
  wire::Ipv4Address address;
  std::uint16_t port = 0;
  auto operator<=>(const Beginner&) const = default;
};

}  // namespace

struct IkeEndpoint::State {
  State(net::Host& host, IkeOwner& owner, IkeSettings settings, const ActiveDeviations& deviates)
      : context(host, owner, std::move(settings), deviates), cookies(context), kick(context) {
    context.forget = [this](IkeSaId id) { forget(id); };
    context.replace_others = [this](IkeSaId id) { replace_others(id); };
  }

  IkeContext context;
  IkeCookies cookies;
  std::map<IkeSaId, std::unique_ptr<IkeSession>> sessions;
  std::map<Beginner, IkeSaId> beginners;
  IkeSaId last_id = 0;
  Timer kick;

  IkeSession* find(IkeSaId id) const {
    const auto found = sessions.find(id);
    return found == sessions.end() || found->second->is_over() ? nullptr : found->second.get();
  }
  IkeSession* established(IkeSaId id) const {
    IkeSession* session = find(id);
    return session != nullptr && session->state.established ? session : nullptr;
  }
  IkeSession& add(bool initiator) {
    const IkeSaId id = ++last_id;
    return *(sessions[id] = std::make_unique<IkeSession>(context, id, initiator));
  }
  void forget(IkeSaId id) {
    std::erase_if(beginners, [&](const auto& one) { return one.second == id; });
    sessions.erase(id);
  }
  void replace_others(IkeSaId id) {
    const IkeIdentity& peer = sessions.at(id)->state.peer;
    for (const auto& [other, session] : sessions)
      if (other != id && session->state.established && session->state.peer == peer)
        session->end({IkeEnd::Why::deleted});
  }
  std::size_t half_open() const {
    return static_cast<std::size_t>(std::ranges::count_if(sessions, [](const auto& one) {
      return !one.second->state.established && !one.second->state.initiator &&
             !one.second->is_over();
    }));
  }

  void receive_udp(const net::Datagram& datagram);
  void receive_ip(Bytes datagram);
  void receive_message(Bytes message, const AddressPair& from);
  void receive_esp(Bytes packet, const AddressPair& from, bool in_udp);
  void begin(const IkeHeader& header, Bytes message, const AddressPair& from);
  bool needs_cookie(const IkeHeader& header, Bytes message, const AddressPair& from);

  /// After a command: what is to be told comes by a timer, never from inside the command.
  bool done(bool result = true) {
    if (!context.news.empty()) kick.start(net::Duration(0), [] {});
    return result;
  }
};

void IkeEndpoint::State::receive_udp(const net::Datagram& datagram) {
  if (datagram.checksum_wrong) return;
  const AddressPair from{datagram.destination, datagram.source, datagram.destination_port,
                         datagram.source_port};
  Bytes octets = datagram.payload;
  if (datagram.destination_port == kNatPort) {
    const bool keepalive = octets.size() == 1 && octets[0] == wire::ike::keepalive::kOctet;
    const std::size_t marker = wire::ike::non_esp_marker::layout.minimum;
    if (keepalive || octets.size() < marker) return;
    if (wire::read(octets, wire::ike::non_esp_marker::marker) != 0) {
      if (datagram.has_checksum && context.deviates("RFC3948-2.1-03")) return;
      receive_esp(octets, from, true);
      return deliver_news(context);
    }
    octets = octets.subspan(marker);
  }
  receive_message(octets, from);
  deliver_news(context);
}

void IkeEndpoint::State::receive_ip(Bytes datagram) {
  const wire::View header(wire::ip::layout, datagram);
  // Fragments are put together before ESP, or dropped (RFC 4303 §3.4.1).
  if (header[wire::ip::more_fragments] != 0 || header[wire::ip::fragment_offset] != 0) return;
  const std::size_t size = header[wire::ip::header_length] * 4;
  const std::size_t total = header[wire::ip::total_length];
  if (size > total || total > datagram.size()) return;
  receive_esp(datagram.first(total).subspan(size),
              {header.address(wire::ip::destination), header.address(wire::ip::source)}, false);
  deliver_news(context);
}

void IkeEndpoint::State::receive_esp(Bytes packet, const AddressPair& from, bool in_udp) {
  if (packet.size() < wire::esp::layout.minimum) return;
  const auto spi = static_cast<std::uint32_t>(wire::read(packet, wire::esp::spi));
  const auto found = context.inbound.find(spi);
  if (found == context.inbound.end()) return;
  IkeSession& session = *found->second;
  // The SPI alone tells the SA (RFC 4303 §2.1); packets may still be on the way when it moves.
  const bool strict = context.deviates("RFC4303-3.4.2-01") || context.deviates("RFC4555-3.5-29");
  if (strict && from.peer != session.state.addresses.peer) return;
  session.children.receive(spi, packet, in_udp);
}

void IkeEndpoint::State::receive_message(Bytes message, const AddressPair& from) {
  const auto header = IkeHeader::parse(message);
  if (!header) return;
  constexpr std::size_t kLong = 576;
  if (message.size() > kLong && context.deviates("RFC7296-2-02")) return;
  const bool well_known = from.peer_port == kIkePort || from.peer_port == kNatPort;
  if (!well_known && context.deviates("RFC7296-2.11-01")) return;
  const bool moved = from.local_port == kNatPort && header->exchange == wire::ike::kIkeAuth;
  if (moved && well_known && context.deviates("RFC4555-3.3-04")) return;
  if (from.local_port == kNatPort && context.deviates("RFC7296-2.23-06")) return;
  if (header->major_version != kMajorVersion && !context.deviates("RFC7296-2.5-02")) {
    if (!header->response && header->major_version > kMajorVersion)
      send_unprotected(context, *header, from, notification("invalid-major-version"));
    return;
  }
  const bool begins = header->exchange == wire::ike::kIkeSaInit && !header->response;
  if (begins) {
    if (header->initiator && header->spis.responder == 0 && header->spis.initiator != 0 &&
        header->message_id == 0)
      begin(*header, message, from);
    return;
  }
  const std::uint64_t own = header->initiator ? header->spis.responder : header->spis.initiator;
  const auto found = context.sessions.find(own);
  if (found != context.sessions.end()) return found->second->receive(*header, message, from);
  // A response is never answered (RFC 7296 §2.21.4).
  if (!header->response || context.deviates("RFC7296-2.21.4-01"))
    send_unprotected(context, *header, from, notification("invalid-ike-spi"));
}

bool IkeEndpoint::State::needs_cookie(const IkeHeader& header, Bytes message,
                                      const AddressPair& from) {
  if (half_open() < context.settings.cookie_threshold) return false;
  const auto payloads =
      IkePayloads::parse(header.first_payload, message.subspan(wire::ike::other_exchange.minimum));
  if (!payloads || cookies.is_right(header, *payloads, from)) return false;
  if (payloads->notified(notification("cookie")) != nullptr && context.deviates("RFC7296-2.6-07"))
    return true;
  wire::Buffer cookie = cookies.cookie_for(header, *payloads, from);
  if (context.deviates("RFC7296-2.6-05")) cookie.resize(80);
  send_unprotected(context, header, from, notification("cookie"), cookie);
  return true;
}

void IkeEndpoint::State::begin(const IkeHeader& header, Bytes message, const AddressPair& from) {
  const Beginner who{header.spis.initiator, from.peer, from.peer_port};
  const auto known = beginners.find(who);
  if (known != beginners.end() && !context.deviates("RFC7296-2.1-06")) {
    sessions.at(known->second)->accept(header, message, from);
    return;
  }
  if (needs_cookie(header, message, from)) return;
  IkeSession& session = add(false);
  if (!session.accept(header, message, from)) {
    sessions.erase(session.id);
    return;
  }
  beginners[who] = session.id;
  session.expire_half_open(kHalfOpen);
}

IkeEndpoint::IkeEndpoint(net::Host& host, IkeOwner& owner, IkeSettings settings,
                         const ActiveDeviations& deviates)
    : state_(std::make_unique<State>(host, owner, std::move(settings), deviates)) {
  const auto receive = [state = state_.get()](const net::Datagram& datagram) {
    state->receive_udp(datagram);
  };
  host.on_udp(kIkePort, receive);
  host.on_udp(kNatPort, receive);
  host.on_protocol(wire::ip::kEsp, [state = state_.get()](net::PortId, Bytes datagram) {
    state->receive_ip(datagram);
  });
}

IkeEndpoint::~IkeEndpoint() {
  state_->sessions.clear();
}

IkeSaId IkeEndpoint::connect(const IkeConnection& connection) {
  const auto& credentials = state_->context.settings.credentials;
  const auto found = std::ranges::find(credentials, connection.peer_identity, &IkeCredential::peer);
  if (found == credentials.end())
    throw std::invalid_argument(fmt::format("no secret is shared with {}; right: an entry of `ike`",
                                            to_string(connection.peer_identity)));
  IkeSession& session = state_->add(true);
  session.connect(connection, *found);
  state_->done();
  return session.id;
}

bool IkeEndpoint::move(IkeSaId id, wire::Ipv4Address local, std::optional<wire::Ipv4Address> peer) {
  IkeSession* session = state_->established(id);
  if (session == nullptr || !session->state.initiator) return false;
  session->mobility.move(local, peer);
  return state_->done();
}

bool IkeEndpoint::suspend(IkeSaId id) {
  IkeSession* session = state_->established(id);
  if (session == nullptr) return false;
  session->mobility.suspend();
  return state_->done();
}

bool IkeEndpoint::send(IkeSaId id, Bytes datagram) {
  IkeSession* session = state_->established(id);
  if (session == nullptr) return false;
  return state_->done(session->children.send(datagram));
}

std::optional<IkeSaId> IkeEndpoint::way_to(wire::Ipv4Address source,
                                           wire::Ipv4Address destination) const {
  const wire::Buffer datagram =
      wire::ip_datagram({.source = source, .destination = destination}, wire::ip::kIpv4, {});
  for (auto one = state_->sessions.rbegin(); one != state_->sessions.rend(); ++one)
    if (one->second->state.established && one->second->children.takes(datagram)) return one->first;
  return std::nullopt;
}

bool IkeEndpoint::create_child(IkeSaId id) {
  IkeSession* session = state_->established(id);
  if (session == nullptr) return false;
  session->children.create(std::nullopt);
  return state_->done();
}

bool IkeEndpoint::rekey_child(IkeSaId id, std::optional<std::uint32_t> inbound_spi) {
  IkeSession* session = state_->established(id);
  if (session == nullptr) return false;
  if (!inbound_spi) inbound_spi = session->children.newest();
  if (!inbound_spi || !session->children.has(*inbound_spi)) return false;
  session->children.create(inbound_spi);
  return state_->done();
}

bool IkeEndpoint::rekey_ike(IkeSaId id) {
  IkeSession* session = state_->established(id);
  if (session == nullptr) return false;
  session->rekey();
  return state_->done();
}

bool IkeEndpoint::delete_child(IkeSaId id, std::optional<std::uint32_t> inbound_spi) {
  IkeSession* session = state_->established(id);
  if (session == nullptr) return false;
  if (!inbound_spi) inbound_spi = session->children.newest();
  if (!inbound_spi || !session->children.has(*inbound_spi)) return false;
  session->children.remove(*inbound_spi);
  return state_->done();
}

bool IkeEndpoint::close(IkeSaId id) {
  IkeSession* session = state_->find(id);
  if (session == nullptr) return false;
  session->close();
  return state_->done();
}

void IkeEndpoint::shut_down() {
  for (const auto& [id, session] : state_->sessions)
    if (session->state.established)
      session->leave(farewell(), {IkeEnd::Why::closed});
    else
      session->end({IkeEnd::Why::closed});
  state_->done();
}

void IkeEndpoint::restart() {
  state_->sessions.clear();
  state_->beginners.clear();
  state_->context.news.clear();
}

bool IkeEndpoint::check_liveness(IkeSaId id) {
  IkeSession* session = state_->established(id);
  if (session == nullptr) return false;
  session->mobility.check_liveness();
  return state_->done();
}

bool IkeEndpoint::check_path(IkeSaId id) {
  IkeSession* session = state_->established(id);
  if (session == nullptr) return false;
  session->mobility.check_path();
  return state_->done();
}

bool IkeEndpoint::announce_addresses(IkeSaId id, const std::vector<wire::Ipv4Address>& additional) {
  IkeSession* session = state_->established(id);
  if (session == nullptr || !session->state.mobike) return false;
  session->mobility.announce(additional);
  return state_->done();
}

bool IkeEndpoint::request(IkeSaId id, wire::ike::PayloadChain payloads) {
  IkeSession* session = state_->established(id);
  if (session == nullptr) return false;
  session->ask(IkeRequest::Kind::informational, [chain = std::move(payloads)] { return chain; });
  return state_->done();
}

void IkeEndpoint::alter(IkeAlteration alteration) {
  state_->context.alterations.push_back(std::move(alteration));
}

bool IkeEndpoint::send_dummy(IkeSaId id, wire::Bytes datagram) {
  IkeSession* session = state_->established(id);
  return session != nullptr && state_->done(session->children.send_dummy(datagram));
}

bool IkeEndpoint::send_unselected(IkeSaId id, wire::Bytes datagram) {
  IkeSession* session = state_->established(id);
  return session != nullptr && state_->done(session->children.send_unselected(datagram));
}

void IkeEndpoint::encapsulate(IkeSaId id, bool always) {
  if (IkeSession* session = state_->established(id)) session->mobility.encapsulate(always);
}

const IkeSaState* IkeEndpoint::find(IkeSaId id) const {
  const IkeSession* session = state_->find(id);
  return session == nullptr ? nullptr : &session->state;
}

std::vector<IkeSaId> IkeEndpoint::ids() const {
  std::vector<IkeSaId> result;
  for (const auto& [id, session] : state_->sessions)
    if (!session->is_over()) result.push_back(id);
  return result;
}

std::string to_string(const IkeEnd& end) {
  constexpr std::array kWhy{"refused", "rejected", "unanswered", "deleted by the peer", "closed"};
  const std::string why = kWhy.at(static_cast<std::size_t>(end.why));
  if (end.notification == 0) return why;
  return fmt::format("{}: {}", why, wire::ike::notify::layout_of(end.notification).name);
}

}  // namespace mipvet::roles

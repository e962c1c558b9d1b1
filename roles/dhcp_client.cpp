#include "roles/dhcp_client.h"

#include <algorithm>
#include <bit>

namespace mipvet::roles {

namespace dhcp = wire::dhcp;
using wire::Ipv4Address;

namespace {

/// RFC 2131 §4.1: 4 s, twice as long each time, 64 s at most, each up to a second more or less.
constexpr net::Duration kFirstWait = std::chrono::seconds(4);
constexpr unsigned kMostDoublings = 4;
/// RFC 2131 §4.4.1: after that many requests without an answer the client begins anew.
constexpr unsigned kMostRequests = 4;
/// RFC 2131 §4.4.5: no request for a renewal sooner than this after another.
constexpr net::Duration kLeastRenewalWait = std::chrono::seconds(60);

/// Subnet mask, router, lease time, server identifier, renewal and rebinding time.
const wire::Buffer kWanted = {1, 3, 51, 54, 58, 59};

constexpr std::uint32_t kForever = 0xFFFFFFFF;

}  // namespace

DhcpClient::DhcpClient(net::Host& host, Owner owner) : host_(host), owner_(std::move(owner)) {
  host_.on_udp(dhcp::kClientPort, [this](const net::Datagram& datagram) { received(datagram); });
}

DhcpClient::~DhcpClient() {
  stop();
}

void DhcpClient::start(net::PortId port) {
  stop();
  port_ = port;
  discover();
}

void DhcpClient::stop() {
  if (timer_) host_.environment().cancel(*timer_);
  timer_.reset();
  lease_.reset();
  state_ = State::idle;
}

void DhcpClient::release() {
  if (lease_) {
    dhcp::Message message;
    message.kind = &dhcp::release;
    message.xid = static_cast<std::uint32_t>(host_.environment().random());
    message.ciaddr = lease_->address.address;
    identify(message);
    message.server = lease_->server;
    host_.send_udp(lease_->address.address, dhcp::kClientPort, lease_->server, dhcp::kServerPort,
                   dhcp::compose(message));
  }
  stop();
}

void DhcpClient::discover() {
  xid_ = static_cast<std::uint32_t>(host_.environment().random());
  began_ = host_.environment().now();
  tries_ = 0;
  state_ = State::selecting;
  send_again();
}

/// The message of the present state, and when it is sent once more.
void DhcpClient::send_again() {
  const net::Time now = host_.environment().now();
  if (state_ == State::requesting && tries_ >= kMostRequests) return discover();
  send(state_ == State::selecting ? dhcp::discover : dhcp::request);
  if (state_ == State::renewing || state_ == State::rebinding) {
    const net::Time end = state_ == State::renewing ? rebind_at_ : ends_;
    const net::Duration half = (end - now) / 2;
    if (half >= kLeastRenewalWait) return schedule(half, &DhcpClient::send_again);
    return schedule(end - now,
                    state_ == State::renewing ? &DhcpClient::rebind : &DhcpClient::expire);
  }
  const auto jitter = std::chrono::milliseconds(host_.environment().random() % 2001) -
                      std::chrono::milliseconds(1000);
  schedule(kFirstWait * (1U << std::min(tries_, kMostDoublings)) + jitter, &DhcpClient::send_again);
  ++tries_;
}

/// Who the client is: the same in all messages (RFC 2131 §2).
void DhcpClient::identify(dhcp::Message& message) const {
  message.chaddr = host_.mac(port_);
  message.client_identifier = {1};
  message.client_identifier.insert(message.client_identifier.end(), message.chaddr.octets.begin(),
                                   message.chaddr.octets.end());
}

/// RFC 2131 §4.3.2, table 4: what a request says in which state.
void DhcpClient::send(const wire::Layout& kind) {
  dhcp::Message message;
  message.kind = &kind;
  message.xid = xid_;
  message.secs = static_cast<std::uint16_t>(std::min<std::int64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(host_.environment().now() - began_).count(),
      0xFFFF));
  identify(message);
  message.parameter_request_list = kWanted;
  // A unicast to an address that the host does not have yet could go unheard.
  message.broadcast = !lease_;
  if (state_ == State::requesting) {
    message.server = offer_.server;
    message.requested_address = offer_.yiaddr;
  }
  Ipv4Address source;
  Ipv4Address to = wire::kLimitedBroadcast;
  net::SendOptions options;
  if (lease_) {
    source = message.ciaddr = lease_->address.address;
    if (state_ == State::renewing) to = lease_->server;
  }
  if (to == wire::kLimitedBroadcast) options.port = port_;
  host_.send_udp(source, dhcp::kClientPort, to, dhcp::kServerPort, dhcp::compose(message), options);
}

void DhcpClient::received(const net::Datagram& datagram) {
  if (state_ == State::idle || datagram.port != port_ || datagram.checksum_wrong) return;
  const auto message = dhcp::read_message(datagram.payload);
  if (!message || message->xid != xid_ || message->chaddr != host_.mac(port_)) return;
  if (state_ == State::selecting) {
    if (message->kind == &dhcp::offer) offered(*message);
  } else if (state_ != State::bound) {
    if (message->kind == &dhcp::ack) acknowledged(*message);
    if (message->kind == &dhcp::nak) refused();
  }
}

/// The first offer is taken.
void DhcpClient::offered(const dhcp::Message& offer) {
  if (!offer.server || offer.yiaddr.is_zero()) return;
  offer_ = offer;
  state_ = State::requesting;
  tries_ = 0;
  send_again();
}

void DhcpClient::acknowledged(const dhcp::Message& ack) {
  if (!ack.lease_time || ack.yiaddr.is_zero()) return;
  const bool is_new = !lease_ || lease_->address.address != ack.yiaddr;
  if (lease_ && is_new) {
    const DhcpLease before = *lease_;
    lease_.reset();
    if (owner_.lost) owner_.lost(before);
  }
  DhcpLease lease;
  lease.port = port_;
  const std::uint32_t mask = ack.subnet_mask.value_or(Ipv4Address{0xFFFFFF00}).value;
  lease.address = {ack.yiaddr, static_cast<std::uint8_t>(std::countl_one(mask))};
  lease.router = ack.router;
  lease.server =
      ack.server.value_or(lease_ ? lease_->server : offer_.server.value_or(Ipv4Address{}));
  lease.duration = std::chrono::seconds(*ack.lease_time);
  lease_ = lease;
  state_ = State::bound;
  const net::Time now = host_.environment().now();
  const auto after = [&](std::uint64_t seconds) { return now + std::chrono::seconds(seconds); };
  const std::uint64_t whole = *ack.lease_time;
  ends_ = after(whole);
  rebind_at_ = std::min(after(ack.rebinding_time.value_or(whole * 7 / 8)), ends_);
  renew_at_ = std::min(after(ack.renewal_time.value_or(whole / 2)), rebind_at_);
  if (timer_) host_.environment().cancel(*timer_);
  timer_.reset();
  if (*ack.lease_time != kForever) schedule(renew_at_ - now, &DhcpClient::renew);
  if (is_new && owner_.bound) owner_.bound(lease);
}

void DhcpClient::refused() {
  const std::optional<DhcpLease> before = lease_;
  lease_.reset();
  if (before && owner_.lost) owner_.lost(*before);
  discover();
}

void DhcpClient::schedule(net::Duration after, void (DhcpClient::*then)()) {
  if (timer_) host_.environment().cancel(*timer_);
  timer_ = host_.environment().schedule(after, [this, then] {
    timer_.reset();
    (this->*then)();
  });
}

void DhcpClient::renew() {
  xid_ = static_cast<std::uint32_t>(host_.environment().random());
  began_ = host_.environment().now();
  state_ = State::renewing;
  send_again();
}

void DhcpClient::rebind() {
  state_ = State::rebinding;
  send_again();
}

void DhcpClient::expire() {
  refused();
}

}  // namespace mipvet::roles

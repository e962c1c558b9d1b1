#include "roles/vpn_client.h"

#include <algorithm>
#include <array>

#include "engine/wire/frame.h"
#include "engine/wire/ike.h"
#include "roles/registration.h"

namespace mipvet::roles {

namespace {

constexpr net::Duration kFirstPause = std::chrono::seconds(1);
constexpr net::Duration kLongestPause = std::chrono::seconds(32);
constexpr std::uint16_t kUnexpectedNat = 41;

const nlohmann::json& vpn_of(const model::Node& node) {
  static const nlohmann::json none = nlohmann::json::object();
  const auto found = node.parameters.find("vpn");
  return found == node.parameters.end() ? none : *found;
}

std::vector<wire::Ipv4Address> gateways_of(const nlohmann::json& vpn) {
  std::vector<std::string> names{vpn.at("gateway").get<std::string>()};
  for (const nlohmann::json& one : vpn.value("alternatives", nlohmann::json::array()))
    names.push_back(one.get<std::string>());
  std::vector<wire::Ipv4Address> result;
  for (const std::string& name : names)
    if (const auto address = wire::Ipv4Address::parse(name)) result.push_back(*address);
  return result;
}

IkeSettings settings_of(const model::Network& network, model::NodeId self,
                        const nlohmann::json& vpn, const ActiveDeviations& deviates) {
  IkeSettings settings;
  for (const model::IkeCredentials& shared : network.ike)
    if (shared.one == self || shared.other == self)
      settings.credentials.push_back({ike_identity(shared.id_of(self)),
                                      ike_identity(shared.id_of(shared.peer_of(self))),
                                      vpn.value("psk", shared.psk)});
  if (vpn.contains("ike")) {
    settings.ike.clear();
    for (const nlohmann::json& one : vpn["ike"])
      settings.ike.push_back(ike_proposal(one.get<std::string>()));
  }
  if (vpn.contains("esp")) {
    settings.esp.clear();
    for (const nlohmann::json& one : vpn["esp"])
      settings.esp.push_back(esp_proposal(one.get<std::string>()));
  }
  settings.mobike = vpn.value("mobike", true) && !deviates("MOB-1-06");
  if (vpn.contains("child_lifetime"))
    settings.child_lifetime = seconds(vpn["child_lifetime"].get<double>());
  settings.keepalive = seconds(deviates("MOB-4-11") ? 86400.0 : vpn.value("keepalive", 20.0));
  settings.no_nats_allowed = vpn.value("no_nats_allowed", false) || deviates("MOB-4-04");
  return settings;
}

}  // namespace

VpnClient::VpnClient(const model::Network& network, model::NodeId self, net::Host& host,
                     const ActiveDeviations& deviates, const ActiveDeviations& ike_deviates,
                     VpnOwner& owner)
    : network_(network),
      self_(self),
      host_(host),
      deviates_(deviates),
      owner_(owner),
      gateways_(gateways_of(vpn_of(network.node(self)))),
      reserve_(vpn_of(network.node(self)).value("reserve", true)),
      ike_(host, *this, settings_of(network, self, vpn_of(network.node(self)), deviates),
           ike_deviates) {}

void VpnClient::arrive(wire::Ipv4Address local) {
  local_ = local;
  wanted_ = true;
  answered_ = false;
  pause_ = {};
  host_.environment().cancel(timer_);
  if (deviates_("MOB-3-04")) return;
  const IkeSaState* sa = id_ ? ike_.find(*id_) : nullptr;
  const bool moves = sa != nullptr && sa->established && sa->mobike && !deviates_("MOB-3.3-01");
  if (moves && ike_.move(*id_, local)) return;
  // Half made, or with a gateway that does not know MOBIKE: of no use at another address.
  if (id_) ike_.restart();
  id_.reset();
  connect();
}

void VpnClient::leave() {
  local_.reset();
  answered_ = false;
  host_.environment().cancel(timer_);
  for (const IkeSaId id : ike_.ids()) ike_.suspend(id);
}

void VpnClient::rest() {
  wanted_ = false;
  host_.environment().cancel(timer_);
  if (!reserve_) close();
}

void VpnClient::disconnect() {
  wanted_ = false;
  host_.environment().cancel(timer_);
  close();
}

/// It says good-bye on its own: whoever comes to another address meanwhile builds a new one.
void VpnClient::close() {
  if (id_) ike_.close(*id_);
  id_.reset();
  lose();
}

void VpnClient::reconnect(std::optional<wire::Ipv4Address> gateway) {
  if (gateway) {
    std::erase(gateways_, *gateway);
    gateways_.insert(gateways_.begin(), *gateway);
  }
  wanted_ = true;
  pause_ = {};
  close();
  host_.environment().cancel(timer_);
  connect();
}

std::optional<wire::Ipv4Address> VpnClient::tunnel_inner_address() const {
  const IkeSaState* sa = id_ ? ike_.find(*id_) : nullptr;
  if (sa == nullptr || !sa->established) return std::nullopt;
  return sa->assigned ? sa->assigned : std::optional(sa->addresses.local);
}

bool VpnClient::send(wire::Bytes datagram) {
  return id_ && ike_.send(*id_, datagram);
}

void VpnClient::check_liveness() {
  if (id_) ike_.check_liveness(*id_);
}

bool VpnClient::command(std::string_view verb, std::optional<wire::Ipv4Address> address) {
  const IkeSaId id = id_.value_or(0);  // none: the endpoint does nothing
  if (verb == "check")
    ike_.check_liveness(id);
  else if (verb == "check-path")
    ike_.check_path(id);
  else if (verb == "rekey-child")
    ike_.rekey_child(id);
  else if (verb == "rekey-ike")
    ike_.rekey_ike(id);
  else if (verb == "create-child")
    ike_.create_child(id);
  else if (verb == "delete-child")
    ike_.delete_child(id);
  else if (verb == "dummy")
    ike_.send_dummy(id, inner_datagram_from(tunnel_inner_address().value_or(wire::Ipv4Address{})));
  else if (verb == "forge")
    ike_.send_unselected(
        id, inner_datagram_from({tunnel_inner_address().value_or(wire::Ipv4Address{}).value + 1}));
  else if (verb == "encapsulate")
    ike_.encapsulate(id, true);
  else if (verb == "shut-down")
    ike_.shut_down();
  else if (verb == "announce")
    ike_.announce_addresses(id, address ? std::vector{*address} : std::vector<wire::Ipv4Address>{});
  else
    return false;
  return true;
}

/// To the discard port of the home agent (RFC 863): whether it gets through is to be seen there.
wire::Buffer VpnClient::inner_datagram_from(wire::Ipv4Address source) const {
  constexpr std::uint16_t kDiscard = 9;
  const wire::Ipv4Address home_agent = address_parameter(network_.node(self_), "home_agent");
  const std::array<std::uint8_t, 16> octets{};
  return wire::udp_datagram({.source = source, .destination = home_agent}, {kDiscard, kDiscard},
                            octets);
}

void VpnClient::connect() {
  if (!local_) return;
  const wire::Ipv4Address gateway = gateways_.front();
  const auto* shared = network_.ike_credentials(self_, network_.owner(gateway));
  if (shared == nullptr) return;
  if (deviates_("MOB-1-05")) ask_by_ikev1(gateway);
  IkeConnection connection;
  connection.local = *local_;
  connection.peer = gateway;
  connection.peer_identity = ike_identity(shared->id_of(shared->peer_of(self_)));
  connection.request_address = !deviates_("MOB-2-06");
  id_ = ike_.connect(connection);
}

void VpnClient::ask_by_ikev1(wire::Ipv4Address gateway) {
  namespace ike = wire::ike;
  constexpr std::uint8_t kMainMode = 2;  // RFC 2408 §3.1, RFC 2409 §5
  host_.send_udp(
      *local_, ike::kPort, gateway, ike::kPort,
      wire::make(ike::other_exchange, {{ike::message::initiator_spi, host_.environment().random()},
                                       {ike::message::major_version, 1},
                                       {ike::message::exchange_type, kMainMode},
                                       {ike::message::length, ike::other_exchange.minimum}}));
}

bool VpnClient::has_stood() const {
  return up_ != net::Time{} && host_.environment().now() - up_ > kLongestPause;
}

void VpnClient::connect_later() {
  if (has_stood()) pause_ = {};
  up_ = {};
  pause_ = std::clamp<net::Duration>(pause_ * 2, kFirstPause, kLongestPause);
  host_.environment().cancel(timer_);
  timer_ = host_.environment().schedule(pause_, [this] { connect(); });
}

void VpnClient::lose() {
  const bool was_up = std::exchange(answered_, false);
  if (was_up) owner_.vpn_lost();
}

void VpnClient::answered() {
  if (!local_ || !tunnel_inner_address()) return;
  if (ike_.find(*id_)->children.empty()) {
    ike_.create_child(*id_);
    return;
  }
  if (!std::exchange(answered_, true)) up_ = host_.environment().now();
  mends_ = false;
  owner_.vpn_answered();
}

void VpnClient::ike_closed(IkeSaId id, const IkeEnd& end) {
  if (id_ != id) return;
  id_.reset();
  lose();
  if (!wanted_ || !local_) return;
  const bool no_use = end.why != IkeEnd::Why::deleted && end.why != IkeEnd::Why::closed;
  const bool past_nat = end.notification == kUnexpectedNat && deviates_("RFC4555-3.9-11");
  if (past_nat) return;
  if (no_use && gateways_.size() > 1)
    std::rotate(gateways_.begin(), gateways_.begin() + 1, gateways_.end());
  connect_later();
}

void VpnClient::child_up(IkeSaId id, const ChildSa&) {
  if (id_ == id && !answered_) answered();
}

void VpnClient::child_down(IkeSaId id, const ChildSa&) {
  if (id_ != id) return;
  const IkeSaState* sa = ike_.find(id);
  if (sa == nullptr || !sa->children.empty()) return;
  // One that did not last is no reason to ask for the next at once, and for ever.
  const bool lasted = up_ != net::Time{} && host_.environment().now() - up_ > kFirstPause;
  lose();
  if (!wanted_ || !local_) return;
  mends_ = lasted;
  if (lasted) {
    ike_.create_child(id);
    return;
  }
  close();
  connect_later();
}

void VpnClient::child_failed(IkeSaId id, const IkeEnd&) {
  if (id_ != id || !std::exchange(mends_, false)) return;
  close();
  if (wanted_ && local_) connect_later();
}

void VpnClient::move_confirmed(IkeSaId id, const AddressPair& addresses) {
  if (id_ == id && addresses.local == local_) answered();
}

void VpnClient::move_refused(IkeSaId id, std::uint16_t) {
  if (id_ != id) return;
  close();
  if (wanted_ && local_) connect_later();
}

void VpnClient::inner_datagram(IkeSaId id, const ChildSa&, wire::Bytes datagram) {
  if (id_ == id) owner_.vpn_datagram(datagram);
}

}  // namespace mipvet::roles

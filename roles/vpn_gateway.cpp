#include "roles/vpn_gateway.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/net/host.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/ike.h"
#include "engine/wire/ike_compose.h"
#include "engine/wire/ike_notify.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/udp.h"
#include "roles/address_pool.h"
#include "roles/deviations.h"
#include "roles/ike_deviations.h"
#include "roles/ike_endpoint.h"
#include "roles/registration.h"
#include "roles/translation.h"
#include "roles/vpn_gateway_deviations.h"

namespace mipvet::roles {

namespace {

using wire::Ipv4Address;
using wire::Ipv4Prefix;

/// RFC 7296 §3.10.1: of the range for private use.
constexpr std::uint16_t kPrivateNotification = 40960;

/// A frame's IPv4 datagram, as far as a firewall looks at it.
struct Passing {
  wire::Bytes datagram;
  wire::View ip;
  std::uint64_t protocol = 0;
  std::uint64_t destination_port = 0;  ///< of UDP

  static std::optional<Passing> of(wire::Bytes frame) {
    constexpr std::size_t head = wire::ethernet::layout.minimum;
    if (frame.size() < head + wire::ip::layout.minimum ||
        wire::read(frame, wire::ethernet::ethertype) != wire::ethernet::kIpv4)
      return std::nullopt;
    Passing passing;
    passing.datagram = frame.subspan(head);
    passing.ip = {wire::ip::layout, passing.datagram};
    const std::size_t header = passing.ip[wire::ip::header_length] * 4;
    const std::size_t length = passing.ip[wire::ip::total_length];
    if (header < wire::ip::layout.minimum || length < header || length > passing.datagram.size())
      return std::nullopt;
    passing.datagram = passing.datagram.first(length);
    passing.protocol = passing.ip[wire::ip::protocol];
    if (passing.protocol == wire::ip::kUdp)
      passing.destination_port =
          wire::read(passing.datagram.subspan(header), wire::udp::destination_port);
    return passing;
  }
  Ipv4Address destination() const { return ip.address(wire::ip::destination); }
  /// What the IKE endpoint would take.
  bool is_vpn() const {
    return protocol == wire::ip::kEsp || destination_port == wire::ike::kPort ||
           destination_port == wire::ike::kNatPort;
  }
};

std::vector<std::string> texts(const model::Node& node, const char* name, const char* otherwise) {
  const auto found = node.parameters.find(name);
  if (found == node.parameters.end()) return {otherwise};
  return found->get<std::vector<std::string>>();
}

class VpnGateway final : public Actor, private IkeOwner {
 public:
  explicit VpnGateway(const Part& part)
      : node_(part.network.node(part.node)),
        deviates_(vpn_gateway_deviations(), part.deviations, "vpn-gateway"),
        host_(part.network, part.node, part.environment),
        outside_(link_parameter(part.network, node_, "outside").value_or(0)),
        inside_(link_parameter(part.network, node_, "inside").value_or(1)),
        pool_(part.network, Ipv4Prefix::parse(parameter<std::string>(node_, "pool", ""))),
        translates_(parameter<bool>(node_, "translate", false)),
        serves_inside_(parameter<bool>(node_, "serves_inside", true)),
        translation_(part.environment,
                     {.timeout = std::chrono::seconds(300), .random_ports = true}),
        endpoint_deviates_(ike_responder_deviations(), endpoint_deviations(part.deviations),
                           "vpn-gateway"),
        endpoint_(host_, *this, settings(part), endpoint_deviates_) {}

  void start() override {
    host_.enable_forwarding([this](net::PortId port, wire::Bytes datagram,
                                   const wire::MacAddress&) { return forward(port, datagram); });
  }

  void receive(net::PortId port, wire::Bytes frame) override {
    if (const auto passing = Passing::of(frame)) {
      const bool is_unserved = port == inside_ && !serves_inside_;
      if (passing->is_vpn() && host_.owns(passing->destination()) && (is_silent_ || is_unserved))
        return;
      if (deviates_("MOB-1-05/ikev1") && passing->destination_port == wire::ike::kPort)
        return answer_as_ikev1(*passing);
      if (translates_ && port == inside_ && came_back(*passing)) return;
    }
    host_.receive(port, frame);
  }

  void command(const Command& command) override {
    if (command.verb == "rekey-child") {
      for (const IkeSaId id : endpoint_.ids()) endpoint_.rekey_child(id);
    } else if (command.verb == "create-child") {
      for (const IkeSaId id : endpoint_.ids()) endpoint_.create_child(id);
    } else if (command.verb == "delete-child") {
      for (const IkeSaId id : endpoint_.ids()) endpoint_.delete_child(id);
    } else if (command.verb == "rekey-ike") {
      for (const IkeSaId id : endpoint_.ids()) endpoint_.rekey_ike(id);
    } else if (command.verb == "terminate") {
      for (const IkeSaId id : endpoint_.ids()) endpoint_.close(id);
    } else if (command.verb == "announce") {
      std::vector<Ipv4Address> additional;
      if (const auto one = Ipv4Prefix::parse(command.arguments->value("address", "")))
        additional.push_back(one->address);
      for (const IkeSaId id : endpoint_.ids()) endpoint_.announce_addresses(id, additional);
    } else if (command.verb == "check") {
      for (const IkeSaId id : endpoint_.ids()) endpoint_.check_liveness(id);
    } else if (command.verb == "drop") {
      endpoint_.restart();
      pool_.clear();
    } else if (command.verb == "shut-down") {
      endpoint_.shut_down();
    } else if (command.verb == "alter-ike") {
      endpoint_.alter(ike_alteration(*command.arguments));
    } else if (command.verb == "silence" || command.verb == "answer") {
      is_silent_ = command.verb == "silence";
    } else if (command.verb == "refuse" || command.verb == "accept") {
      refuses_moves_ = command.verb == "refuse";
    } else {
      throw model::InputError(fmt::format("a vpn-gateway does not know `{}`", command.verb));
    }
  }

 private:
  IkeSettings settings(const Part& part) const {
    IkeSettings settings;
    for (const model::IkeCredentials& shared : part.network.ike) {
      if (shared.one != part.node && shared.other != part.node) continue;
      const auto id = parameter<std::string>(node_, "id", shared.id_of(part.node));
      settings.credentials.push_back({.own = ike_identity(id),
                                      .peer = ike_identity(shared.id_of(shared.peer_of(part.node))),
                                      .psk = parameter<std::string>(node_, "psk", shared.psk)});
    }
    settings.ike.clear();
    for (const std::string& one : texts(node_, "ike", "aes128-sha256-modp2048"))
      settings.ike.push_back(ike_proposal(one));
    settings.esp.clear();
    for (const std::string& one : texts(node_, "esp", "aes128-sha256"))
      settings.esp.push_back(esp_proposal(one));
    settings.networks.clear();
    for (const std::string& one : texts(node_, "networks", "0.0.0.0/0")) {
      const Ipv4Prefix prefix = Ipv4Prefix::parse(one).value();
      settings.networks.push_back(
          {Ipv4Address{prefix.address.value & prefix.mask()}, prefix.directed_broadcast()});
    }
    settings.mobike = parameter<bool>(node_, "mobike", true) && !deviates_("MOB-1-07");
    settings.keepalive = seconds(parameter<double>(node_, "keepalive", 20));
    settings.cookie_threshold =
        parameter<std::size_t>(node_, "cookie_threshold", settings.cookie_threshold);
    if (node_.parameters.contains("child_lifetime"))
      settings.child_lifetime = seconds(node_.parameters["child_lifetime"].get<double>());
    if (node_.parameters.contains("liveness"))
      settings.liveness = seconds(node_.parameters["liveness"].get<double>());
    return settings;
  }

  // The tunnels' ends.

  std::optional<Ipv4Address> assign_address(IkeSaId id, const IkeIdentity& peer) override {
    if (deviates_("MOB-2-01")) return std::nullopt;
    const auto address = pool_.take(id, to_string(peer));
    if (address) answer_arp(*address, true);
    return address;
  }

  void ike_closed(IkeSaId id, const IkeEnd&) override {
    if (const auto address = pool_.held_by(id)) answer_arp(*address, false);
    pool_.give_back(id);
  }

  void ike_established(IkeSaId id) override {
    if (!deviates_("MOB-6-01")) return;
    wire::ike::PayloadChain chain;
    chain.add(wire::ike::notify::layout, {{wire::ike::notify::notify_type, kPrivateNotification}});
    endpoint_.request(id, chain);
  }

  bool acceptable(IkeSaId, const AddressPair&) override {
    return !refuses_moves_ && !deviates_("MOB-3.3-02");
  }

  void inner_datagram(IkeSaId, const ChildSa&, wire::Bytes datagram) override {
    // Whose datagram it is the selectors say, which the endpoint has seen to.
    const wire::View header(wire::ip::layout, datagram);
    if (deviates_("MOB-3.1.4-03") && is_registration(datagram)) return;
    const Ipv4Address destination = header.address(wire::ip::destination);
    if (host_.owns(destination)) return host_.deliver(inside_, datagram);
    const auto next = one_hop_further(datagram);
    if (!next) return;
    if (pool_.contains(destination)) return to_tunnel(*next);
    if (is_outside(destination)) return;
    if (!translates_) return host_.send_ip(*next);
    host_.send_ip(translation_.outwards(*next, host_.address(inside_)->address));
  }

  // The firewall: true, nothing is left to do for the host.

  bool forward(net::PortId port, wire::Bytes datagram) {
    const Ipv4Address destination =
        wire::View(wire::ip::layout, datagram).address(wire::ip::destination);
    if (port == outside_)
      return !deviates_("MOB-1-13") && !(deviates_("MOB-3.4-19") && is_registration(datagram));
    if (pool_.contains(destination)) {
      // Whoever is inside cannot know addresses that are translated.
      if (const auto next = one_hop_further(datagram); next && !translates_) to_tunnel(*next);
      return true;
    }
    return is_outside(destination);
  }

  void to_tunnel(const wire::Buffer& datagram) {
    const wire::View header(wire::ip::layout, datagram);
    const auto way =
        endpoint_.way_to(header.address(wire::ip::source), header.address(wire::ip::destination));
    if (!way) return;
    if (deviates_("MOB-1-05"))
      return host_.send_ip(datagram, {.port = outside_, .next_hop_mac = wire::kBroadcastMac});
    endpoint_.send(*way, datagram);
  }

  /// An answer to somebody behind the translation.
  bool came_back(const Passing& passing) {
    if (passing.destination() != host_.address(inside_)->address || passing.is_vpn()) return false;
    const auto translated = translation_.inwards(passing.datagram);
    if (!translated) return false;
    if (const auto next = one_hop_further(*translated)) to_tunnel(*next);
    return true;
  }

  /// The first message of main mode's answer (RFC 2408 §3.1), to whoever speaks IKEv2.
  void answer_as_ikev1(const Passing& asked) {
    const wire::Bytes message =
        asked.datagram.subspan(asked.ip[wire::ip::header_length] * 4 + wire::udp::layout.minimum);
    namespace ike = wire::ike::message;
    const wire::Buffer answer = wire::make(
        wire::ike::other_exchange, {{ike::initiator_spi, wire::read(message, ike::initiator_spi)},
                                    {ike::responder_spi, host_.environment().random()},
                                    {ike::major_version, 1},
                                    {ike::exchange_type, 2},
                                    {ike::length, wire::ike::other_exchange.minimum}});
    host_.send_udp(asked.destination(), wire::ike::kPort, asked.ip.address(wire::ip::source),
                   wire::ike::kPort, answer);
  }

  static bool is_registration(wire::Bytes datagram) {
    const std::size_t header = wire::read(datagram, wire::ip::header_length) * 4;
    const wire::Bytes transport = datagram.subspan(std::min(header, datagram.size()));
    return wire::read(datagram, wire::ip::protocol) == wire::ip::kUdp &&
           wire::read(transport, wire::udp::destination_port) == mip4::kPort;
  }

  /// Whether the way to an address begins at the outside link.
  bool is_outside(Ipv4Address address) const {
    const Ipv4Prefix outside = host_.address(outside_).value_or(Ipv4Prefix{});
    int longest = -1;
    bool result = false;
    const auto consider = [&](const Ipv4Prefix& prefix, bool leads_out) {
      if (!prefix.contains(address) || prefix.length <= longest) return;
      longest = prefix.length;
      result = leads_out;
    };
    consider(outside, true);
    if (const auto inside = host_.address(inside_)) consider(*inside, false);
    for (const model::Route& route : node_.routes)
      consider(route.destination, outside.contains(route.next_hop));
    for (const model::Attachment& attachment : node_.attachments)
      if (attachment.gateway) consider({{}, 0}, outside.contains(*attachment.gateway));
    return result;
  }

  /// A TIA of the inside link's prefix is asked for by ARP, any other is routed to the gateway.
  void answer_arp(Ipv4Address address, bool on) {
    const auto inside = host_.address(inside_);
    if (inside && inside->contains(address)) host_.proxy_arp(inside_, address, on);
  }

  const model::Node& node_;
  ActiveDeviations deviates_;
  net::Host host_;
  net::PortId outside_;
  net::PortId inside_;
  AddressPool pool_;
  bool translates_;
  bool serves_inside_;
  bool is_silent_ = false;
  bool refuses_moves_ = false;
  Translation translation_;
  ActiveDeviations endpoint_deviates_;
  IkeEndpoint endpoint_;
};

}  // namespace

std::unique_ptr<Actor> make_vpn_gateway(const Part& part) {
  return std::make_unique<VpnGateway>(part);
}

}  // namespace mipvet::roles

#include "roles/mobike_node.h"

#include <fmt/format.h>

#include "engine/net/tunnel.h"
#include "engine/wire/frame.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/udp.h"
#include "roles/access_detection.h"
#include "roles/access_link.h"
#include "roles/data_path.h"
#include "roles/ike_deviations.h"
#include "roles/mobike_registration.h"
#include "roles/user_traffic.h"
#include "roles/vpn_client.h"

namespace mipvet::roles {

namespace {

namespace icmp = wire::icmp;
using wire::Ipv4Address;

class MobikeNode final : public Actor, private RegistrationOwner, private VpnOwner {
 public:
  explicit MobikeNode(const Part& part)
      : network_(part.network),
        node_(part.network.node(part.node)),
        deviates_(mobike_node_deviations(), part.deviations, "mobile-node with a VPN"),
        host_(part.network, part.node, part.environment),
        home_address_(node_.home_address->address),
        registration_(part.network, part.node, part.environment, deviates_, *this),
        ike_deviates_(ike_initiator_deviations(), ike_deviations_of_mobike_node(part.deviations),
                      "mobile-node with a VPN"),
        vpn_(part.network, part.node, host_, deviates_, ike_deviates_, *this),
        data_(host_, vpn_, deviates_, home_address_, registration_.home_agent()),
        user_(part.environment, home_address_),
        access_(host_, deviates_,
                {.address_changed = [this] { address_changed(); },
                 .agent_found = [this] { register_with_agent(); },
                 .home_agent_heard = [this](net::PortId port,
                                            Ipv4Address from) { home_agent_heard(port, from); }}),
        lifetime_(parameter<std::uint16_t>(node_, "lifetime", 300)),
        uses_foreign_agents_(parameter<bool>(node_, "foreign_agents", true)) {
    const auto detection = node_.parameters.find("detection");
    if (detection == node_.parameters.end()) return;
    retries_ = detection->value("retries", retries_);
    timeout_ = seconds(detection->value("timeout", 1.0));
  }

  void start() override {
    host_.on_udp(kRegistrationPort, [this](const net::Datagram& datagram) {
      if (!datagram.checksum_wrong) message_arrived(datagram.payload, false);
    });
    host_.on_protocol(wire::ip::kIpv4, [this](net::PortId, wire::Bytes datagram) {
      if (const auto inner = net::decapsulate(datagram)) deliver(*inner);
    });
    for (const std::uint8_t type : {icmp::kEchoRequestType, icmp::kEchoReplyType})
      host_.on_icmp(type, [this](net::PortId, const wire::Packet& packet) {
        deliver(packet.view(*packet.carrying_ip()).bytes());
      });
  }

  void receive(net::PortId port, wire::Bytes frame) override { host_.receive(port, frame); }

  void command(const Command& command) override {
    const nlohmann::json& arguments = *command.arguments;
    if (command.verb == "attach" || command.verb == "move") {
      detach();
      attach(arguments);
    } else if (command.verb == "detach") {
      detach();
    } else if (command.verb == "ping" || command.verb == "send") {
      ping(arguments);
    } else if (command.verb == "register" || command.verb == "renew") {
      renew();
    } else if (command.verb == "deregister") {
      deregister();
    } else if (command.verb == "disconnect") {
      vpn_.disconnect();
    } else if (command.verb == "reconnect") {
      vpn_.reconnect(Ipv4Address::parse(arguments.value("gateway", "")));
    } else if (command.verb == "alter-ike") {
      vpn_.alter(ike_alteration(arguments));
    } else if (!vpn_.command(command.verb, additional_address(arguments))) {
      throw model::InputError(
          fmt::format("a mobile-node with a VPN does not know `{}`", command.verb));
    }
  }

 private:
  // Attachment.

  void attach(const nlohmann::json& arguments) {
    const auto link = network_.find_link(arguments.at("link").get<std::string>());
    const auto port = link ? host_.port_on(*link) : std::nullopt;
    if (!port) throw model::InputError("a mobile-node has no attachment to that link");
    const model::Attachment& attachment = node_.attachments[*port];
    access_.attach(*port, fixed_address(attachment, arguments));
    const bool looks_like_home = attachment.address && attachment.address->contains(home_address_);
    if (looks_like_home && deviates_("MOB-3.1.1-02")) {
      come_home(*port, attachment.gateway.value_or(home_agent()));
      user_.open(data_.at_home());
    }
  }

  /// By DHCP unless the step or the network gives an address; the home address is no care-of
  /// address.
  std::optional<AccessAddress> fixed_address(const model::Attachment& attachment,
                                             const nlohmann::json& arguments) const {
    AccessAddress result;
    if (arguments.contains("address"))
      result.address = *wire::Ipv4Prefix::parse(arguments["address"].get<std::string>());
    else if (attachment.address && attachment.address->address != home_address_ &&
             arguments.value("via", "fixed") == "fixed")
      result.address = *attachment.address;
    else
      return std::nullopt;
    result.gateway = attachment.gateway;
    if (arguments.contains("gateway"))
      result.gateway = Ipv4Address::parse(arguments["gateway"].get<std::string>());
    return result;
  }

  static std::optional<Ipv4Address> additional_address(const nlohmann::json& arguments) {
    const auto prefix = wire::Ipv4Prefix::parse(arguments.value("address", ""));
    return prefix ? std::optional(prefix->address) : std::nullopt;
  }

  void detach() {
    hold_traffic();
    registration_.new_link();
    vpn_.leave();
    detection_.begin();
    avoids_agent_ = false;
    host_.environment().cancel(again_);
    if (access_.port()) host_.remove_address(*access_.port(), home_address_);
    if (access_.address()) last_address_ = local_address();
    at_home_ = false;
    was_late_ = false;
    access_.detach();
  }

  /// A new address: whether it is one of the trusted network is found out by asking the home agent
  /// without any VPN; at the same time the gateway is told, or a tunnel built (MOB §3.4.1 step 1,
  /// §3.4.2 steps 1 and 2).
  void address_changed() {
    hold_traffic();
    detection_.begin();
    if (!access_.address()) {
      registration_.new_link();
      return vpn_.leave();
    }
    const Ipv4Address local = local_address();
    detect();
    if (!waits_with_the_vpn()) vpn_.arrive(local);
    const bool looks_trusted = (local.value >> 16) == 0xC0A8;
    if (deviates_("MOB-3.1.2-01") || (looks_trusted && deviates_("MOB-3.4-01")))
      user_.open(data_.in_clear(local));
  }

  void hold_traffic() {
    in_use_ = false;
    user_.close();
    data_.stop();
  }

  void detect() {
    host_.environment().cancel(again_);
    detection_.ask_again();
    hold_traffic();
    if (at_home_ && deviates_("MOB-3.1.1-01")) return user_.open(data_.at_home());
    if (!at_home_ && deviates_("MOB-3.1.3-01")) return;
    registration_.begin(plan(at_home_ ? Path::home : Path::direct));
  }

  bool waits_with_the_vpn() const {
    return deviates_(vpn_.tunnel_inner_address() ? "MOB-3.4-08" : "MOB-3.4.2-07");
  }

  void home_agent_heard(net::PortId port, Ipv4Address from) {
    if (!at_home_ && network_.owner(from) == network_.owner(home_agent())) come_home(port, from);
  }

  /// Mode f: open once the network is known to be trusted (MOB §3.1.3).
  void register_with_agent() {
    const bool too_early = deviates_("MOB-3.1.3-01") || deviates_("MOB-3-15");
    if (!access_.agent() || !uses_foreign_agents_ || avoids_agent_ || at_home_) return;
    if (detection_.place() != Place::inside && !too_early) return;
    if (deviates_("MOB-3-19")) return user_.open(data_.through(*access_.agent()));
    host_.add_address(*access_.port(), {home_address_, 32});
    registration_.begin(plan(Path::foreign_agent));
  }

  /// Mode h, RFC 3344 §4.6: the neighbours learn the address first, then the binding goes.
  void come_home(net::PortId port, Ipv4Address gateway) {
    const auto& declared = node_.attachments[port].address;
    at_home_ = true;
    registration_.abandon(Path::direct);
    host_.gratuitous_arp(port, home_address_, host_.mac(port));
    access_.come_home({{home_address_, declared ? declared->length : std::uint8_t{24}}, gateway});
  }

  // Registration.

  Ipv4Address home_agent() const { return registration_.home_agent(); }

  RegistrationPlan plan(Path path) const {
    RegistrationPlan result;
    result.path = path;
    result.lifetime = lifetime_;
    result.wait = deviates_("MOB-3.4-06") ? timeout_ * 3 : timeout_;
    result.tries = 1 + (deviates_("MOB-3.4-05") ? retries_ + 2 : retries_);
    if (deviates_("MOB-3.4-04")) result.tries = 1;
    switch (path) {
      case Path::direct:
        result.care_of = local_address();
        if (deviates_("MOB-3-17")) result.care_of.value ^= 0x1U;
        if (deviates_("MOB-3.2-06") && !last_address_.is_zero()) result.care_of = last_address_;
        if (deviates_("MOB-3.1.2-03") && detection_.place() == Place::inside)
          result.care_of = last_address_;
        break;
      case Path::foreign_agent:
        result.care_of = access_.agent()->care_of_address;
        result.lifetime = std::min(lifetime_, access_.agent()->registration_lifetime);
        result.agent = access_.agent();
        break;
      case Path::tunnel:
        result.care_of = *vpn_.tunnel_inner_address();
        if (deviates_("MOB-1-03")) result.care_of = local_address();
        break;
      case Path::home:
        result.care_of = home_address_;
        result.lifetime = 0;
        break;
    }
    return result;
  }

  void deregister() {
    const auto binding = registration_.binding();
    if (!binding || !in_use_) return;
    RegistrationPlan last = plan(binding->path);
    last.lifetime = 0;
    registration_.begin(last);
  }

  void send_request(const RegistrationPlan& plan, wire::Bytes message) override {
    const bool elsewhere = detection_.place() == Place::inside && deviates_("MOB-3.1.2-02");
    data_.send_request(plan, elsewhere ? home_address_ : local_address(), message);
  }

  Ipv4Address local_address() const {
    return access_.address() ? access_.address()->address.address : Ipv4Address{};
  }

  void message_arrived(wire::Bytes payload, bool through_tunnel) {
    const auto inner = net::udp_tunnel_datagram(payload);
    if (!inner) return registration_.receive(payload, through_tunnel);
    data_.answered();
    deliver(*inner);
  }

  void deliver(wire::Bytes datagram) {
    if (!deviates_("MOB-3-02")) user_.receive(datagram);
  }

  void registered(const Registration& registration) override {
    renewal_waits_ = false;
    switch (registration.path) {
      case Path::direct:
      case Path::home:
        return trusted(registration);
      case Path::foreign_agent:
        return use(registration);
      case Path::tunnel:
        if (deviates_("MOB-1-02")) ask_external_home_agent();
        return use(registration);
    }
  }

  /// The home agent answered without any VPN (MOB §3.4.1 step 2, §3.4.2 step 3).
  void trusted(const Registration& registration) {
    if (deviates_("MOB-3.4-03") || (registration.udp_keepalive && deviates_("MOB-4-09"))) {
      detection_.requests_exhausted();
      return decide();
    }
    detection_.request_accepted();
    registration_.abandon(Path::tunnel);
    vpn_.rest();
    use(registration);
    const auto tia = vpn_.tunnel_inner_address();
    if (was_late_ && tia && deviates_("MOB-3.4-18"))
      user_.open(data_.mixed(registration.care_of, *tia));
    if (deviates_("MOB-3.1.4-02"))
      host_.environment().schedule(std::chrono::seconds(2), [this] {
        if (vpn_.is_up()) registration_.begin(plan(Path::tunnel));
      });
    register_with_agent();
  }

  void use(const Registration& registration) {
    if (registration.lifetime == 0 && registration.path != Path::home) return hold_traffic();
    in_use_ = true;
    user_.open(way(registration));
    data_.keep_alive(registration, [this] { renew(); });
  }

  UserTraffic::Way way(const Registration& registration) {
    const bool in_clear =
        deviates_("MOB-3-22") || deviates_("MOB-3.4-09") || deviates_("MOB-3.4-16");
    const bool through_vpn = deviates_("MOB-3.4-10") || deviates_("MOB-3.4.2-01");
    const auto tia = vpn_.tunnel_inner_address();
    if (registration.path == Path::tunnel && in_clear) return data_.in_clear(local_address());
    if (registration.path == Path::direct && tia && through_vpn) return data_.through_vpn(*tia);
    if (registration.path == Path::direct && deviates_("MOB-3.4.2-09"))
      return data_.in_clear(last_address_);
    if (registration.path == Path::direct && !vpn_.is_up() && deviates_("MOB-3.4.1-06")) return {};
    return data_.way(registration, access_.agent());
  }

  void ask_external_home_agent() {
    const Ipv4Address local = local_address();
    host_.send_udp(local, kRegistrationPort, {home_agent().value + 77}, mip4::kPort,
                   wire::make(request::layout, {{request::decapsulation_by_mobile_node, true},
                                                {request::lifetime, lifetime_},
                                                {request::home_address, home_address_},
                                                {request::home_agent, home_agent().value + 77},
                                                {request::care_of_address, local}}));
  }

  void unanswered(Path path) override {
    switch (path) {
      case Path::direct:
        // A renewal: it is no longer known where we are.
        if (detection_.place() == Place::inside) return address_changed();
        detection_.requests_exhausted();
        if (waits_with_the_vpn()) vpn_.arrive(local_address());
        if (detection_.place() == Place::undecided) {
          ask_later();
          if (deviates_("MOB-3.4-17")) user_.open(data_.in_clear(local_address()));
        }
        return decide();
      case Path::tunnel:
        vpn_.check_liveness();
        return registration_.go_on(path);
      case Path::home:
        return registration_.go_on(path);
      case Path::foreign_agent:
        return leave_agent();
    }
  }

  /// Back to mode c, as the home agent may or may not have heard of the foreign agent.
  void leave_agent() {
    avoids_agent_ = true;
    registration_.begin(plan(Path::direct));
  }

  /// The home agent accepted an older request than the last, so that its binding is not known: it
  /// can be reached, and is asked again.
  void answered_late(Path) override {
    was_late_ = true;
    if (access_.address()) detect();
  }

  void renewal_due(const Registration& registration) override {
    // Until it is known again where we are, there is no way for it.
    renewal_waits_ = !in_use_;
    if (!renewal_waits_) registration_.begin(plan(registration.path));
  }

  /// As it is known where we are; else that comes first, and registers anew.
  void renew() {
    const auto binding = registration_.binding();
    if (binding && in_use_) registration_.begin(plan(binding->path));
  }

  // The VPN.

  void vpn_answered() override {
    detection_.gateway_answered();
    if (detection_.place() == Place::undecided && deviates_("MOB-3.4-12"))
      user_.open(data_.through_vpn(*vpn_.tunnel_inner_address()));
    decide();
  }

  void vpn_lost() override {
    const bool was_outside = detection_.place() == Place::outside;
    detection_.gateway_lost();
    registration_.abandon(Path::tunnel);
    if (was_outside) hold_traffic();
  }

  void vpn_datagram(wire::Bytes datagram) override {
    const wire::Buffer frame = wire::ip_frame({}, datagram);
    wire::Packet packet;
    packet.decode(frame, network_.decode);
    const auto inner = net::decapsulate(datagram);
    if (inner) return deliver(*inner);
    const wire::Layer* udp = packet.find(wire::udp::layout);
    if (udp == nullptr || packet.defects() != 0) return;
    const wire::View view = packet.view(*udp);
    if (view[wire::udp::destination_port] == kRegistrationPort)
      message_arrived(view.bytes().subspan(wire::udp::layout.minimum), true);
  }

  /// Outside, as the gateway answers and the home agent does not: with the TIA registered already
  /// (MOB §3.4.1 step 1a) data go on, else it is registered now (§3.4.2 step 4).
  void decide() {
    if (detection_.place() != Place::outside || in_use_) return;
    const auto binding = registration_.binding();
    const auto tia = vpn_.tunnel_inner_address();
    const bool stands = binding && binding->path == Path::tunnel && binding->care_of == tia;
    if (binding && (deviates_("MOB-3.3-03") || deviates_("MOB-3.3-04"))) return;
    if (stands && !deviates_("MOB-3.4.1-04")) use(*binding);
    if (!stands && deviates_("MOB-3.4.2-10")) return;
    if (!stands && deviates_("MOB-3.4.2-11")) user_.open(data_.through_vpn(*tia));
    const bool due =
        !stands || renewal_waits_ || deviates_("MOB-3-09") || deviates_("MOB-3.4.1-04");
    if (due && !registration_.under_way(Path::tunnel)) registration_.begin(plan(Path::tunnel));
  }

  /// Neither answers: the home agent is asked again from time to time.
  void ask_later() {
    constexpr net::Duration kRest = std::chrono::seconds(60);
    host_.environment().cancel(again_);
    again_ = host_.environment().schedule(kRest, [this] {
      if (access_.address() && detection_.place() == Place::undecided) detect();
    });
  }

  void ping(const nlohmann::json& arguments) {
    const auto to = Ipv4Address::parse(arguments.at("to").get<std::string>());
    if (to)
      user_.ping(*to, seconds(arguments.value("interval", 1.0)), arguments.value("count", 1U),
                 arguments.value("octets", std::size_t{32}));
  }

  const model::Network& network_;
  const model::Node& node_;
  ActiveDeviations deviates_;
  net::Host host_;
  Ipv4Address home_address_;
  MobikeRegistration registration_;
  ActiveDeviations ike_deviates_;
  VpnClient vpn_;
  DataPath data_;
  UserTraffic user_;
  AccessLink access_;
  AccessDetection detection_;
  std::uint16_t lifetime_;
  bool uses_foreign_agents_;
  unsigned retries_ = 2;
  net::Duration timeout_ = std::chrono::seconds(1);
  bool at_home_ = false;
  bool avoids_agent_ = false;   ///< it did not bring a registration about
  bool was_late_ = false;       ///< the home agent answered after it was given up
  bool in_use_ = false;         ///< a registration, for user traffic
  bool renewal_waits_ = false;  ///< for it to be known where we are
  Ipv4Address last_address_;
  net::TimerId again_ = 0;
};

}  // namespace

std::unique_ptr<Actor> make_mobike_node(const Part& part) {
  return std::make_unique<MobikeNode>(part);
}

}  // namespace mipvet::roles

#include "roles/mobile_node.h"

#include <fmt/format.h>

#include "engine/crypto/ntp.h"
#include "engine/net/tunnel.h"
#include "engine/wire/frame.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ipv4.h"
#include "roles/deviations.h"
#include "roles/mobile_node_requests.h"

namespace mipvet::roles {

namespace {

namespace icmp = wire::icmp;
using wire::Ipv4Address;

class MobileNode final : public Actor {
 public:
  explicit MobileNode(const Part& part)
      : network_(part.network),
        node_(part.network.node(part.node)),
        deviates_(mobile_node_deviations(), part.deviations, "mobile-node"),
        host_(part.network, part.node, part.environment),
        keys_(part.network, part.node),
        home_agent_(address_parameter(node_, "home_agent")),
        registrar_(address_parameter(node_, "registrar")),
        lifetime_(parameter<std::uint16_t>(node_, "lifetime", 300)),
        home_address_(node_.home_address ? node_.home_address->address : Ipv4Address{}),
        discovery_(host_, deviates_,
                   [this] {
                     discovery_.lead_through_agent();
                     begin(wanted_lifetime());
                   }),
        requests_(network_, node_, keys_, deviates_, [this] { return word(); }) {
    const nlohmann::json none = nlohmann::json::object();
    const nlohmann::json& retry =
        node_.parameters.contains("retransmit") ? node_.parameters["retransmit"] : none;
    first_wait_ = seconds(retry.value("first", 1.0));
    factor_ = retry.value("factor", 2.0);
    tries_ = retry.value("limit", 5U);
  }

  void start() override {
    host_.on_udp(MobileNodeRequests::kSourcePort,
                 [this](const net::Datagram& datagram) { receive_reply(datagram); });
    discovery_.listen();
    host_.on_icmp(icmp::kEchoRequestType,
                  [this](net::PortId, const wire::Packet& packet) { answer_echo(packet); });
    host_.on_protocol(wire::ip::kIpv4, [this](net::PortId port, wire::Bytes datagram) {
      if (const auto inner = net::decapsulate(datagram)) host_.deliver(port, *inner);
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
    } else if (command.verb == "register" || command.verb == "renew") {
      if (port_) begin(wanted_lifetime());
    } else if (command.verb == "deregister") {
      if (port_) begin(0);
    } else if (command.verb == "send") {
      send_data(arguments);
    } else {
      throw model::InputError(fmt::format("a mobile-node does not know `{}`", command.verb));
    }
  }

 private:
  struct Pending {
    MobileNodeRequests::Made request;
    std::uint16_t lifetime = 0;
    Ipv4Address agent;
    net::Time sent{};
  };

  bool through_proxy() const { return !registrar_.is_zero(); }
  bool at_home() const {
    return port_ && network_.link(host_.link(*port_)).side == model::Side::home;
  }
  std::uint32_t word() { return static_cast<std::uint32_t>(host_.environment().random()); }

  // Attachment.

  void attach(const nlohmann::json& arguments) {
    const auto link = network_.find_link(arguments.at("link").get<std::string>());
    port_ = link ? host_.port_on(*link) : std::nullopt;
    if (!port_) throw model::InputError("a mobile-node has no attachment to that link");
    colocated_ = arguments.value("mode", "fa") == "co-located";
    direct_ = registered_ && deviates_("MIPP-2.6.1-17");
    host_.set_up(*port_, true);
    if (network_.link(*link).side == model::Side::internal && deviates_("MIPP-2.6.1-01"))
      direct_ = true;
    const model::Attachment& attachment = node_.attachments[*port_];
    if ((colocated_ || at_home()) && attachment.address) {
      host_.add_address(*port_, *attachment.address);
      if (attachment.gateway) host_.add_route({{0}, 0}, attachment.gateway, *port_);
    }
    if (at_home()) return come_home();
    if (!home_address_.is_zero()) host_.add_address(*port_, {home_address_, 32});
    if (colocated_)
      begin(wanted_lifetime());
    else
      discovery_.look(*port_, home_address_, parameter<bool>(node_, "solicit", true));
  }

  void detach() {
    host_.environment().cancel(retry_timer_);
    host_.environment().cancel(renew_timer_);
    discovery_.leave();
    pending_.reset();
    if (!port_) return;
    const model::Attachment& attachment = node_.attachments[*port_];
    if (attachment.address) host_.remove_address(*port_, attachment.address->address);
    if (!home_address_.is_zero()) host_.remove_address(*port_, home_address_);
    host_.remove_routes(*port_);
    host_.set_up(*port_, false);
    port_.reset();
  }

  void come_home() {
    // RFC 3344 §4.6: the neighbours learn the address first; deregistration with all bindings.
    host_.gratuitous_arp(*port_, home_address_, host_.mac(*port_));
    if (registered_ || through_proxy()) {
      direct_ = true;
      begin(deviates_("MIPP-2.6.1-28") ? wanted_lifetime() : std::uint16_t{0});
    }
  }

  // Registration.

  std::uint16_t wanted_lifetime() const {
    const auto& agent = discovery_.agent();
    const std::uint16_t limit = agent ? agent->registration_lifetime : lifetime_;
    return std::min({lifetime_, limit, lifetime_limit_});
  }

  Ipv4Address care_of_address() const {
    if (at_home()) return home_address_;
    if (colocated_ && node_.attachments[*port_].address)
      return node_.attachments[*port_].address->address;
    const auto& agent = discovery_.agent();
    return agent ? agent->care_of_address : Ipv4Address{};
  }

  /// Whom to register with: outside the proxy, and after a move always the proxy (MIPP §2.6.1);
  /// otherwise who accepted last.
  Ipv4Address registration_agent() const {
    if (!through_proxy() || direct_) return direct_agent_.is_zero() ? home_agent_ : direct_agent_;
    if (deviates_("MIPP-2-01")) return home_agent_;
    return registrar_;
  }

  void begin(std::uint16_t lifetime) {
    if (!colocated_ && !at_home() && !discovery_.agent()) return;  // when an agent is heard
    host_.environment().cancel(retry_timer_);
    host_.environment().cancel(renew_timer_);
    tries_left_ = tries_;
    wait_ = first_wait_;
    const net::Time now = host_.environment().now();
    // Not more often than once a second, RFC 3344 §3.6.3.
    const net::Duration since = now - last_sent_;
    const auto pause = std::chrono::milliseconds(1020);
    const bool same_link = last_port_ == port_;
    if (last_sent_ != net::Time{} && since < pause && same_link && !deviates_("RFC3344-3.6-07")) {
      retry_timer_ =
          host_.environment().schedule(pause - since, [this, lifetime] { transmit(lifetime); });
      return;
    }
    transmit(lifetime);
  }

  void transmit(std::uint16_t lifetime) {
    const Ipv4Address agent = registration_agent();
    const auto* association = keys_.with(network_.owner(agent));
    const bool repeats = pending_ && association != nullptr &&
                         association->replay == crypto::Replay::nonces &&
                         pending_->agent == agent && pending_->lifetime == lifetime;
    if (!repeats) pending_ = compose(lifetime);
    const net::Time now = host_.environment().now();
    pending_->sent = now;
    last_sent_ = now;
    last_port_ = port_;
    send(pending_->request);
    if (deviates_("RFC3344-3.6.3-06"))
      host_.environment().schedule(std::chrono::milliseconds(300), [this, lifetime] {
        if (pending_) send_again(lifetime);
      });
    if (tries_left_ > 0)
      retry_timer_ = host_.environment().schedule(wait_, [this, lifetime] {
        --tries_left_;
        if (!deviates_("RFC3344-3.6.3-07")) wait_ = next_wait(lifetime);
        transmit(lifetime);
      });
  }

  void send_again(std::uint16_t lifetime) {
    pending_ = compose(lifetime);
    send(pending_->request);
  }

  net::Duration next_wait(std::uint16_t lifetime) const {
    const auto longest = std::chrono::seconds(std::max<std::uint16_t>(lifetime, 1));
    const auto next = std::chrono::duration_cast<net::Duration>(wait_ * factor_);
    return std::min<net::Duration>(next, longest);
  }

  Pending compose(std::uint16_t lifetime) {
    const Ipv4Address agent = registration_agent();
    return {.request = requests_.compose({.agent = agent,
                                          .lifetime = lifetime,
                                          .home_address = home_address_,
                                          .care_of_address = care_of_address(),
                                          .at_home = at_home(),
                                          .colocated = colocated_,
                                          .direct = direct_,
                                          .assigned_home_agent = assigned_home_agent_,
                                          .foreign_agent = discovery_.agent(),
                                          .port = port_,
                                          .now = host_.environment().now()}),
            .lifetime = lifetime,
            .agent = agent};
  }

  void send(const MobileNodeRequests::Made& made) {
    host_.send_udp(made.source, made.source_port, made.destination, made.destination_port,
                   made.message, made.options);
  }

  // Replies, RFC 3344 §3.6.2.

  void receive_reply(const net::Datagram& datagram) {
    if (datagram.checksum_wrong) return;
    if (const auto inner = net::udp_tunnel_datagram(datagram.payload))
      return host_.deliver(datagram.port, *inner);
    if (!pending_) return;
    const auto message = Received::parse(reply::layout, datagram.payload, network_.decode);
    if (!message || message->malformed() || message->has_unknown_critical()) return;
    if (message->find(mip4::ha_parameter::layout) != nullptr && deviates_("MIPP-2.6.1-27")) return;
    const std::uint64_t identification = (*message)[reply::identification];
    if (crypto::low_order(identification) != crypto::low_order(pending_->request.identification))
      return;
    const auto code = static_cast<std::uint8_t>((*message)[reply::code]);
    const model::NodeId peer = network_.owner(pending_->agent);
    const bool by_foreign_agent = code >= 64 && code < 128;
    const bool authentic =
        keys_.check(*message, authentication::mobile_home, peer) == Checked::valid;
    if (!by_foreign_agent && !authentic && !deviates_("MIPP-2.6.1-14")) return;
    // A timestamp that was not called wrong says nothing of the clock (RFC 3344 §5.7.1).
    const auto* association = keys_.with(peer);
    const bool tells =
        code == 133 || (association != nullptr && association->replay == crypto::Replay::nonces);
    if (authentic && tells && !deviates_("RFC3344-3.6.2.3-03"))
      requests_.learn(identification, host_.environment().now());
    host_.environment().cancel(retry_timer_);
    const Pending answered = std::move(*pending_);
    pending_.reset();
    if (code <= 1)
      accepted(*message, answered);
    else
      denied(*message, code, answered);
  }

  void accepted(const Received& message, const Pending& answered) {
    const auto granted = std::min<std::uint64_t>(message[reply::lifetime], answered.lifetime);
    registered_ = granted > 0;
    const wire::View parameter_view = message.extension(mip4::ha_parameter::layout);
    if (parameter_view)
      assigned_home_agent_ = parameter_view.address(mip4::ha_parameter::home_agent_address);
    const Ipv4Address home = message.address(reply::home_address);
    if (home_address_.is_zero() && !home.is_zero()) {
      home_address_ = home;
      if (port_) host_.add_address(*port_, {home_address_, 32});
    }
    const wire::View tunnel = message.extension(mip4::udp_tunnel_reply::layout);
    in_udp_ = tunnel && tunnel[mip4::udp_tunnel_reply::reply_code] < 64;
    if (!registered_) return;
    if (!parameter<bool>(node_, "renew", true)) return;
    if (granted == mip4::kInfiniteLifetime) return;
    double wait = static_cast<double>(granted) / 2;
    if (deviates_("RFC3344-3.6-05")) wait = static_cast<double>(granted) + 1;
    const net::Duration from_request = seconds(wait) - (host_.environment().now() - answered.sent);
    renew_timer_ = host_.environment().schedule(from_request, [this] {
      if (!port_) return;
      if (deviates_("MIPP-2.6.1-18")) direct_ = true;
      if (deviates_("MIPP-2.6.1-19")) direct_ = false;
      begin(wanted_lifetime());
    });
  }

  void denied(const Received& message, std::uint8_t code, const Pending& answered) {
    if (static_cast<Code>(code) == Code::mobile_node_inside) {
      // MIPP §2.6.1: inside; the home agent is named in the reply.
      const wire::View parameter_view = message.extension(mip4::ha_parameter::layout);
      const Ipv4Address named = parameter_view.address(mip4::ha_parameter::home_agent_address);
      if (deviates_("MIPP-2.6.1-13")) {
        retry_later(answered.lifetime, std::chrono::milliseconds(1100));
        return;
      }
      direct_ = true;
      direct_agent_ = named.is_zero() ? home_agent_ : named;
      retry_later(answered.lifetime, std::chrono::milliseconds(50), true);
      return;
    }
    if (code == 133) return retry_later(answered.lifetime, std::chrono::milliseconds(1100));
    if (code == 69) {
      lifetime_limit_ = static_cast<std::uint16_t>(message[reply::lifetime]);
      return retry_later(wanted_lifetime(), std::chrono::milliseconds(1100));
    }
    if (deviates_("MIPP-2.4.1-09") && (code == 200 || code == 201))
      retry_later(answered.lifetime, std::chrono::milliseconds(300));
  }

  void retry_later(std::uint16_t lifetime, net::Duration wait, bool other_agent = false) {
    retry_timer_ = host_.environment().schedule(wait, [this, lifetime, other_agent] {
      if (!port_) return;
      if (other_agent) last_sent_ = {};  // another agent is asked: no retransmission
      tries_left_ = tries_;
      wait_ = first_wait_;
      transmit(lifetime);
    });
  }

  void send_data(const nlohmann::json& arguments) {
    const auto to = Ipv4Address::parse(arguments.at("to").get<std::string>());
    if (!to || !port_) return;
    wire::Buffer echo = wire::make(icmp::echo::request, {{icmp::echo::identifier, word()}});
    echo.resize(echo.size() + arguments.value("octets", 32U));
    send_from_home(wire::icmp_datagram({.source = home_address_, .destination = *to}, echo));
  }

  /// With a co-located care-of address the reverse tunnel begins here (RFC 3024 §5), otherwise at
  /// the foreign agent.
  void send_from_home(wire::Bytes datagram) {
    if (!colocated_ || !registered_ || at_home())
      host_.send_ip(datagram);
    else if (in_udp_)
      host_.send_udp(care_of_address(), MobileNodeRequests::kSourcePort, registration_agent(),
                     mip4::kPort, net::udp_tunnel_payload(datagram));
    else
      host_.send_ip(net::encapsulate(datagram, care_of_address(), registration_agent()));
  }

  void answer_echo(const wire::Packet& packet) {
    const wire::View header = packet.view(*packet.carrying_ip());
    const Ipv4Address asked = header.address(wire::ip::destination);
    if (!host_.owns(asked)) return;
    const wire::Bytes request = packet.view(packet.message()).bytes();
    wire::Buffer answer(request.begin(), request.end());
    answer[0] = icmp::kEchoReplyType;
    const wire::Buffer datagram = wire::icmp_datagram(
        {.source = asked, .destination = header.address(wire::ip::source)}, answer);
    if (asked == home_address_)
      send_from_home(datagram);
    else
      host_.send_ip(datagram);
  }

  const model::Network& network_;
  const model::Node& node_;
  ActiveDeviations deviates_;
  net::Host host_;
  Keyring keys_;
  Ipv4Address home_agent_;
  Ipv4Address registrar_;
  std::uint16_t lifetime_;
  Ipv4Address home_address_;
  AgentDiscovery discovery_;
  MobileNodeRequests requests_;
  net::Duration first_wait_{};
  double factor_ = 2;
  unsigned tries_ = 5;

  std::optional<net::PortId> port_;
  bool colocated_ = false;
  bool direct_ = false;  ///< registers with its home agent although it knows a proxy
  bool registered_ = false;
  bool in_udp_ = false;  ///< its data go through a UDP tunnel
  Ipv4Address direct_agent_;
  Ipv4Address assigned_home_agent_;
  std::optional<Pending> pending_;
  std::uint16_t lifetime_limit_ = 0xFFFF;
  unsigned tries_left_ = 0;
  net::Duration wait_{};
  net::Time last_sent_{};
  std::optional<net::PortId> last_port_;
  net::TimerId retry_timer_ = 0;
  net::TimerId renew_timer_ = 0;
};

}  // namespace

std::unique_ptr<Actor> make_mobile_node(const Part& part) {
  return std::make_unique<MobileNode>(part);
}

}  // namespace mipvet::roles

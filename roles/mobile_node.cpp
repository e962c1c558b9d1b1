#include "roles/mobile_node.h"

#include <fmt/format.h>

#include "engine/crypto/identification.h"
#include "engine/net/tunnel.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/frame.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ipv4.h"
#include "roles/deviations.h"
#include "roles/registration.h"

namespace mipvet::roles {

namespace {

namespace icmp = wire::icmp;
namespace mobility = wire::icmp::mobility_agent;
using wire::Ipv4Address;

constexpr std::uint16_t kSourcePort = 40434;

/// An agent that was heard on the present link.
struct Agent {
  Ipv4Address address;
  wire::MacAddress mac;
  Ipv4Address care_of_address;
  std::uint16_t registration_lifetime = 1800;
};

class MobileNode final : public Actor {
 public:
  explicit MobileNode(const Part& part)
      : network_(part.network),
        node_(part.network.node(part.node)),
        self_(part.node),
        deviates_(mobile_node_deviations(), part.deviations, "mobile-node"),
        host_(part.network, part.node, part.environment),
        keys_(part.network, part.node),
        home_agent_(address_parameter(node_, "home_agent")),
        registrar_(address_parameter(node_, "registrar")),
        lifetime_(parameter<std::uint16_t>(node_, "lifetime", 300)),
        home_address_(node_.home_address ? node_.home_address->address : Ipv4Address{}) {
    const nlohmann::json none = nlohmann::json::object();
    const nlohmann::json& retry =
        node_.parameters.contains("retransmit") ? node_.parameters["retransmit"] : none;
    first_wait_ = seconds(retry.value("first", 1.0));
    factor_ = retry.value("factor", 2.0);
    tries_ = retry.value("limit", 5U);
  }

  void start() override {
    host_.on_udp(kSourcePort, [this](const net::Datagram& datagram) { receive_reply(datagram); });
    host_.on_icmp(icmp::kAdvertisementType,
                  [this](net::PortId port, const wire::Packet& packet) { hear(port, packet); });
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
    wire::Buffer message;
    std::uint64_t identification = 0;
    std::uint16_t lifetime = 0;
    net::Time sent{};
    Ipv4Address agent;
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
    moved_ = true;
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
    if (colocated_) {
      begin(wanted_lifetime());
    } else if (parameter<bool>(node_, "solicit", true)) {
      // Random first delay, RFC 1256 §5.3.
      solicitations_ = 0;
      solicit_timer_ = host_.environment().schedule(
          std::chrono::milliseconds(host_.environment().random() % 200), [this] { solicit(); });
    }
  }

  void detach() {
    stop_timers();
    pending_.reset();
    agent_.reset();
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

  void stop_timers() {
    for (const net::TimerId timer : {retry_timer_, renew_timer_, solicit_timer_})
      host_.environment().cancel(timer);
  }

  // Agent discovery.

  void solicit() {
    if (agent_ || !port_) return;
    const wire::Buffer message = wire::make(icmp::solicitation::layout);
    wire::Buffer sent = message;
    if (deviates_("RFC1256-3-01")) sent[4] = 1;
    host_.send_icmp(home_address_,
                    deviates_("RFC1256-5.1-01") ? wire::kAllSystems : wire::kAllRouters, sent,
                    {.port = port_,
                     .next_hop_mac = wire::kBroadcastMac,
                     .ttl = static_cast<std::uint8_t>(deviates_("RFC3344-2.2-01") ? 64 : 1)});
    // The first three a second apart, then ever more slowly (RFC 3344 §2.4).
    ++solicitations_;
    double wait =
        solicitations_ < 3 ? 1.05 : 1.05 * static_cast<double>(1U << (solicitations_ - 2));
    if (deviates_("RFC3344-2.4-06")) wait = 1.05;
    if (deviates_("RFC3344-2.4-05")) wait = 0.3;
    wait += static_cast<double>(host_.environment().random() % 50) / 1000;
    solicit_timer_ =
        host_.environment().schedule(seconds(std::min(wait, 60.0)), [this] { solicit(); });
  }

  void hear(net::PortId port, const wire::Packet& packet) {
    if (!port_ || port != *port_) return;
    const wire::Layer* extension = packet.find(mobility::layout);
    if (extension == nullptr || packet.defects() != 0) return;
    const wire::View view = packet.view(*extension);
    if (view[mobility::foreign_agent] == 0 || mobility::care_of_count(view) == 0) return;
    if (agent_ || colocated_ || at_home()) return;
    const wire::View ethernet{wire::ethernet::layout, packet.frame()};
    Agent agent;
    agent.address = packet.view(*packet.carrying_ip()).address(wire::ip::source);
    agent.mac = ethernet.mac(wire::ethernet::source);
    agent.care_of_address = mobility::care_of_address(view, 0);
    agent.registration_lifetime = static_cast<std::uint16_t>(view[mobility::registration_lifetime]);
    agent_ = agent;
    host_.environment().cancel(solicit_timer_);
    host_.set_neighbour(port, agent.address, agent.mac);
    host_.add_route({{0}, 0}, agent.address, port);
    begin(wanted_lifetime());
  }

  // Registration.

  std::uint16_t wanted_lifetime() const {
    const std::uint16_t limit = agent_ ? agent_->registration_lifetime : lifetime_;
    return std::min({lifetime_, limit, lifetime_limit_});
  }

  Ipv4Address care_of_address() const {
    if (at_home()) return home_address_;
    if (colocated_ && node_.attachments[*port_].address)
      return node_.attachments[*port_].address->address;
    return agent_ ? agent_->care_of_address : Ipv4Address{};
  }

  /// Whom to register with: outside the proxy, and after a move always the proxy (MIPP §2.6.1);
  /// otherwise who accepted last.
  Ipv4Address registration_agent() const {
    if (!through_proxy() || direct_) return direct_agent_.is_zero() ? home_agent_ : direct_agent_;
    if (deviates_("MIPP-2-01")) return home_agent_;
    return registrar_;
  }

  void begin(std::uint16_t lifetime) {
    if (!colocated_ && !at_home() && !agent_) return;  // when an agent is heard
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
    const model::NodeId peer = network_.owner(agent);
    if (!identification_ || identification_peer_ != peer) {
      const auto* association = keys_.with(peer);
      identification_.emplace(association == nullptr ? crypto::SecurityAssociation{} : *association,
                              [this] { return word(); });
      identification_peer_ = peer;
    }
    const auto* association = keys_.with(peer);
    const bool repeats = pending_ && association != nullptr &&
                         association->replay == crypto::Replay::nonces &&
                         pending_->agent == agent && pending_->lifetime == lifetime;
    if (!repeats) pending_ = compose(lifetime, agent, peer);
    const net::Time now = host_.environment().now();
    pending_->sent = now;
    last_sent_ = now;
    last_port_ = port_;
    send(*pending_);
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
    const Ipv4Address agent = registration_agent();
    pending_ = compose(lifetime, agent, network_.owner(agent));
    send(*pending_);
  }

  net::Duration next_wait(std::uint16_t lifetime) const {
    const auto longest = std::chrono::seconds(std::max<std::uint16_t>(lifetime, 1));
    const auto next = std::chrono::duration_cast<net::Duration>(wait_ * factor_);
    return std::min<net::Duration>(next, longest);
  }

  Pending compose(std::uint16_t lifetime, Ipv4Address agent, model::NodeId peer) {
    const net::Time now = host_.environment().now();
    Pending result;
    result.agent = agent;
    result.lifetime = lifetime;
    result.identification = identification_->next(now);
    if (deviates_("RFC3344-5.7.1-02")) result.identification -= std::uint64_t{2208988800} << 32U;
    if (deviates_("RFC3344-5.7.1-03") && last_identification_ != 0)
      result.identification = last_identification_ - (std::uint64_t{1} << 32U);
    if ((deviates_("RFC3344-5.7-03") || deviates_("RFC3344-3.6.3-02")) && last_identification_ != 0)
      result.identification = last_identification_;
    if (deviates_("RFC3344-5.7.2-02")) result.identification ^= std::uint64_t{1} << 40U;
    if (deviates_("RFC3344-5.7.2-03"))
      result.identification = (result.identification & ~std::uint64_t{0xFFFFFFFF}) | 7U;
    const bool to_proxy = through_proxy() && !direct_;
    const bool colocated = colocated_ && !at_home();
    const bool all = at_home() || parameter<bool>(node_, "deregister_all", true);
    Ipv4Address care_of = lifetime == 0 && all ? home_address_ : care_of_address();
    if (lifetime == 0 && all && home_address_.is_zero()) care_of = care_of_address();
    if (deviates_("RFC3344-3.6.1.2-13") && lifetime == 0 && at_home()) care_of = last_care_of_;
    if (deviates_("RFC3344-3.6.1.2-17")) care_of.value ^= 0x40U;
    if (deviates_("RFC3344-1.7-02")) care_of = {0x7F000001};
    last_care_of_ = care_of_address();
    bool reverse = parameter<bool>(node_, "reverse_tunneling", to_proxy);
    if (deviates_("MIPP-2.2.4-06")) reverse = false;
    const bool udp_tunnel = colocated && lifetime > 0 &&
                            parameter<bool>(node_, "udp_tunnel", false) &&
                            !(direct_ && deviates_("MIPP-2.6.1-15"));
    bool decapsulates = colocated;
    if (deviates_("RFC3344-3.6.1.2-02") || deviates_("RFC3519-3.1.5-01")) decapsulates = false;
    if (deviates_("RFC3344-3.6.1.2-03")) decapsulates = true;
    Ipv4Address home = sent_home_address();
    if (deviates_("RFC3344-3.6.1.2-14")) home.value ^= 0x10U;
    result.message = wire::make(
        request::layout,
        {{request::simultaneous_bindings, parameter<bool>(node_, "simultaneous_bindings", false)},
         {request::broadcast_datagrams, parameter<bool>(node_, "broadcasts", false)},
         {request::decapsulation_by_mobile_node, decapsulates},
         {request::minimal_encapsulation, parameter<bool>(node_, "minimal_encapsulation", false)},
         {request::gre_encapsulation, parameter<bool>(node_, "gre_encapsulation", false)},
         {request::reverse_tunneling, reverse},
         {request::reserved_x, deviates_("RFC3344-3.3-03")},
         {request::lifetime,
          lifetime != 0 && deviates_("RFC3344-3.6.2.3-02") ? lifetime_ : lifetime},
         {request::home_address, home},
         {request::home_agent,
          deviates_("RFC3344-3.6.1.2-15") ? Ipv4Address{agent.value + 77} : agent},
         {request::care_of_address, care_of},
         {request::identification, result.identification}});
    last_identification_ = result.identification;
    append_extensions(result.message, to_proxy, udp_tunnel, peer);
    return result;
  }

  Ipv4Address sent_home_address() const {
    // Without a home address of its own the node is known by its NAI (RFC 2794 §2).
    return home_address_;
  }

  void append_extensions(wire::Buffer& message, bool to_proxy, bool udp_tunnel,
                         model::NodeId peer) {
    const bool by_nai = !node_.home_address && !node_.nai.empty();
    const bool nai_late = deviates_("RFC2794-2-02") || deviates_("MIPP-2.6.3-12");
    if (by_nai && !nai_late && !deviates_("RFC3344-3.6-02"))
      append_nai(message, deviates_("RFC2794-2-01") ? node_.nai + std::string(1, '\0') : node_.nai);
    if (parameter<bool>(node_, "vendor_extension", false))
      wire::append_extension(message, mip4::vendor_normal::layout,
                             {{mip4::vendor_normal::vendor, 32473},
                              {mip4::vendor_normal::vendor_type, 1},
                              {mip4::vendor_normal::data, "mipvet"}});
    const bool parameter_late = deviates_("MIPP-2.5.3-09");
    const bool wants_parameter = (to_proxy && !deviates_("MIPP-2.5.3-01")) ||
                                 (through_proxy() && deviates_("MIPP-2.6.1-22"));
    if (wants_parameter && !parameter_late) append_ha_parameter(message);
    if (wants_parameter && deviates_("MIPP-2.5.3-11")) append_ha_parameter(message);
    const bool tunnel_late = deviates_("RFC3519-4.4-02");
    if (deviates_("RFC3519-4.4-01") && !colocated_) udp_tunnel = true;
    if (udp_tunnel && !tunnel_late) append_udp_tunnel(message);
    sign(message, peer);
    if (by_nai && nai_late) append_nai(message, node_.nai);
    if (wants_parameter && parameter_late) append_ha_parameter(message);
    if (udp_tunnel && tunnel_late) append_udp_tunnel(message);
    if (deviates_("RFC3344-3.6.1.3-01")) append_nai(message, "late@example.com");
    if (agent_) {
      const model::NodeId foreign = network_.owner(agent_->address);
      keys_.sign(message, authentication::mobile_foreign, foreign);
      if (deviates_("RFC3344-3.5.3-01"))
        wire::append_extension(
            message, authentication::mobile_foreign,
            {{authentication::spi, 4711}, {authentication::authenticator, "0123456789abcdef"}});
    }
  }

  void sign(wire::Buffer& message, model::NodeId peer) {
    if (deviates_("RFC3344-3.5.2-01/none")) return;
    if (deviates_("RFC3344-1.6-02")) {
      wire::append_extension(
          message, authentication::mobile_home,
          {{authentication::spi, 7}, {authentication::authenticator, "0123456789abcdef"}});
      return;
    }
    const std::size_t start = message.size();
    keys_.sign(message, authentication::mobile_home, peer);
    if (deviates_("RFC3344-3.5.1-01") || deviates_("MIPP-2.1-01")) message.back() ^= 1U;
    if (deviates_("RFC3344-3.5.1-02") && message.size() > start + 10) {
      message.resize(message.size() - 4);
      message[start + 1] = static_cast<std::uint8_t>(message[start + 1] - 4);
    }
    if (deviates_("RFC3344-3.5.2-01")) keys_.sign(message, authentication::mobile_home, peer);
    if (deviates_("RFC3344-1.8-03")) {
      message.push_back(200);
      message.push_back(9);
      message.push_back(0);
    }
  }

  void append_ha_parameter(wire::Buffer& message) {
    Ipv4Address address =
        parameter<bool>(node_, "ask_home_agent", false) ? assigned_home_agent_ : home_agent_;
    if (deviates_("MIPP-2.5.3-03")) address = registrar_;
    if (deviates_("MIPP-2.6.4-06")) address = {};
    const std::size_t start = message.size();
    wire::append_ha_parameter(message, network_.decode, address);
    if (deviates_("MIPP-2.5.3-02")) message[start] = 200;
    if (deviates_("MIPP-2.5.3-05")) {
      message[start + 1] = 8;
      message.insert(message.end(), 2, std::uint8_t{0});
    }
    if (deviates_("MIPP-2.5.3-06"))
      std::rotate(message.begin() + static_cast<std::ptrdiff_t>(start) + 3,
                  message.begin() + static_cast<std::ptrdiff_t>(start) + 4, message.end());
    if (deviates_("MIPP-2.5.3-08")) message[start + 3] = 1;
  }

  void append_udp_tunnel(wire::Buffer& message) {
    wire::append_extension(
        message, mip4::udp_tunnel_request::layout,
        {{mip4::udp_tunnel_request::sub_type, deviates_("RFC3519-3.1-01") ? 1 : 0},
         {mip4::udp_tunnel_request::reserved_1, deviates_("RFC3519-3.1-02") ? 1 : 0},
         {mip4::udp_tunnel_request::encapsulation, deviates_("RFC3519-3.1.4-01") ? 6 : 0}});
  }

  void send(const Pending& pending) {
    Ipv4Address source = at_home() ? home_address_ : care_of_address();
    Ipv4Address destination = pending.agent;
    net::SendOptions options;
    options.ttl = 255;
    if (deviates_("RFC3024-3.2-03") || deviates_("MIPP-2.7.1-02")) options.ttl = 64;
    if (agent_ && !colocated_) {
      source = home_address_;
      destination = agent_->address;
      options.port = port_;
      options.next_hop_mac = agent_->mac;
      if (deviates_("RFC3344-3.6.1.1-07")) options.next_hop_mac = wire::kBroadcastMac;
      if (deviates_("RFC3344-3.6.1.1-05")) destination = agent_->care_of_address;
      if (deviates_("RFC3344-3.6.1.1-03") || deviates_("MIPP-2.7.1-01"))
        source = {agent_->address.value + 9};
      if (deviates_("RFC3344-3.6.1.1-02") && source.is_zero()) source = {agent_->address.value + 9};
    } else if (deviates_("RFC3344-3.6.1.1-01") || deviates_("MIPP-2.7.1-06")) {
      source = home_address_;
    }
    const bool odd_port = deviates_("RFC3344-3.3-02") || deviates_("MIPP-2-08");
    host_.send_udp(source, odd_port ? mip4::kPort : kSourcePort, destination,
                   odd_port ? std::uint16_t{4434} : mip4::kPort, pending.message, options);
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
    if (crypto::low_order(identification) != crypto::low_order(pending_->identification)) return;
    const auto code = static_cast<std::uint8_t>((*message)[reply::code]);
    const model::NodeId peer = network_.owner(pending_->agent);
    const bool by_foreign_agent = code >= 64 && code < 128;
    const bool authentic =
        keys_.check(*message, authentication::mobile_home, peer) == Checked::valid;
    if (!by_foreign_agent && !authentic && !deviates_("MIPP-2.6.1-14")) return;
    if (authentic && !deviates_("RFC3344-3.6.2.3-03"))
      identification_->learn(identification, host_.environment().now());
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
    moved_ = false;
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
      host_.send_udp(care_of_address(), kSourcePort, registration_agent(), mip4::kPort,
                     net::udp_tunnel_payload(datagram));
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
  model::NodeId self_;
  ActiveDeviations deviates_;
  net::Host host_;
  Keyring keys_;
  Ipv4Address home_agent_;
  Ipv4Address registrar_;
  std::uint16_t lifetime_;
  Ipv4Address home_address_;
  net::Duration first_wait_{};
  double factor_ = 2;
  unsigned tries_ = 5;

  std::optional<net::PortId> port_;
  bool colocated_ = false;
  bool moved_ = false;
  bool direct_ = false;  ///< registers with its home agent although it knows a proxy
  bool registered_ = false;
  bool in_udp_ = false;  ///< its data go through a UDP tunnel
  Ipv4Address direct_agent_;
  Ipv4Address assigned_home_agent_;
  std::optional<Agent> agent_;
  unsigned solicitations_ = 0;
  std::optional<Pending> pending_;
  std::optional<crypto::IdentificationSource> identification_;
  model::NodeId identification_peer_ = model::kNobody;
  std::uint64_t last_identification_ = 0;
  Ipv4Address last_care_of_;
  std::uint16_t lifetime_limit_ = 0xFFFF;
  unsigned tries_left_ = 0;
  net::Duration wait_{};
  net::Time last_sent_{};
  std::optional<net::PortId> last_port_;
  net::TimerId retry_timer_ = 0;
  net::TimerId renew_timer_ = 0;
  net::TimerId solicit_timer_ = 0;
};

}  // namespace

std::unique_ptr<Actor> make_mobile_node(const Part& part) {
  return std::make_unique<MobileNode>(part);
}

}  // namespace mipvet::roles

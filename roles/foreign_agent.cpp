#include "roles/foreign_agent.h"

#include <list>

#include <fmt/format.h>

#include "engine/crypto/ntp.h"
#include "engine/net/tunnel.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ipv4.h"
#include "roles/agent_advertiser.h"
#include "roles/deviations.h"
#include "roles/foreign_agent_checks.h"

namespace mipvet::roles {

namespace {

using wire::Ipv4Address;

/// A request that waits for its reply, or a visitor that has one (RFC 3344 §3.7.1).
struct Visitor {
  Ipv4Address home_address;
  std::string nai;
  wire::MacAddress mac;
  Ipv4Address asked_address;  ///< destination of the request
  std::uint16_t source_port = 0;
  Ipv4Address home_agent;
  std::uint64_t identification = 0;
  std::uint16_t lifetime = 0;
  bool reverse_tunnel = false;
  net::Time expires{};
  wire::Buffer request;
  Ipv4Address relayed_to;
  std::uint16_t relayed_port = 0;
};

class ForeignAgent final : public Actor {
 public:
  explicit ForeignAgent(const Part& part)
      : network_(part.network),
        node_(part.network.node(part.node)),
        deviates_(foreign_agent_deviations(), part.deviations, "foreign-agent"),
        host_(part.network, part.node, part.environment),
        keys_(part.network, part.node),
        serves_(link_parameter(network_, node_, "serves").value_or(0)),
        pending_timeout_(seconds(parameter<double>(node_, "pending_timeout", 7))),
        checks_(network_, host_, service_, keys_, deviates_) {
    service_.reverse_tunneling = parameter<bool>(node_, "reverse_tunneling", true);
    service_.care_of_address = address_parameter(node_, "care_of", default_care_of());
    const auto settings = node_.parameters.find("advertise");
    const nlohmann::json none = nlohmann::json::object();
    const nlohmann::json& advertise = settings == node_.parameters.end() ? none : *settings;
    service_.max_lifetime = advertise.value("registration_lifetime", std::uint16_t{1800});
    advertiser_.emplace(host_, serves_, advertise,
                        AgentAdvertiser::Service{.home_agent = false,
                                                 .foreign_agent = true,
                                                 .reverse_tunneling = service_.reverse_tunneling,
                                                 .udp_tunneling = false,
                                                 .registration_lifetime = service_.max_lifetime,
                                                 .care_of_addresses = {service_.care_of_address}},
                        deviates_);
  }

  void start() override {
    host_.on_udp(mip4::kPort, [this](const net::Datagram& datagram) { arrived(datagram); });
    host_.on_icmp_error([this](const net::IcmpError& error) { unreachable(error); });
    host_.on_protocol(wire::ip::kIpv4, [this](net::PortId, wire::Bytes datagram) {
      if (const auto inner = net::decapsulate(datagram)) deliver(*inner);
    });
    host_.enable_forwarding([this](net::PortId port, wire::Bytes datagram,
                                   const wire::MacAddress&) { return forward(port, datagram); });
    advertiser_->start();
  }

  void receive(net::PortId port, wire::Bytes frame) override { host_.receive(port, frame); }

  void command(const Command& command) override {
    if (command.verb == "silence")
      silent_ = true;
    else if (command.verb == "answer")
      silent_ = false;
    else
      throw model::InputError(fmt::format("a foreign-agent does not know `{}`", command.verb));
  }

 private:
  Ipv4Address default_care_of() const {
    for (net::PortId port = 0; port < host_.port_count(); ++port)
      if (port != serves_ && host_.address(port)) return host_.address(port)->address;
    return host_.address(serves_)->address;
  }

  void arrived(const net::Datagram& datagram) {
    if (silent_) return;
    if (const auto asked = Received::parse(request::layout, datagram.payload, network_.decode))
      return receive_request(datagram, *asked);
    if (const auto answer = Received::parse(reply::layout, datagram.payload, network_.decode))
      receive_reply(datagram, *answer);
  }

  // Requests, RFC 3344 §3.7.2.

  void receive_request(const net::Datagram& datagram, const Received& asked) {
    if (datagram.checksum_wrong && !deviates_("RFC3344-3.7.2.1-01")) return;
    if (asked.has_unknown_critical()) return;
    if (asked.find(mip4::ha_parameter::layout) != nullptr &&
        !parameter<bool>(node_, "ha_parameter", true))
      return;
    if (const auto code = checks_.fault(datagram, asked)) {
      if (*code != Code::accepted) deny(datagram, asked, *code);
      return;
    }
    relay(datagram, asked);
  }

  void relay(const net::Datagram& datagram, const Received& asked) {
    if (deviates_("RFC3344-3.7-04")) return;
    Visitor visitor = visitor_of(datagram, asked);
    visitor.expires = host_.environment().now() + pending_timeout_;
    host_.set_neighbour(datagram.port, visitor.home_address, visitor.mac);

    wire::Buffer message = protected_part(asked);
    if (deviates_("RFC3344-3.7.2.2-01")) wire::write(message, request::lifetime, 10);
    if (deviates_("MIPP-2.7.1-03")) wire::write(message, request::broadcast_datagrams, 1);
    if (deviates_("MIPP-2.5.3-10")) spoil_ha_parameter(message, asked);
    if (deviates_("RFC3344-3.7.2.2-02"))
      message.assign(asked.octets().begin(), asked.octets().end());
    const model::NodeId home_agent = network_.owner(visitor.home_agent);
    if (!deviates_("RFC3344-3.7.2.2-04"))
      keys_.sign(message, authentication::foreign_home, home_agent);
    if (deviates_("RFC3344-3.5.4-01")) append_forgery(message, authentication::foreign_home, 4711);
    if (deviates_("RFC3344-1.6-02")) append_forgery(message, authentication::foreign_home, 9);
    visitor.relayed_to = visitor.home_agent;
    if (deviates_("RFC3344-3.7.2-01")) visitor.relayed_to.value ^= 0x1;
    visitor.relayed_port = mip4::kPort;
    const Ipv4Address source = deviates_("RFC3344-3.7.2.2-05") ? host_.address(serves_)->address
                                                               : service_.care_of_address;
    const std::uint16_t port = deviates_("RFC3344-3.7.2.2-06") ? 4434 : mip4::kPort;
    std::erase_if(pending_, [&](const Visitor& other) {
      return other.home_address == visitor.home_address && other.nai == visitor.nai &&
             other.identification == visitor.identification;
    });
    pending_.push_back(visitor);
    host_.send_udp(source, mip4::kPort, visitor.relayed_to, port, message, {.ttl = 255});
    if (deviates_("RFC3344-3.7-01"))
      host_.send_udp(source, mip4::kPort, visitor.relayed_to, port, message, {.ttl = 255});
    if (deviates_("RFC3344-3.7-02")) answer(pending_.back(), acceptance(visitor));
    const std::uint64_t identification = visitor.identification;
    host_.environment().schedule(pending_timeout_,
                                 [this, identification] { time_out(identification); });
  }

  Visitor visitor_of(const net::Datagram& datagram, const Received& asked) const {
    Visitor visitor;
    visitor.home_address = asked.address(request::home_address);
    visitor.nai = asked.nai();
    visitor.mac = datagram.source_mac;
    visitor.asked_address = datagram.destination.is_multicast() ? host_.address(serves_)->address
                                                                : datagram.destination;
    visitor.source_port = datagram.source_port;
    visitor.home_agent = asked.address(request::home_agent);
    visitor.identification = asked[request::identification];
    visitor.lifetime = static_cast<std::uint16_t>(asked[request::lifetime]);
    visitor.reverse_tunnel = asked[request::reverse_tunneling] != 0;
    visitor.request.assign(asked.octets().begin(), asked.octets().end());
    return visitor;
  }

  /// Everything up to the authorizing extension; what follows is for this agent (§3.7.2.2).
  static wire::Buffer protected_part(const Received& message) {
    std::size_t end = message.octets().size();
    if (const Received::Extension* last = message.find(authentication::mobile_home))
      end = last->offset + last->length;
    else if (const Received::Extension* ours = message.find(authentication::foreign_home))
      end = ours->offset;
    return {message.octets().begin(), message.octets().begin() + static_cast<std::ptrdiff_t>(end)};
  }

  static void spoil_ha_parameter(wire::Buffer& message, const Received& asked) {
    if (const auto* place = asked.find(mip4::ha_parameter::layout)) message[place->offset + 7] ^= 1;
  }

  wire::Buffer acceptance(const Visitor& visitor) const {
    return wire::make(reply::layout, {{reply::code, 0},
                                      {reply::lifetime, visitor.lifetime},
                                      {reply::home_address, visitor.home_address},
                                      {reply::home_agent, visitor.home_agent},
                                      {reply::identification, visitor.identification}});
  }

  void deny(const net::Datagram& datagram, const Received& asked, Code code) {
    refuse(visitor_of(datagram, asked), code);
  }

  void refuse(const Visitor& visitor, Code code) {
    const wire::View asked(request::layout, visitor.request);
    std::uint64_t lifetime = asked[request::lifetime];
    if (code == Code::fa_requested_lifetime_too_long)
      lifetime = deviates_("RFC3344-3.7.2.3-02") ? lifetime : service_.max_lifetime;
    else if (deviates_("RFC3344-3.7.2.3-03"))
      lifetime = 1;
    std::uint64_t given = static_cast<std::uint8_t>(code);
    if (deviates_("RFC3344-3.4-02")) given = 130;
    if (deviates_("RFC3344-3.4-03")) given = 73;
    if (deviates_("RFC3344-3.7.3-01") && given >= 80 && given <= 88) given = 65;
    answer(visitor,
           wire::make(reply::layout, {{reply::code, given},
                                      {reply::lifetime, lifetime},
                                      {reply::home_address, asked.address(request::home_address)},
                                      {reply::home_agent, deviates_("RFC3344-3.7.2.3-01")
                                                              ? service_.care_of_address
                                                              : asked.address(request::home_agent)},
                                      {reply::identification, asked[request::identification]}}));
  }

  /// Sends a reply to the mobile node by its MAC address (RFC 3344 §3.7.2.3).
  void answer(const Visitor& visitor, wire::Buffer message) {
    const wire::View view(reply::layout, message);
    Ipv4Address destination = view.address(reply::home_address);
    if (destination.is_zero()) destination = wire::kLimitedBroadcast;
    const model::NodeId mobile =
        mobile_node_of(network_, view.address(reply::home_address), visitor.nai);
    keys_.sign(message, authentication::mobile_foreign, mobile);
    Ipv4Address source = visitor.asked_address;
    if (deviates_("RFC3344-3.7.2.3-04")) source = service_.care_of_address;
    if (deviates_("RFC3344-3.7.2.3-05")) destination = {visitor.asked_address.value + 50};
    const bool odd = deviates_("RFC3344-3.7.2.3-06");
    host_.send_udp(source, mip4::kPort, destination,
                   odd ? std::uint16_t{4434} : visitor.source_port, message,
                   {.port = serves_, .next_hop_mac = visitor.mac, .ttl = 64});
  }

  void time_out(std::uint64_t identification) {
    for (auto entry = pending_.begin(); entry != pending_.end(); ++entry) {
      if (entry->identification != identification) continue;
      if (entry->expires > host_.environment().now()) continue;  // it was asked again
      const Visitor visitor = *entry;
      pending_.erase(entry);
      refuse(visitor, Code::fa_registration_timeout);
      return;
    }
  }

  void unreachable(const net::IcmpError& error) {
    if (error.type != wire::icmp::kUnreachableType) return;
    const auto quoted = quoted_udp(error.quote);
    if (!quoted) return;
    for (auto entry = pending_.begin(); entry != pending_.end(); ++entry) {
      if (entry->relayed_to != quoted->destination ||
          entry->relayed_port != quoted->destination_port)
        continue;
      const Visitor visitor = *entry;
      pending_.erase(entry);
      constexpr std::array<Code, 4> by_code{
          Code::fa_home_network_unreachable, Code::fa_home_agent_host_unreachable,
          Code::fa_home_agent_unreachable, Code::fa_home_agent_port_unreachable};
      refuse(visitor,
             error.code < by_code.size() ? by_code[error.code] : Code::fa_home_agent_unreachable);
      return;
    }
  }

  // Replies, RFC 3344 §3.7.3.

  void receive_reply(const net::Datagram& datagram, const Received& answered) {
    if (datagram.checksum_wrong && !deviates_("RFC3344-3.7.3.1-01")) return;
    if (answered.malformed() || answered.has_unknown_critical()) return;
    const std::uint64_t identification = answered[reply::identification];
    const Ipv4Address home = answered.address(reply::home_address);
    for (auto entry = pending_.begin(); entry != pending_.end(); ++entry) {
      const bool same_low =
          crypto::low_order(entry->identification) == crypto::low_order(identification);
      if (!same_low && !deviates_("RFC3344-3.7.3.1-03")) continue;
      if (!entry->home_address.is_zero() && entry->home_address != home) continue;
      if (deviates_("RFC3344-3.7.3.2-01")) return;
      const model::NodeId sender = network_.owner(datagram.source);
      if (keys_.with(sender) != nullptr &&
          keys_.check(answered, authentication::foreign_home, sender) != Checked::valid)
        return refuse(*entry, Code::fa_home_agent_failed_authentication);
      Visitor visitor = *entry;
      if (same_low) pending_.erase(entry);
      pass_on(visitor, answered);
      return;
    }
    if (deviates_("RFC3344-3.7.3.1-03") && !visitors_.empty()) pass_on(visitors_.back(), answered);
  }

  void pass_on(Visitor& visitor, const Received& answered) {
    const std::uint64_t code = answered[reply::code];
    const std::uint64_t granted =
        std::min<std::uint64_t>(answered[reply::lifetime], visitor.lifetime);
    if (code <= 1) {
      std::erase_if(visitors_, [&](const Visitor& other) {
        return other.home_address == answered.address(reply::home_address);
      });
      visitor.home_address = answered.address(reply::home_address);
      host_.set_neighbour(serves_, visitor.home_address, visitor.mac);
      visitor.expires = host_.environment().now() + std::chrono::seconds(granted);
      if (granted > 0) visitors_.push_back(visitor);
    }
    wire::Buffer message = protected_part(answered);
    if (deviates_("RFC3344-3.7.3.2-02")) wire::write(message, reply::lifetime, 7);
    if (deviates_("MIPP-2.7.2-03"))
      wire::write(message, reply::home_agent, service_.care_of_address.value);
    if (deviates_("MIPP-2.4.1-10") && code >= 200) wire::write(message, reply::code, 64);
    if (deviates_("RFC3344-3.7.3.2-03"))
      message.assign(answered.octets().begin(), answered.octets().end());
    answer(visitor, message);
  }

  // Data, RFC 3344 §4.2.2 and RFC 3024 §5.

  Visitor* visitor_with(Ipv4Address home_address) {
    const net::Time now = host_.environment().now();
    for (Visitor& visitor : visitors_)
      if (visitor.home_address == home_address && visitor.expires > now) return &visitor;
    return nullptr;
  }

  void deliver(wire::Bytes datagram) {
    const wire::View header(wire::ip::layout, datagram);
    if (const Visitor* visitor = visitor_with(header.address(wire::ip::destination)))
      host_.send_ip(datagram, {.port = serves_, .next_hop_mac = visitor->mac});
    else if (visitor_with(header.address(wire::ip::source)) != nullptr)
      host_.deliver(serves_, datagram);  // the encapsulating delivery style, RFC 3024 §5.2
    // Others it neither serves nor sends back: the home agent would tunnel them here again.
  }

  bool forward(net::PortId port, wire::Bytes datagram) {
    const wire::View header(wire::ip::layout, datagram);
    if (port == serves_) {
      const Visitor* visitor = visitor_with(header.address(wire::ip::source));
      if (visitor == nullptr || !visitor->reverse_tunnel) return false;
      host_.send_ip(net::encapsulate(datagram, service_.care_of_address, visitor->home_agent));
      return true;
    }
    return false;
  }

  const model::Network& network_;
  const model::Node& node_;
  ActiveDeviations deviates_;
  net::Host host_;
  Keyring keys_;
  net::PortId serves_;
  net::Duration pending_timeout_;
  ForeignAgentService service_;
  ForeignAgentChecks checks_;
  std::optional<AgentAdvertiser> advertiser_;
  std::list<Visitor> pending_;
  std::list<Visitor> visitors_;
  bool silent_ = false;
};

}  // namespace

std::unique_ptr<Actor> make_foreign_agent(const Part& part) {
  return std::make_unique<ForeignAgent>(part);
}

}  // namespace mipvet::roles

#include "roles/home_agent.h"

#include <map>

#include <fmt/format.h>

#include "engine/crypto/replay.h"
#include "engine/net/tunnel.h"
#include "engine/wire/ipv4.h"
#include "roles/agent_advertiser.h"
#include "roles/deviations.h"
#include "roles/home_agent_bindings.h"
#include "roles/registration.h"

namespace mipvet::roles {

namespace {

using wire::Ipv4Address;

class HomeAgent final : public Actor {
 public:
  explicit HomeAgent(const Part& part)
      : network_(part.network),
        node_(part.network.node(part.node)),
        deviates_(home_agent_deviations(), home_agent_misbehaviour(part.deviations), "home-agent"),
        host_(part.network, part.node, part.environment),
        keys_(part.network, part.node),
        home_(link_parameter(network_, node_, "home").value_or(0)),
        max_lifetime_(parameter<std::uint16_t>(node_, "max_lifetime", 1800)),
        reverse_tunneling_(parameter<bool>(node_, "reverse_tunneling", true)),
        udp_tunnel_(node_.parameters.contains("udp_tunnel")),
        simultaneous_(node_.declares("simultaneous-bindings")),
        bindings_(host_, home_, deviates_) {
    if (node_.parameters.contains("deny")) denies_ = node_.parameters["deny"].get<std::uint8_t>();
    if (udp_tunnel_)
      keepalive_ = node_.parameters["udp_tunnel"].value("keepalive", std::uint16_t{110});
    answers_ = parameter<bool>(node_, "answers", true);
    delay_ = seconds(parameter<double>(node_, "delay", 0));
    if (const auto advertise = node_.parameters.find("advertise");
        advertise != node_.parameters.end())
      advertiser_.emplace(host_, home_, *advertise,
                          AgentAdvertiser::Service{.home_agent = true,
                                                   .foreign_agent = false,
                                                   .reverse_tunneling = reverse_tunneling_,
                                                   .udp_tunneling = false,
                                                   .registration_lifetime = max_lifetime_,
                                                   .care_of_addresses = {}},
                          deviates_);
  }

  void start() override {
    host_.on_udp(mip4::kPort, [this](const net::Datagram& datagram) { arrived(datagram); });
    host_.on_protocol(wire::ip::kIpv4, [this](net::PortId port, wire::Bytes datagram) {
      const wire::View outer(wire::ip::layout, datagram);
      if (const auto inner = net::decapsulate(datagram))
        from_tunnel(port, outer.address(wire::ip::source), *inner);
    });
    host_.enable_forwarding([this](net::PortId, wire::Bytes datagram, const wire::MacAddress&) {
      return bindings_.tunnel(datagram);
    });
    if (advertiser_) advertiser_->start();
  }

  void receive(net::PortId port, wire::Bytes frame) override { host_.receive(port, frame); }

  void command(const Command& command) override {
    if (command.verb == "deny")
      denies_ = command.arguments->at("code").get<std::uint8_t>();
    else if (command.verb == "accept")
      denies_.reset();
    else if (command.verb == "silence")
      answers_ = false;
    else if (command.verb == "answer")
      answers_ = true;
    else if (command.verb == "delay")
      delay_ = seconds(command.arguments->at("seconds").get<double>());
    else
      throw model::InputError(fmt::format("a home-agent does not know `{}`", command.verb));
  }

 private:
  /// A decision over a request: code, granted lifetime, home address.
  struct Decision {
    std::uint8_t code = 0;
    std::uint16_t lifetime = 0;
    Ipv4Address home_address;
    crypto::Freshness freshness = crypto::Freshness::fresh;
    std::optional<std::uint8_t> udp_reply;
  };

  void arrived(const net::Datagram& datagram) {
    if (!answers_) return;
    if (!datagram.payload.empty() && datagram.payload[0] == mip4::kTunnelDataType) {
      if (const auto inner = net::udp_tunnel_datagram(datagram.payload))
        from_tunnel(datagram.port, datagram.source, *inner);
      return;
    }
    if (datagram.checksum_wrong && !deviates_("RFC3344-3.8.2.1-01")) return;
    const auto asked = Received::parse(request::layout, datagram.payload, network_.decode);
    if (!asked || (asked->has_unknown_critical() && !deviates_("RFC3344-1.8-06"))) return;
    if (asked->find(mip4::ha_parameter::layout) != nullptr) return;
    const model::NodeId peer = peer_of(datagram, *asked);
    Decision decision = decide(datagram, *asked, peer);
    if (deviates_("RFC3344-3.8.2-01")) return;
    if (!denies(decision.code)) update(datagram, *asked, decision);
    reply_to(datagram, *asked, decision, peer);
  }

  static bool denies(std::uint8_t code) { return code > 1; }

  /// With whom the request's association is: the mobile node, or a proxy in its place.
  model::NodeId peer_of(const net::Datagram& datagram, const Received& asked) const {
    const auto spi = static_cast<std::uint32_t>(
        asked.extension(authentication::mobile_home)[authentication::spi]);
    const model::NodeId self = network_.find_node(node_.name);
    const model::NodeId sender = network_.owner(datagram.source);
    if (sender != model::kNobody && network_.node(sender).role == Role::mip_proxy &&
        network_.association(self, sender, spi) != nullptr)
      return sender;
    return mobile_node_of(network_, asked.address(request::home_address), asked.nai());
  }

  crypto::ReplayGuard& guard_of(model::NodeId peer, Ipv4Address home_address) {
    const auto key = std::pair(peer, home_address);
    const auto found = guards_.find(key);
    if (found != guards_.end()) return found->second;
    const auto* association = keys_.with(peer);
    return guards_
        .emplace(key,
                 crypto::ReplayGuard(
                     association == nullptr ? crypto::SecurityAssociation{} : *association,
                     [this] { return static_cast<std::uint32_t>(host_.environment().random()); }))
        .first->second;
  }

  /// The checks of RFC 3344 §3.8.2.1 in their order, then the others.
  Decision decide(const net::Datagram& datagram, const Received& asked, model::NodeId peer) {
    Decision decision;
    decision.home_address = asked.address(request::home_address);
    decision.lifetime = static_cast<std::uint16_t>(asked[request::lifetime]);
    const auto refuse = [&](Code code) {
      decision.code = static_cast<std::uint8_t>(code);
      return decision;
    };
    if (asked.malformed()) return refuse(Code::poorly_formed_request);
    if (keys_.check(asked, authentication::mobile_home, peer) != Checked::valid &&
        !deviates_("RFC3344-3.8.2.1-02"))
      return refuse(Code::mobile_node_failed_authentication);
    const net::Time now = host_.environment().now();
    crypto::ReplayGuard& guard = guard_of(peer, decision.home_address);
    decision.freshness = guard.check(asked[request::identification], now);
    if (decision.freshness != crypto::Freshness::fresh && !deviates_("RFC3344-3.8.2.1-04"))
      return refuse(Code::identification_mismatch);
    const model::NodeId sender = network_.owner(datagram.source);
    if (sender != model::kNobody && network_.node(sender).role == Role::foreign_agent &&
        keys_.with(sender) != nullptr &&
        keys_.check(asked, authentication::foreign_home, sender) != Checked::valid)
      return refuse(Code::foreign_agent_failed_authentication);
    if (!host_.owns(asked.address(request::home_agent)) && !deviates_("RFC3344-3.8.3.2-03"))
      return refuse(Code::unknown_home_agent_address);
    if ((asked[request::reserved_r] != 0 || asked[request::reserved_x] != 0) &&
        !deviates_("RFC3344-3.8.2.3-02"))
      return refuse(Code::poorly_formed_request);
    if (denies_) return refuse(static_cast<Code>(*denies_));
    if (asked[request::gre_encapsulation] != 0 || asked[request::minimal_encapsulation] != 0)
      return refuse(Code::requested_encapsulation_unavailable);
    if (asked[request::reverse_tunneling] != 0 && (!reverse_tunneling_ || deviates_("MOB-3-12")))
      return refuse(Code::reverse_tunnel_unavailable);
    if (deviates_("MIPP-2.2.1-10") && asked[request::decapsulation_by_mobile_node] == 0)
      return refuse(Code::poorly_formed_request);
    if (deviates_("RFC3344-1.8-10") && asked.find(mip4::extension::layout) != nullptr)
      return refuse(Code::poorly_formed_request);
    guard.accept(asked[request::identification]);
    if (decision.lifetime != 0) decision.lifetime = std::min(decision.lifetime, max_lifetime_);
    if (deviates_("RFC3344-3.8.2.2-09") && decision.lifetime != 0)
      decision.lifetime = static_cast<std::uint16_t>(asked[request::lifetime] + 100);
    if (asked[request::simultaneous_bindings] != 0 && !simultaneous_) decision.code = 1;
    if (deviates_("RFC3344-3.8.2.2-01")) decision.code ^= 1U;
    return decision;
  }

  Ipv4Address assign(const std::string& nai) {
    const auto known = assigned_.find(nai);
    if (known != assigned_.end()) return known->second;
    const auto home = host_.address(home_);
    const Ipv4Address address{(home->address.value & home->mask()) + 100U +
                              static_cast<std::uint32_t>(assigned_.size())};
    assigned_.emplace(nai, address);
    return address;
  }

  void update(const net::Datagram& datagram, const Received& asked, Decision& decision) {
    if (decision.home_address.is_zero()) decision.home_address = assign(asked.nai());
    const Ipv4Address home = decision.home_address;
    const Ipv4Address care_of = asked.address(request::care_of_address);
    if (decision.lifetime == 0) return bindings_.remove(home, care_of);
    HomeBindings::CareOf entry;
    entry.address = care_of;
    entry.registered_with = asked.address(request::home_agent);
    entry.expires = decision.lifetime == mip4::kInfiniteLifetime
                        ? net::Time::max()
                        : host_.environment().now() + std::chrono::seconds(decision.lifetime);
    if (deviates_("RFC3344-3.8.2.2-10"))
      entry.expires = host_.environment().now() + std::chrono::seconds(decision.lifetime) / 3;
    if (asked.find(mip4::udp_tunnel_request::layout) != nullptr) {
      const bool behind_nat = datagram.source != care_of;
      const bool forced =
          asked.extension(mip4::udp_tunnel_request::layout)[mip4::udp_tunnel_request::force] != 0;
      entry.in_udp = udp_tunnel_ && (behind_nat || forced);
      entry.udp_address = datagram.source;
      entry.udp_port = datagram.source_port;
      decision.udp_reply = entry.in_udp ? std::uint8_t{0} : std::uint8_t{64};
      if (deviates_("RFC3519-4.6-02") || deviates_("MIPP-2.6.1-16"))
        decision.udp_reply = std::uint8_t{64};
    }
    bindings_.add(home, entry, simultaneous_ && asked[request::simultaneous_bindings] != 0);
  }

  void reply_to(const net::Datagram& datagram, const Received& asked, const Decision& decision,
                model::NodeId peer) {
    std::uint64_t identification =
        guard_of(peer, asked.address(request::home_address))
            .reply_identification(asked[request::identification], host_.environment().now(),
                                  decision.freshness);
    if (deviates_("RFC3344-5.7-02")) identification ^= 1U;
    if (deviates_("RFC3344-5.7.1-05") && !denies(decision.code))
      identification += std::uint64_t{5} << 32U;
    if (deviates_("RFC3344-5.7.1-06") || deviates_("RFC3344-5.7.2-01"))
      identification = asked[request::identification];
    const Ipv4Address asked_for = asked.address(request::home_agent);
    Ipv4Address home_agent = host_.owns(asked_for) ? asked_for : datagram.destination;
    if (deviates_("RFC3344-3.8.3.2-03")) home_agent = {0x0A000063};
    Ipv4Address home = asked.address(request::home_address);
    if (home.is_zero()) home = decision.home_address;
    if (deviates_("RFC3344-3.8.3.2-01")) home.value ^= 0x20U;
    std::uint64_t code = decision.code;
    if (deviates_("RFC3344-3.4-02")) code = 70;
    if (deviates_("RFC3344-3.4-03")) code = 73;
    const bool is_farewell = asked[request::lifetime] == 0 && !denies(decision.code);
    const std::uint64_t lifetime =
        is_farewell && deviates_("MOB-3.1.1-01") ? 300 : decision.lifetime;
    const bool empty = deviates_("RFC2794-3-04");
    wire::Buffer message =
        wire::make(reply::layout, {{reply::code, code},
                                   {reply::lifetime, lifetime},
                                   {reply::home_address, empty ? Ipv4Address{} : home},
                                   {reply::home_agent, home_agent},
                                   {reply::identification, identification}});
    const bool nai_late = deviates_("RFC3344-3.8.3.3-01");
    const bool with_nai = !asked.nai().empty() && !deviates_("RFC2794-3-02");
    if (with_nai && !nai_late) append_nai(message, asked.nai());
    if (decision.udp_reply)
      wire::append_extension(
          message, mip4::udp_tunnel_reply::layout,
          {{mip4::udp_tunnel_reply::sub_type, deviates_("RFC3519-3.2-01") ? 3 : 0},
           {mip4::udp_tunnel_reply::reply_code, *decision.udp_reply},
           {mip4::udp_tunnel_reply::keepalive_interval, keepalive_}});
    sign(message, asked, peer);
    if (with_nai && nai_late) append_nai(message, asked.nai());
    const model::NodeId sender = network_.owner(datagram.source);
    if (sender != model::kNobody && network_.node(sender).role == Role::foreign_agent)
      keys_.sign(message, authentication::foreign_home, sender);
    send(datagram, message);
  }

  void sign(wire::Buffer& message, const Received& asked, model::NodeId peer) {
    if (deviates_("RFC3344-3.5.2-02")) return;
    if (deviates_("RFC3344-1.6-02")) {
      append_forgery(message, authentication::mobile_home, 8);
      return;
    }
    const wire::View extension = asked.extension(authentication::mobile_home);
    const auto spi = static_cast<std::uint32_t>(extension[authentication::spi]);
    // An unknown SPI leaves no key to answer with (A19).
    if (extension && !keys_.sign(message, authentication::mobile_home, peer, spi)) return;
    if (!extension) keys_.sign(message, authentication::mobile_home, peer);
    if (deviates_("RFC3344-3.5.1-01")) message.back() ^= 1U;
    if (deviates_("RFC3344-1.8-03")) {
      message.push_back(201);
      message.push_back(40);
    }
  }

  void send(const net::Datagram& datagram, const wire::Buffer& message) {
    const bool on_home_link = datagram.port == home_;
    Ipv4Address source = datagram.destination;
    if (!host_.owns(source)) source = host_.address(datagram.port)->address;
    if (deviates_("RFC3344-3.8.3.1-01") || deviates_("MIPP-2.7.2-01"))
      source = host_.address(home_)->address == source ? host_.address(home_ == 0 ? 1 : 0)->address
                                                       : host_.address(home_)->address;
    Ipv4Address destination = datagram.source;
    std::uint16_t port = datagram.source_port;
    if (deviates_("RFC3344-3.8.3.1-02")) port = 4434;
    net::SendOptions options;
    options.ttl = 64;
    if (on_home_link) {
      options.port = home_;
      options.next_hop_mac = datagram.source_mac;
    }
    if (destination.is_zero()) destination = wire::kLimitedBroadcast;
    const auto transmit = [this, source, destination, port, message, options] {
      host_.send_udp(source, mip4::kPort, destination, port, message, options);
    };
    if (delay_ > net::Duration::zero())
      host_.environment().schedule(delay_, transmit);
    else
      transmit();
  }

  // Data, RFC 3344 §4.2.3 and RFC 3024 §4.3.

  void from_tunnel(net::PortId port, Ipv4Address source, wire::Bytes inner) {
    if (bindings_.admits(source, inner) || deviates_("MOB-3-13")) host_.deliver(port, inner);
  }

  const model::Network& network_;
  const model::Node& node_;
  ActiveDeviations deviates_;
  net::Host host_;
  Keyring keys_;
  net::PortId home_;
  std::uint16_t max_lifetime_;
  bool reverse_tunneling_;
  bool udp_tunnel_;
  bool simultaneous_;
  std::uint16_t keepalive_ = 110;
  std::optional<std::uint8_t> denies_;
  bool answers_ = true;
  net::Duration delay_{};
  std::optional<AgentAdvertiser> advertiser_;
  std::map<std::pair<model::NodeId, Ipv4Address>, crypto::ReplayGuard> guards_;
  HomeBindings bindings_;
  std::map<std::string, Ipv4Address> assigned_;
};

}  // namespace

std::unique_ptr<Actor> make_home_agent(const Part& part) {
  return std::make_unique<HomeAgent>(part);
}

}  // namespace mipvet::roles

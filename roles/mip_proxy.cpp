#include "roles/mip_proxy.h"

#include <list>

#include <fmt/format.h>

#include "engine/crypto/ntp.h"
#include "engine/net/tunnel.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ipv4.h"
#include "roles/deviations.h"
#include "roles/proxy_bindings.h"
#include "roles/proxy_checks.h"
#include "roles/proxy_messages.h"

namespace mipvet::roles {

namespace {

using wire::Ipv4Address;

class MipProxy final : public Actor {
 public:
  explicit MipProxy(const Part& part)
      : network_(part.network),
        node_(part.network.node(part.node)),
        deviates_(mip_proxy_deviations(), part.deviations, "mip-proxy"),
        host_(part.network, part.node, part.environment),
        keys_(part.network, part.node),
        settings_(network_, node_, host_),
        checks_(network_, node_, settings_, keys_, deviates_),
        messages_(network_, node_, settings_, keys_, deviates_),
        bindings_(host_, deviates_, settings_.public_address) {}

  void start() override {
    host_.on_udp(mip4::kPort, [this](const net::Datagram& datagram) { arrived(datagram); });
    host_.on_icmp_error([this](const net::IcmpError& error) { unreachable(error); });
    host_.on_protocol(wire::ip::kIpv4, [this](net::PortId port, wire::Bytes datagram) {
      const wire::View outer(wire::ip::layout, datagram);
      if (const auto inner = net::decapsulate(datagram))
        from_tunnel(port, outer.address(wire::ip::source), outer.address(wire::ip::destination),
                    *inner);
    });
    host_.enable_forwarding([this](net::PortId, wire::Bytes datagram, const wire::MacAddress&) {
      return bindings_.tunnel(datagram);
    });
  }

  void receive(net::PortId port, wire::Bytes frame) override { host_.receive(port, frame); }

  void command(const Command& command) override {
    throw model::InputError(fmt::format("a mip-proxy does not know `{}`", command.verb));
  }

 private:
  void arrived(const net::Datagram& datagram) {
    if (const auto inner = net::udp_tunnel_datagram(datagram.payload))
      return from_tunnel(datagram.port, datagram.source, datagram.destination, *inner);
    if (const auto asked = Received::parse(request::layout, datagram.payload, network_.decode))
      return receive_request(datagram, *asked);
    if (const auto answer = Received::parse(reply::layout, datagram.payload, network_.decode))
      receive_reply(datagram, *answer);
  }

  // Requests: the checks of a home agent, then those of MIPP §2.2.4.

  void receive_request(const net::Datagram& datagram, const Received& asked) {
    if (datagram.checksum_wrong && !deviates_("MIPP-2.2.4-02")) return;
    if (asked.has_unknown_critical() && !deviates_("MIPP-2.2.3-08") && !deviates_("MIPP-2.5.3-07"))
      return;
    if (asked.malformed()) {
      if (deviates_("MIPP-2.2.4-01")) return relay_anyway(datagram, asked);
      return;
    }
    const bool by_nai = asked.address(request::home_address).is_zero();
    if (by_nai && (asked.nai().empty() || !node_.declares("nai"))) {
      if (deviates_("MIPP-2.6.3-06") || deviates_("MIPP-2.6.3-07"))
        refuse(datagram, asked, Code::mobile_node_failed_authentication, {});
      return;
    }
    const ProxyChecks::Result result = checks_.check(datagram, asked);
    if (result.refusal) return refuse(datagram, asked, *result.refusal, result.home_agent);
    relay(datagram, asked, *result.home_agent);
  }

  void relay_anyway(const net::Datagram& datagram, const Received& asked) {
    if (!settings_.home_agents.empty()) relay(datagram, asked, settings_.home_agents.front());
  }

  void relay(const net::Datagram& datagram, const Received& asked, Ipv4Address home_agent) {
    if (deviates_("MIPP-2.2-01")) return answer_alone(datagram, asked, home_agent);
    ProxyPending pending(datagram, asked, checks_.peer(asked));
    pending.home_agent = home_agent;
    pending.udp_reply = udp_reply(datagram, asked);
    pending.expires = host_.environment().now() +
                      std::chrono::seconds(std::max<std::uint16_t>(pending.lifetime, 7));
    if (deviates_("MIPP-2.2-05")) {
      for (const ProxyPending& other : pending_)
        if (other.home_address == pending.home_address) return;
    }
    std::erase_if(pending_, [&](const ProxyPending& other) {
      return other.home_address == pending.home_address && other.nai == pending.nai &&
             other.identification == pending.identification;
    });
    pending_.push_back(pending);
    last_care_of_ = pending.care_of_address;
    if (deviates_("MIPP-2.6.6-02")) bind(pending, pending.home_address, pending.lifetime);
    const wire::Buffer message = messages_.relayed_request(pending, relayed_lifetime(pending));
    Ipv4Address destination = home_agent;
    if (deviates_("MIPP-2.2.2-07")) destination.value ^= 0x1U;
    const Ipv4Address source =
        deviates_("MIPP-2.7.1-05") ? settings_.public_address : settings_.private_address;
    const auto transmit = [this, source, destination, message] {
      host_.send_udp(source, mip4::kPort, destination,
                     deviates_("MIPP-2-08") ? std::uint16_t{4434} : mip4::kPort, message,
                     {.ttl = 255});
    };
    transmit();
    if (deviates_("MIPP-2-06")) transmit();
    if (deviates_("MIPP-2-05")) answer_alone(datagram, asked, home_agent);
  }

  std::optional<std::uint8_t> udp_reply(const net::Datagram& datagram,
                                        const Received& asked) const {
    if (asked.find(mip4::udp_tunnel_request::layout) == nullptr) return std::nullopt;
    const bool behind_nat = datagram.source != asked.address(request::care_of_address);
    return behind_nat && node_.declares("nat-traversal") ? std::uint8_t{0} : std::uint8_t{64};
  }

  std::uint16_t relayed_lifetime(const ProxyPending& pending) {
    std::uint16_t lifetime = std::min(pending.lifetime, settings_.max_lifetime);
    if (node_.declares("simultaneous") && pending.simultaneous && !deviates_("MIPP-2.6.2-03")) {
      // MIPP §2.6.2: the largest of what remains and what is asked for.
      lifetime = std::max(lifetime, bindings_.longest_remaining(pending.home_address));
    }
    if (deviates_("MIPP-2.2.2-01")) lifetime = static_cast<std::uint16_t>(lifetime + 10);
    if (deviates_("MIPP-2.2.2-02") && pending.lifetime == 0) lifetime = 60;
    if (deviates_("MIPP-2.2.2-03") && pending.lifetime != 0) lifetime = 0;
    return lifetime;
  }

  // Replies of the home agent, MIPP §2.3.

  void receive_reply(const net::Datagram& datagram, const Received& answered) {
    if (datagram.checksum_wrong && !deviates_("MIPP-2.3-06")) return;
    if (answered.malformed() || answered.has_unknown_critical()) return;
    const bool from_anywhere = deviates_("MIPP-2.6.5-02") && !settings_.home_agents.empty();
    const model::NodeId sender =
        network_.owner(from_anywhere ? settings_.home_agents.front() : datagram.source);
    const Checked checked = keys_.check(answered, authentication::mobile_home, sender);
    const bool overlooked =
        (checked == Checked::wrong && deviates_("MIPP-2.1-06")) ||
        ((checked == Checked::absent || checked == Checked::several) && deviates_("MIPP-2.1-07"));
    if (checked != Checked::valid && !overlooked) return;
    const net::Time now = host_.environment().now();
    for (auto entry = pending_.begin(); entry != pending_.end(); ++entry) {
      if (entry->home_agent != datagram.source && !deviates_("MIPP-2.6.5-02")) continue;
      if (crypto::low_order(entry->identification) !=
              crypto::low_order(answered[reply::identification]) &&
          !deviates_("MIPP-2.3-03"))
        continue;
      if (!entry->home_address.is_zero() &&
          entry->home_address != answered.address(reply::home_address) && !deviates_("MIPP-2.3-03"))
        continue;
      const bool late = entry->expires < now;
      if (late && !deviates_("MIPP-2.6.5-04")) {
        pending_.erase(entry);
        return;
      }
      if (deviates_("MIPP-2.3-01")) return;
      ProxyPending pending = *entry;
      if (deviates_("MIPP-2.3-10")) {
        pending.source = pending_.back().source;
        pending.source_port = pending_.back().source_port;
      }
      const bool keeps = deviates_("MIPP-2.1-06") || deviates_("MIPP-2.1-07") ||
                         deviates_("MIPP-2.3-06") || deviates_("MIPP-2.3-03");
      if (!keeps) pending_.erase(entry);
      pass_on(pending, answered);
      return;
    }
  }

  void pass_on(const ProxyPending& pending, const Received& answered) {
    auto code = static_cast<std::uint8_t>(answered[reply::code]);
    if (code <= 1 && !pending.nai.empty() && pending.home_address.is_zero()) {
      if (answered.nai().empty() && !deviates_("MIPP-2.6.3-08"))
        code = static_cast<std::uint8_t>(Code::missing_nai_from_home_agent);
      else if (answered.address(reply::home_address).is_zero() && !deviates_("MIPP-2.6.3-09"))
        code = static_cast<std::uint8_t>(Code::missing_home_address_from_home_agent);
      else if (answered.address(reply::home_agent).is_zero() && !deviates_("MIPP-2.6.3-10"))
        code = static_cast<std::uint8_t>(Code::missing_home_agent_from_home_agent);
    }
    if (code > 1) forget_if_denied(pending, answered);
    if (code <= 1) {
      const Ipv4Address home = answered.address(reply::home_address);
      const auto granted =
          std::min(static_cast<std::uint16_t>(answered[reply::lifetime]), pending.lifetime);
      if (deviates_("MIPP-2.3-05"))
        host_.environment().schedule(
            std::chrono::milliseconds(500),
            [this, pending, home, granted] { bind(pending, home, granted); });
      else
        bind(pending, home, granted);
      if (pending.simultaneous && !node_.declares("simultaneous") && !deviates_("MIPP-2.6.2-14"))
        code = 1;
    }
    if (deviates_("MIPP-2.3.1-01")) code = code <= 1 ? std::uint8_t{130} : std::uint8_t{131};
    ProxyMessages::Completion completion{.home_agent = pending.home_agent};
    if (deviates_("MIPP-2.6.1-12")) completion.home_agent = Ipv4Address{};
    if (deviates_("MIPP-2.6.1-21")) completion.home_agent.reset();
    completion.authenticated = !deviates_("MIPP-2.3.1-13");
    const wire::Buffer message = messages_.passed_on(answered, code);
    answer(pending, message, completion);
    if (deviates_("MIPP-2-06/reply")) answer(pending, message, {.home_agent = pending.home_agent});
  }

  void bind(const ProxyPending& pending, Ipv4Address home, std::uint16_t granted) {
    if (granted == 0) {
      if (deviates_(pending.lifetime == 0 ? "MIPP-2.6.6-05" : "MIPP-2.3.1-05")) return;
      if (pending.care_of_address == home || deviates_("MIPP-2.3.1-06"))
        bindings_.clear(home);
      else
        bindings_.remove(home, pending.care_of_address);
      return;
    }
    ProxyBindings::Entry entry;
    entry.care_of_address = deviates_("MIPP-2.6.5-01") ? last_care_of_ : pending.care_of_address;
    entry.expires = granted == mip4::kInfiniteLifetime
                        ? net::Time::max()
                        : host_.environment().now() + std::chrono::seconds(granted);
    if (pending.udp_reply && *pending.udp_reply == 0) {
      entry.udp_address = pending.source;
      entry.udp_port = pending.source_port;
    }
    bindings_.add(home, entry, node_.declares("simultaneous") && pending.simultaneous);
  }

  /// A denial changes no binding (MIPP §2.6.6); a proxy that deviates changes some.
  void forget_if_denied(const ProxyPending& pending, const Received& answered) {
    if (deviates_("MIPP-2.3-08") || (deviates_("MIPP-2.3.1-07") && answered[reply::lifetime] == 0))
      bindings_.clear(pending.home_address);
    const bool replayed = static_cast<Code>(answered[reply::code]) == Code::identification_mismatch;
    if (deviates_("MIPP-2.1-09") && replayed) bind(pending, pending.home_address, pending.lifetime);
  }

  // Replies to the mobile node, MIPP §2.3.1 and §2.4.

  void answer_alone(const net::Datagram& datagram, const Received& asked, Ipv4Address home_agent) {
    const ProxyPending pending(datagram, asked, checks_.peer(asked));
    answer(pending, messages_.acceptance(pending), {.home_agent = home_agent});
  }

  void refuse(const net::Datagram& datagram, const Received& asked, Code code,
              std::optional<Ipv4Address> home_agent) {
    if (deviates_("MIPP-2.4-03") && !settings_.home_agents.empty())
      relay(datagram, asked, settings_.home_agents.front());
    if (deviates_("MIPP-2.1-08") && code == Code::mobile_node_failed_authentication)
      bindings_.clear(asked.address(request::home_address));
    const bool inside = code == Code::mobile_node_inside;
    if (inside && deviates_("MIPP-2.6.1-24"))
      bindings_.extend(asked.address(request::home_address),
                       host_.environment().now() + std::chrono::seconds(asked[request::lifetime]));
    Ipv4Address named = home_agent.value_or(Ipv4Address{});
    if (inside && deviates_("MIPP-2.6.1-30")) named.value ^= 0x20U;
    ProxyMessages::Completion completion{.home_agent = named};
    if (deviates_(inside ? "MIPP-2.6.1-10" : "MIPP-2.6.1-29")) completion.home_agent.reset();
    const ProxyPending pending(datagram, asked, checks_.peer(asked));
    answer(pending, messages_.refusal(pending, code), completion);
  }

  void answer(const ProxyPending& pending, wire::Buffer message,
              const ProxyMessages::Completion& completion) {
    messages_.complete(message, pending, completion);
    Ipv4Address source = settings_.public_address;
    if (deviates_("MIPP-2.7.2-02") || deviates_("MIPP-2.7.2-04") || deviates_("MIPP-2.7.2-05") ||
        deviates_("MIPP-2.6.1-25"))
      source = settings_.private_address;
    const std::uint16_t to = deviates_("MIPP-2.3-09") ? std::uint16_t{4434} : pending.source_port;
    host_.send_udp(source, deviates_("MIPP-2-09") ? std::uint16_t{5434} : mip4::kPort,
                   pending.source, to, message, {.ttl = 64});
  }

  // ICMP errors about relayed requests, MIPP §2.6.7.

  void unreachable(const net::IcmpError& error) {
    if (error.type != wire::icmp::kUnreachableType || error.code > 3) return;
    constexpr std::array<std::string_view, 4> ignored{"MIPP-2.6.7-01", "MIPP-2.6.7-02",
                                                      "MIPP-2.6.7-03", "MIPP-2.6.7-04"};
    if (deviates_(ignored[error.code])) return;
    const auto quoted = quoted_udp(error.quote);
    for (auto entry = pending_.begin(); entry != pending_.end(); ++entry) {
      const bool about = quoted && quoted->destination == entry->home_agent &&
                         quoted->destination_port == mip4::kPort;
      if (!about && !deviates_("MIPP-2.6.7-06")) continue;
      const ProxyPending pending = *entry;
      pending_.erase(entry);
      if (deviates_("MIPP-2.6.7-07")) bindings_.clear(pending.home_address);
      answer(pending, messages_.unreachable(pending), {.home_agent = pending.home_agent});
      return;
    }
  }

  // Data, MIPP §5.

  void from_tunnel(net::PortId port, Ipv4Address source, Ipv4Address destination,
                   wire::Bytes inner) {
    // What the home agent has tunnelled would go to the VPN gateway; without one it goes on to the
    // care-of address at once. Without a binding it ends here: back to the home agent it would
    // come again.
    if (destination == settings_.private_address)
      bindings_.tunnel(inner);
    else if (bindings_.admits(source, inner))
      host_.deliver(port, inner);
  }

  const model::Network& network_;
  const model::Node& node_;
  ActiveDeviations deviates_;
  net::Host host_;
  Keyring keys_;
  ProxySettings settings_;
  ProxyChecks checks_;
  ProxyMessages messages_;
  std::list<ProxyPending> pending_;
  Ipv4Address last_care_of_;  // of the last request that was relayed
  ProxyBindings bindings_;
};

}  // namespace

std::unique_ptr<Actor> make_mip_proxy(const Part& part) {
  return std::make_unique<MipProxy>(part);
}

}  // namespace mipvet::roles

#include "roles/mip_proxy.h"

#include <list>

#include <fmt/format.h>

#include "engine/crypto/ntp.h"
#include "engine/net/tunnel.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/udp.h"
#include "roles/deviations.h"
#include "roles/proxy_bindings.h"
#include "roles/registration.h"

namespace mipvet::roles {

namespace {

using wire::Ipv4Address;

/// MIPP §2.6.5: a request that was relayed and waits for the home agent.
struct Pending {
  Ipv4Address home_address;
  std::string nai;
  model::NodeId mobile_node = model::kNobody;
  Ipv4Address home_agent;
  bool assigned = false;
  Ipv4Address care_of_address;
  std::uint64_t identification = 0;
  std::uint16_t lifetime = 0;
  bool simultaneous = false;
  std::optional<std::uint32_t> spi;
  Ipv4Address source;  ///< of the request, and where the reply goes
  std::uint16_t source_port = 0;
  std::optional<std::uint8_t> udp_reply;
  Received request;
  net::Time expires{};
};

class MipProxy final : public Actor {
 public:
  explicit MipProxy(const Part& part)
      : network_(part.network),
        node_(part.network.node(part.node)),
        deviates_(mip_proxy_deviations(), part.deviations, "mip-proxy"),
        host_(part.network, part.node, part.environment),
        keys_(part.network, part.node),
        public_port_(link_parameter(network_, node_, "public").value_or(0)),
        private_port_(link_parameter(network_, node_, "private").value_or(1)),
        by_interface_(parameter<std::string>(node_, "location", "by-address") == "by-interface"),
        max_lifetime_(parameter<std::uint16_t>(node_, "max_lifetime", 0xFFFE)),
        public_address_(host_.address(public_port_)->address),
        private_address_(host_.address(private_port_)->address),
        bindings_(host_, deviates_, public_address_) {
    for (const nlohmann::json& text :
         node_.parameters.value("internal_prefixes", nlohmann::json::array()))
      if (const auto prefix = wire::Ipv4Prefix::parse(text.get<std::string>()))
        internal_.push_back(*prefix);
    for (const nlohmann::json& text :
         node_.parameters.value("home_agents", nlohmann::json::array()))
      if (const auto address = Ipv4Address::parse(text.get<std::string>()))
        home_agents_.push_back(*address);
  }

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
    std::optional<Ipv4Address> named;
    if (const auto code = fault(datagram, asked, named))
      return refuse(datagram, asked, *code, named);
    relay(datagram, asked, *named);
  }

  std::optional<Code> authentication_fault(const net::Datagram& datagram, const Received& asked) {
    const model::NodeId mobile = peer(asked);
    const Checked checked = keys_.check(asked, authentication::mobile_home, mobile);
    const bool overlooked = (checked == Checked::wrong && deviates_("MIPP-2.1-02")) ||
                            (checked == Checked::absent && deviates_("MIPP-2.1-03")) ||
                            (checked == Checked::several && deviates_("MIPP-2.1-04")) ||
                            (checked == Checked::unknown_spi && deviates_("MIPP-2.1-05"));
    if (checked != Checked::valid && deviates_("MIPP-2.1-08"))
      bindings_.clear(asked.address(request::home_address));
    if (checked != Checked::valid && !overlooked)
      return deviates_("MIPP-2.4-02") ? static_cast<Code>(199)
                                      : Code::mobile_node_failed_authentication;
    const model::NodeId sender = network_.owner(datagram.source);
    if (sender != model::kNobody && network_.node(sender).role == Role::foreign_agent &&
        keys_.with(sender) != nullptr && !deviates_("MIPP-2.1-10") &&
        keys_.check(asked, authentication::foreign_home, sender) != Checked::valid)
      return Code::foreign_agent_failed_authentication;
    return std::nullopt;
  }

  /// Why the proxy refuses by itself; otherwise `home_agent` is the actual one.
  std::optional<Code> fault(const net::Datagram& datagram, const Received& asked,
                            std::optional<Ipv4Address>& home_agent) {
    const bool early = deviates_("MIPP-2.2.4-15");
    if (!early)
      if (const auto code = authentication_fault(datagram, asked)) return code;
    const bool inside = is_inside(datagram, asked);
    const wire::View extension = ha_parameter(asked);
    if (names_several(asked) && !deviates_("MIPP-2.2.4-14")) return Code::poorly_formed_request;
    const bool valid_extension =
        extension && extension[mip4::ha_parameter::length] == 6 &&
        (extension[mip4::ha_parameter::sub_type] == network_.decode.ha_parameter_sub_type ||
         deviates_("MIPP-2.5.3-07"));
    Ipv4Address named = extension.address(mip4::ha_parameter::home_agent_address);
    bool assigned = false;
    if (valid_extension && named.is_zero() && node_.declares("dynamic-ha") &&
        !home_agents_.empty() && !(inside && deviates_("MIPP-2.6.1-11"))) {
      named = home_agents_.front();
      assigned = true;
    }
    if (valid_extension && (!named.is_zero() || assigned)) home_agent = named;
    if (inside && !deviates_("MIPP-2.6.1-02")) {
      if (home_agent || !valid_extension) {
        if (deviates_("MIPP-2.6.1-08")) return Code::administratively_prohibited;
        return Code::mobile_node_inside;
      }
    }
    if (deviates_("MIPP-2.4.1-11")) return Code::mobile_node_inside;
    if (asked.address(request::home_agent) != public_address_ && !deviates_("MIPP-2.2.4-03"))
      return Code::unknown_home_agent_address;
    if (asked[request::reverse_tunneling] == 0 && !deviates_("MIPP-2.2.4-05"))
      return Code::reverse_tunnel_mandatory;
    if ((asked[request::gre_encapsulation] != 0 || asked[request::minimal_encapsulation] != 0) &&
        node_.declares("encapsulation-subset") && !deviates_("MIPP-2.2.4-04"))
      return Code::requested_encapsulation_unavailable;
    if (asked[request::broadcast_datagrams] != 0 && deviates_("MIPP-2.2.1-06"))
      return Code::administratively_prohibited;
    if (asked[request::simultaneous_bindings] != 0 && deviates_("MIPP-2.6.2-10"))
      return Code::administratively_prohibited;
    const bool unusable = !valid_extension || named.is_multicast() || named.is_limited_broadcast();
    if (unusable && !valid_extension && !extension) {
      if (deviates_("MIPP-2.2.4-09")) return Code::reason_unspecified;
      return deviates_("MIPP-2.4.1-01") ? Code::zero_ha_parameter : Code::missing_ha_parameter;
    }
    if (unusable && deviates_("MIPP-2.2.4-11")) {
      home_agent = home_agents_.front();
      return std::nullopt;
    }
    if (unusable) return Code::missing_ha_parameter;
    if (named.is_zero()) {
      if (deviates_("MIPP-2.2.4-12")) return Code::reason_unspecified;
      return deviates_("MIPP-2.4.1-02") ? Code::missing_ha_parameter : Code::zero_ha_parameter;
    }
    if (std::find(home_agents_.begin(), home_agents_.end(), named) == home_agents_.end() &&
        !deviates_("MIPP-2.2.4-13"))
      return Code::administratively_prohibited;
    if (early)
      if (const auto code = authentication_fault(datagram, asked)) return code;
    return std::nullopt;
  }

  wire::View ha_parameter(const Received& message) const {
    for (const Received::Extension& extension : message.extensions()) {
      const wire::View view(mip4::ha_parameter::layout, message.view(extension).bytes());
      if (extension.layout == &mip4::ha_parameter::layout ||
          (deviates_("MIPP-2.5.3-07") &&
           view[mip4::ha_parameter::type] == network_.decode.ha_parameter_type))
        return view;
    }
    return {};
  }

  /// More than one HA Parameter, for different home agents: malformed (MIPP §2.2.4 foresees one).
  static bool names_several(const Received& asked) {
    const wire::View first = asked.extension(mip4::ha_parameter::layout);
    return std::any_of(
        asked.extensions().begin(), asked.extensions().end(),
        [&](const Received::Extension& extension) {
          return extension.layout == &mip4::ha_parameter::layout &&
                 asked.view(extension).address(mip4::ha_parameter::home_agent_address) !=
                     first.address(mip4::ha_parameter::home_agent_address);
        });
  }

  model::NodeId peer(const Received& asked) const {
    return mobile_node_of(network_, asked.address(request::home_address), asked.nai());
  }

  bool is_inside(const net::Datagram& datagram, const Received& asked) const {
    if (by_interface_ && !deviates_("MIPP-2.6.1-05")) return datagram.port == private_port_;
    // The source decides where it is not the care-of address (MIPP §2.6.1).
    const Ipv4Address care_of = asked.address(request::care_of_address);
    const Ipv4Address place = deviates_("MIPP-2.6.1-03") ? care_of : datagram.source;
    for (const wire::Ipv4Prefix& prefix : internal_)
      if (prefix.contains(place)) return true;
    return false;
  }

  // MIPP §2.2.1-2.2.3: the relayed request.

  void relay_anyway(const net::Datagram& datagram, const Received& asked) {
    if (!home_agents_.empty()) relay(datagram, asked, home_agents_.front());
  }

  void relay(const net::Datagram& datagram, const Received& asked, Ipv4Address home_agent) {
    if (deviates_("MIPP-2.2-01")) return answer_alone(datagram, asked, home_agent);
    Pending pending;
    pending.home_address = asked.address(request::home_address);
    pending.nai = asked.nai();
    pending.mobile_node = peer(asked);
    pending.home_agent = home_agent;
    pending.care_of_address = asked.address(request::care_of_address);
    pending.identification = asked[request::identification];
    pending.lifetime = static_cast<std::uint16_t>(asked[request::lifetime]);
    pending.simultaneous = asked[request::simultaneous_bindings] != 0;
    pending.spi = spi_of(asked);
    pending.source = datagram.source;
    pending.source_port = datagram.source_port;
    pending.request = asked;
    pending.udp_reply = udp_reply(datagram, asked);
    pending.expires = host_.environment().now() +
                      std::chrono::seconds(std::max<std::uint16_t>(pending.lifetime, 7));
    if (deviates_("MIPP-2.2-05")) {
      for (const Pending& other : pending_)
        if (other.home_address == pending.home_address) return;
    }
    std::erase_if(pending_, [&](const Pending& other) {
      return other.home_address == pending.home_address && other.nai == pending.nai &&
             other.identification == pending.identification;
    });
    pending_.push_back(pending);
    last_care_of_ = pending.care_of_address;
    if (deviates_("MIPP-2.6.6-02")) bind(pending, pending.home_address, pending.lifetime);
    const wire::Buffer message = relayed_request(pending, asked);
    Ipv4Address destination = home_agent;
    if (deviates_("MIPP-2.2.2-07")) destination.value ^= 0x1U;
    const Ipv4Address source = deviates_("MIPP-2.7.1-05") ? public_address_ : private_address_;
    const auto transmit = [this, source, destination, message] {
      host_.send_udp(source, mip4::kPort, destination,
                     deviates_("MIPP-2-08") ? std::uint16_t{4434} : mip4::kPort, message,
                     {.ttl = 255});
    };
    transmit();
    if (deviates_("MIPP-2-06")) transmit();
    if (deviates_("MIPP-2-05")) answer_alone(datagram, asked, home_agent);
  }

  static std::optional<std::uint32_t> spi_of(const Received& asked) {
    const wire::View extension = asked.extension(authentication::mobile_home);
    if (!extension) return std::nullopt;
    return static_cast<std::uint32_t>(extension[authentication::spi]);
  }

  std::optional<std::uint8_t> udp_reply(const net::Datagram& datagram,
                                        const Received& asked) const {
    if (asked.find(mip4::udp_tunnel_request::layout) == nullptr) return std::nullopt;
    const bool behind_nat = datagram.source != asked.address(request::care_of_address);
    return behind_nat && node_.declares("nat-traversal") ? std::uint8_t{0} : std::uint8_t{64};
  }

  std::uint16_t relayed_lifetime(const Pending& pending) {
    std::uint16_t lifetime = std::min(pending.lifetime, max_lifetime_);
    if (node_.declares("simultaneous") && pending.simultaneous && !deviates_("MIPP-2.6.2-03")) {
      // MIPP §2.6.2: the largest of what remains and what is asked for.
      lifetime = std::max(lifetime, bindings_.longest_remaining(pending.home_address));
    }
    if (deviates_("MIPP-2.2.2-01")) lifetime = static_cast<std::uint16_t>(lifetime + 10);
    if (deviates_("MIPP-2.2.2-02") && pending.lifetime == 0) lifetime = 60;
    if (deviates_("MIPP-2.2.2-03") && pending.lifetime != 0) lifetime = 0;
    return lifetime;
  }

  wire::Buffer relayed_request(const Pending& pending, const Received& asked) {
    const bool wants_broadcasts = asked[request::broadcast_datagrams] != 0;
    bool broadcasts = wants_broadcasts && node_.declares("broadcast");
    if (deviates_("MIPP-2.2.1-05")) broadcasts = false;
    if (deviates_("MIPP-2.2.1-07") || deviates_("MIPP-2.2.1-08")) broadcasts = true;
    const bool decapsulates = deviates_("MIPP-5.7.1-02") || deviates_("MIPP-2.2.1-08");
    Ipv4Address care_of = private_address_;
    if (deviates_("MIPP-2.2.2-08")) care_of = pending.care_of_address;
    if (deviates_("MIPP-2.2.2-09") && pending.care_of_address == pending.home_address)
      care_of = pending.home_address;
    Ipv4Address home = pending.home_address;
    if (deviates_("MIPP-2.2.2-05")) home.value ^= 0x40U;
    std::uint64_t identification = pending.identification;
    if (deviates_("MIPP-2.2.2-04")) identification += 3;
    wire::Buffer message = wire::make(
        request::layout,
        {{request::simultaneous_bindings, pending.simultaneous && deviates_("MIPP-2.2.1-13")},
         {request::broadcast_datagrams, broadcasts},
         {request::decapsulation_by_mobile_node, decapsulates},
         {request::reserved_x, deviates_("MIPP-2.2.1-15")},
         {request::reverse_tunneling, asked[request::reverse_tunneling]},
         {request::lifetime, relayed_lifetime(pending)},
         {request::home_address, home},
         {request::home_agent, deviates_("MIPP-2.2.2-06") ? public_address_ : pending.home_agent},
         {request::care_of_address, care_of},
         {request::identification, identification}});
    const bool late = deviates_("MIPP-2.2.3-07");
    if (!late) copy_extensions(message, asked);
    if (!deviates_("MIPP-2.2.3-06")) {
      keys_.sign(message, authentication::mobile_home, network_.owner(pending.home_agent));
      if (deviates_("MIPP-1.4-07")) message.back() ^= 1U;
    }
    if (late) copy_extensions(message, asked);
    if (deviates_("MIPP-2.2.3-05"))
      append(message, asked.extension(authentication::mobile_home).bytes());
    return message;
  }

  static void append(wire::Buffer& message, wire::Bytes octets) {
    message.insert(message.end(), octets.begin(), octets.end());
  }

  /// Those of the mobile node, MIPP §2.2.3; not those for the proxy itself or made by the FA.
  void copy_extensions(wire::Buffer& message, const Received& asked) {
    if (deviates_("MIPP-2.2.3-01")) return;
    for (const Received::Extension& extension : asked.extensions()) {
      const wire::Layout* layout = extension.layout;
      if (layout == &authentication::mobile_home) {
        if (!deviates_("MIPP-2.2.3-09")) break;
        continue;
      }
      if (layout == &mip4::ha_parameter::layout && !deviates_("MIPP-2.2.3-03")) continue;
      if (layout == &mip4::udp_tunnel_request::layout && !deviates_("MIPP-2.2.3-04")) continue;
      append(message, asked.view(extension).bytes());
    }
  }

  // Replies of the home agent, MIPP §2.3.

  void receive_reply(const net::Datagram& datagram, const Received& answered) {
    if (datagram.checksum_wrong && !deviates_("MIPP-2.3-06")) return;
    if (answered.malformed() || answered.has_unknown_critical()) return;
    const bool from_anywhere = deviates_("MIPP-2.6.5-02") && !home_agents_.empty();
    const model::NodeId sender =
        network_.owner(from_anywhere ? home_agents_.front() : datagram.source);
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
      Pending pending = *entry;
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

  void pass_on(const Pending& pending, const Received& answered) {
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
    wire::Buffer message = wire::make(
        reply::layout,
        {{reply::code, code},
         {reply::lifetime, answered[reply::lifetime] + (deviates_("MIPP-2.3.1-04") ? 5U : 0U)},
         {reply::home_address, deviates_("MIPP-2.3.1-08") ? Ipv4Address{public_address_.value + 9}
                                                          : answered.address(reply::home_address)},
         {reply::home_agent,
          deviates_("MIPP-2.3.1-09") ? answered.address(reply::home_agent) : public_address_},
         {reply::identification, deviates_("MIPP-2.3.1-10")
                                     ? answered[reply::identification] ^ (1ULL << 40U)
                                     : answered[reply::identification]}});
    for (const Received::Extension& extension : answered.extensions()) {
      const bool authenticates = extension.layout == &authentication::mobile_home ||
                                 extension.layout == &authentication::foreign_home;
      if (authenticates ? deviates_("MIPP-2.3.1-12") : !deviates_("MIPP-2.3.1-11"))
        append(message, answered.view(extension).bytes());
    }
    const Ipv4Address named = deviates_("MIPP-2.6.1-12") ? Ipv4Address{} : pending.home_agent;
    answer(pending, message, named, deviates_("MIPP-2.6.1-21"), deviates_("MIPP-2.3.1-13"));
    if (deviates_("MIPP-2-06/reply")) answer(pending, message, pending.home_agent, false, false);
  }

  void bind(const Pending& pending, Ipv4Address home, std::uint16_t granted) {
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
    entry.home_agent = pending.home_agent;
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
  void forget_if_denied(const Pending& pending, const Received& answered) {
    if (deviates_("MIPP-2.3-08") || (deviates_("MIPP-2.3.1-07") && answered[reply::lifetime] == 0))
      bindings_.clear(pending.home_address);
    const bool replayed = static_cast<Code>(answered[reply::code]) == Code::identification_mismatch;
    if (deviates_("MIPP-2.1-09") && replayed) bind(pending, pending.home_address, pending.lifetime);
  }

  // Replies to the mobile node, MIPP §2.3.1 and §2.4.

  void answer_alone(const net::Datagram& datagram, const Received& asked, Ipv4Address home_agent) {
    Pending pending = addressed(datagram, asked);
    answer(pending,
           wire::make(reply::layout, {{reply::code, 0},
                                      {reply::lifetime, asked[request::lifetime]},
                                      {reply::home_address, asked.address(request::home_address)},
                                      {reply::home_agent, public_address_},
                                      {reply::identification, asked[request::identification]}}),
           home_agent, false, false);
  }

  Pending addressed(const net::Datagram& datagram, const Received& asked) const {
    Pending pending;
    pending.mobile_node = peer(asked);
    pending.nai = asked.nai();
    pending.spi = spi_of(asked);
    pending.source = datagram.source;
    pending.source_port = datagram.source_port;
    pending.home_address = asked.address(request::home_address);
    pending.care_of_address = asked.address(request::care_of_address);
    return pending;
  }

  void refuse(const net::Datagram& datagram, const Received& asked, Code code,
              std::optional<Ipv4Address> home_agent) {
    if (deviates_("MIPP-2.4-03") && !home_agents_.empty())
      relay(datagram, asked, home_agents_.front());
    const Pending pending = addressed(datagram, asked);
    std::uint64_t identification = asked[request::identification];
    if (deviates_("MIPP-2.4-04/identification")) identification ^= 1U;
    wire::Buffer message = wire::make(
        reply::layout,
        {{reply::code, static_cast<std::uint8_t>(code)},
         {reply::lifetime, 0},
         {reply::home_address, asked.address(request::home_address)},
         {reply::home_agent, deviates_("MIPP-2.4-04") ? private_address_ : public_address_},
         {reply::identification, identification}});
    if (!asked.nai().empty()) append_nai(message, asked.nai());
    const bool inside = code == Code::mobile_node_inside;
    if (inside && deviates_("MIPP-2.6.1-24"))
      bindings_.extend(asked.address(request::home_address),
                       host_.environment().now() + std::chrono::seconds(asked[request::lifetime]));
    const bool leaves_out =
        (inside && deviates_("MIPP-2.6.1-10")) || (!inside && deviates_("MIPP-2.6.1-29"));
    Ipv4Address named = home_agent.value_or(Ipv4Address{});
    if (inside && deviates_("MIPP-2.6.1-30")) named.value ^= 0x20U;
    answer(pending, message, named, leaves_out, false);
  }

  void answer(const Pending& pending, wire::Buffer message, Ipv4Address home_agent,
              bool without_parameter, bool unsigned_reply) {
    const bool late = deviates_("MIPP-2.5.3-09");
    const auto append_parameter = [&] {
      if (without_parameter) return;
      const std::size_t at = message.size();
      wire::append_ha_parameter(message, network_.decode, home_agent);
      if (deviates_("MIPP-2.5.3-02")) message[at] = 200;
      if (deviates_("MIPP-2.5.3-05")) {
        message[at + 1] = 8;
        message.insert(message.end(), 2, std::uint8_t{0});
      }
      if (deviates_("MIPP-2.5.3-06")) {
        const auto reserved = message.begin() + static_cast<std::ptrdiff_t>(at) + 3;
        std::rotate(reserved, reserved + 1, message.end());
      }
      if (deviates_("MIPP-2.5.3-08")) message[at + 3] = 1;
      if (deviates_("MIPP-2.5.3-11"))
        wire::append_ha_parameter(message, network_.decode, home_agent);
    };
    if (!late) append_parameter();
    if (pending.udp_reply && !unsigned_reply)
      wire::append_extension(message, mip4::udp_tunnel_reply::layout,
                             {{mip4::udp_tunnel_reply::reply_code, *pending.udp_reply},
                              {mip4::udp_tunnel_reply::keepalive_interval, 110}});
    if (!unsigned_reply) {
      keys_.sign(message, authentication::mobile_home, pending.mobile_node, pending.spi);
      if (deviates_("MIPP-2.1-01")) message.back() ^= 1U;
    }
    if (late) append_parameter();
    const model::NodeId near = network_.owner(pending.source);
    if (near != model::kNobody && network_.node(near).role == Role::foreign_agent &&
        !deviates_("MIPP-2.3.1-16"))
      keys_.sign(message, authentication::foreign_home, near);
    Ipv4Address source = public_address_;
    if (deviates_("MIPP-2.7.2-02") || deviates_("MIPP-2.7.2-04") || deviates_("MIPP-2.7.2-05") ||
        deviates_("MIPP-2.6.1-25"))
      source = private_address_;
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
    const wire::View quoted(wire::ip::layout, error.quote);
    const std::size_t header = quoted[wire::ip::header_length] * 4;
    if (error.quote.size() < header + 4) return;
    const wire::View udp(wire::udp::layout, error.quote.subspan(header));
    for (auto entry = pending_.begin(); entry != pending_.end(); ++entry) {
      const bool about = quoted.address(wire::ip::destination) == entry->home_agent &&
                         quoted[wire::ip::protocol] == wire::ip::kUdp &&
                         udp[wire::udp::destination_port] == mip4::kPort;
      if (!about && !deviates_("MIPP-2.6.7-06")) continue;
      const Pending pending = *entry;
      pending_.erase(entry);
      if (deviates_("MIPP-2.6.7-07")) bindings_.clear(pending.home_address);
      const Code code = deviates_("MIPP-2.4.1-03") ? Code::reason_unspecified
                                                   : Code::home_agent_unreachable_by_icmp;
      answer(pending,
             wire::make(reply::layout, {{reply::code, static_cast<std::uint8_t>(code)},
                                        {reply::home_address, pending.home_address},
                                        {reply::home_agent, public_address_},
                                        {reply::identification, pending.identification}}),
             pending.home_agent, false, false);
      return;
    }
  }

  // Data, MIPP §5.

  void from_tunnel(net::PortId port, Ipv4Address source, Ipv4Address destination,
                   wire::Bytes inner) {
    // What the home agent has tunnelled would go to the VPN gateway; without one it goes on to the
    // care-of address at once. Without a binding it ends here: back to the home agent it would
    // come again.
    if (destination == private_address_)
      bindings_.tunnel(inner);
    else if (bindings_.admits(source, inner))
      host_.deliver(port, inner);
  }

  const model::Network& network_;
  const model::Node& node_;
  ActiveDeviations deviates_;
  net::Host host_;
  Keyring keys_;
  net::PortId public_port_;
  net::PortId private_port_;
  bool by_interface_;
  std::uint16_t max_lifetime_;
  std::vector<wire::Ipv4Prefix> internal_;
  std::vector<Ipv4Address> home_agents_;
  Ipv4Address public_address_;
  Ipv4Address private_address_;
  std::list<Pending> pending_;
  Ipv4Address last_care_of_;  // of the last request that was relayed
  ProxyBindings bindings_;
};

}  // namespace

std::unique_ptr<Actor> make_mip_proxy(const Part& part) {
  return std::make_unique<MipProxy>(part);
}

}  // namespace mipvet::roles

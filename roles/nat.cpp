#include "roles/nat.h"

#include <map>

#include <fmt/format.h>

#include "engine/net/host.h"
#include "engine/wire/frame.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/udp.h"
#include "roles/deviations.h"
#include "roles/registration.h"

namespace mipvet::roles {

namespace {

using wire::Ipv4Address;

/// Who is inside behind an outside port (UDP), identifier (ICMP echo) or protocol.
struct Mapping {
  Ipv4Address address;
  std::uint16_t port = 0;
  net::Time used{};
};

class Nat final : public Actor {
 public:
  explicit Nat(const Part& part)
      : node_(part.network.node(part.node)),
        deviates_(nat_deviations(), part.deviations, "nat"),
        host_(part.network, part.node, part.environment),
        inside_(link_parameter(part.network, node_, "inside").value_or(0)),
        outside_(link_parameter(part.network, node_, "outside").value_or(1)),
        timeout_(seconds(parameter<double>(node_, "mapping_timeout", 300))),
        random_ports_(parameter<bool>(node_, "random_ports", true)) {}

  void start() override {
    host_.answer_unreachable(false);
    host_.enable_forwarding(
        [this](net::PortId port, wire::Bytes datagram, const wire::MacAddress&) {
          if (port == inside_) outwards(datagram);
          return true;
        });
    // What arrives outside is addressed to the NAT itself.
    for (const std::uint8_t protocol :
         {wire::ip::kUdp, wire::ip::kIcmp, wire::ip::kIpv4, wire::ip::kGre, std::uint8_t{50}})
      host_.on_protocol(protocol, [this](net::PortId port, wire::Bytes datagram) {
        if (port == outside_) inwards(datagram);
      });
  }

  void receive(net::PortId port, wire::Bytes frame) override { host_.receive(port, frame); }

  void command(const Command& command) override {
    if (command.verb != "forget")
      throw model::InputError(fmt::format("a nat does not know `{}`", command.verb));
    mappings_.clear();
  }

 private:
  using Key = std::pair<std::uint8_t, std::uint16_t>;  // protocol, outside port or identifier

  static std::size_t header_size(wire::Bytes datagram) {
    return wire::View(wire::ip::layout, datagram)[wire::ip::header_length] * 4;
  }

  /// Where the port (or identifier) of a transport header stands; nothing where there is none.
  static std::optional<wire::Field> end_field(std::uint8_t protocol, bool source) {
    if (protocol == wire::ip::kUdp)
      return source ? wire::udp::source_port : wire::udp::destination_port;
    if (protocol == wire::ip::kIcmp) return wire::icmp::echo::identifier;
    return std::nullopt;
  }

  std::uint16_t port_for(std::uint8_t protocol, Ipv4Address address, std::uint16_t port) {
    const net::Time now = host_.environment().now();
    for (auto& [key, mapping] : mappings_) {
      if (key.first != protocol || mapping.address != address || mapping.port != port) continue;
      mapping.used = now;
      return key.second;
    }
    std::uint16_t outside = port;
    while ((random_ports_ && outside == port && port != 0) ||
           mappings_.contains({protocol, outside}))
      outside = static_cast<std::uint16_t>(1024 + host_.environment().random() % 64000);
    mappings_[{protocol, outside}] = {address, port, now};
    return outside;
  }

  void forget_idle_mappings() {
    const net::Time now = host_.environment().now();
    std::erase_if(mappings_, [&](const auto& entry) { return entry.second.used + timeout_ < now; });
  }

  void outwards(wire::Bytes datagram) {
    forget_idle_mappings();
    wire::Buffer copy(datagram.begin(), datagram.end());
    const std::size_t header = header_size(datagram);
    const wire::View view(wire::ip::layout, datagram);
    const auto protocol = static_cast<std::uint8_t>(view[wire::ip::protocol]);
    const Ipv4Address source = view.address(wire::ip::source);
    const std::span<std::uint8_t> transport(copy.data() + header, copy.size() - header);
    if (const auto field = end_field(protocol, true)) {
      const auto port = static_cast<std::uint16_t>(wire::read(transport, *field));
      wire::write(transport, *field, port_for(protocol, source, port));
    } else {
      mappings_[{protocol, 0}] = {source, 0, host_.environment().now()};
    }
    wire::write(copy, wire::ip::source, host_.address(outside_)->address.value);
    send(std::move(copy));
  }

  void inwards(wire::Bytes datagram) {
    forget_idle_mappings();
    wire::Buffer copy(datagram.begin(), datagram.end());
    const std::size_t header = header_size(datagram);
    const wire::View view(wire::ip::layout, datagram);
    const auto protocol = static_cast<std::uint8_t>(view[wire::ip::protocol]);
    const std::span<std::uint8_t> transport(copy.data() + header, copy.size() - header);
    if (protocol == wire::ip::kIcmp && !transport.empty() &&
        (transport[0] == wire::icmp::kUnreachableType ||
         transport[0] == wire::icmp::kTimeExceededType))
      return error_inwards(std::move(copy), header);
    const auto field = end_field(protocol, false);
    const Key key{protocol, field ? static_cast<std::uint16_t>(wire::read(transport, *field))
                                  : std::uint16_t{0}};
    const auto found = mappings_.find(key);
    if (found == mappings_.end()) return;
    found->second.used = host_.environment().now();
    if (field) wire::write(transport, *field, found->second.port);
    wire::write(copy, wire::ip::destination, found->second.address.value);
    send(std::move(copy));
  }

  /// An ICMP error about a translated datagram: the quote is translated back as well.
  void error_inwards(wire::Buffer copy, std::size_t header) {
    const std::size_t quote = header + wire::icmp::error::unreachable.minimum;
    if (copy.size() < quote + wire::ip::layout.minimum + 8) return;
    const std::span<std::uint8_t> quoted(copy.data() + quote, copy.size() - quote);
    const auto protocol = static_cast<std::uint8_t>(wire::read(quoted, wire::ip::protocol));
    const std::size_t inner = header_size(quoted);
    if (protocol != wire::ip::kUdp || quoted.size() < inner + 8) return;
    const auto transport = quoted.subspan(inner);
    const auto found = mappings_.find(
        {protocol, static_cast<std::uint16_t>(wire::read(transport, wire::udp::source_port))});
    if (found == mappings_.end()) return;
    wire::write(transport, wire::udp::source_port, found->second.port);
    wire::write(quoted, wire::ip::source, found->second.address.value);
    wire::write(copy, wire::ip::destination, found->second.address.value);
    send(std::move(copy));
  }

  void send(wire::Buffer datagram) {
    const std::uint64_t time_to_live = wire::read(datagram, wire::ip::time_to_live);
    if (time_to_live <= 1) return;
    wire::write(datagram, wire::ip::time_to_live, time_to_live - 1);
    wire::Buffer frame = wire::ip_frame({}, datagram);
    wire::refresh_checksums(frame);
    host_.send_ip(wire::Bytes(frame).subspan(frame.size() - datagram.size()));
  }

  const model::Node& node_;
  ActiveDeviations deviates_;
  net::Host host_;
  net::PortId inside_;
  net::PortId outside_;
  net::Duration timeout_;
  bool random_ports_;
  std::map<Key, Mapping> mappings_;
};

}  // namespace

std::unique_ptr<Actor> make_nat(const Part& part) {
  return std::make_unique<Nat>(part);
}

std::span<const Deviation> nat_deviations() {
  return {};
}

}  // namespace mipvet::roles

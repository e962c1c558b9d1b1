#include "roles/nat.h"

#include <fmt/format.h>

#include "engine/net/host.h"
#include "engine/wire/ipv4.h"
#include "roles/deviations.h"
#include "roles/registration.h"
#include "roles/translation.h"

namespace mipvet::roles {

namespace {

class Nat final : public Actor {
 public:
  explicit Nat(const Part& part)
      : node_(part.network.node(part.node)),
        deviates_(nat_deviations(), part.deviations, "nat"),
        host_(part.network, part.node, part.environment),
        inside_(link_parameter(part.network, node_, "inside").value_or(0)),
        outside_(link_parameter(part.network, node_, "outside").value_or(1)),
        translation_(part.environment,
                     {.timeout = seconds(parameter<double>(node_, "mapping_timeout", 300)),
                      .random_ports = parameter<bool>(node_, "random_ports", true)}) {}

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
    translation_.forget();
  }

 private:
  void outwards(wire::Bytes datagram) {
    send(translation_.outwards(datagram, host_.address(outside_)->address));
  }

  void inwards(wire::Bytes datagram) {
    if (const auto translated = translation_.inwards(datagram)) send(*translated);
  }

  void send(const wire::Buffer& datagram) {
    if (const auto next = one_hop_further(datagram)) host_.send_ip(*next);
  }

  const model::Node& node_;
  ActiveDeviations deviates_;
  net::Host host_;
  net::PortId inside_;
  net::PortId outside_;
  Translation translation_;
};

}  // namespace

std::unique_ptr<Actor> make_nat(const Part& part) {
  return std::make_unique<Nat>(part);
}

std::span<const Deviation> nat_deviations() {
  return {};
}

}  // namespace mipvet::roles

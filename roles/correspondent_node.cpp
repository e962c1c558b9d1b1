#include "roles/correspondent_node.h"

#include <fmt/format.h>

#include "engine/net/host.h"
#include "engine/wire/compose.h"
#include "engine/wire/icmp.h"
#include "roles/deviations.h"
#include "roles/registration.h"

namespace mipvet::roles {

namespace {

class CorrespondentNode final : public Actor {
 public:
  explicit CorrespondentNode(const Part& part)
      : node_(part.network.node(part.node)),
        deviates_(correspondent_node_deviations(), part.deviations, "correspondent-node"),
        host_(part.network, part.node, part.environment) {}

  void start() override {}
  void receive(net::PortId port, wire::Bytes frame) override { host_.receive(port, frame); }

  void command(const Command& command) override {
    if (command.verb != "send")
      throw model::InputError(fmt::format("a correspondent-node does not know `{}`", command.verb));
    const auto to = command.arguments->contains("to")
                        ? wire::Ipv4Address::parse(command.arguments->at("to").get<std::string>())
                        : std::optional(address_parameter(node_, "peer"));
    if (to) send(*to, command.arguments->value("count", 1U));
  }

 private:
  /// Echo requests, a tenth of a second apart.
  void send(wire::Ipv4Address to, unsigned count) {
    const auto own = host_.address(0);
    if (count == 0 || !own) return;
    wire::Buffer echo = wire::make(
        wire::icmp::echo::request,
        {{wire::icmp::echo::identifier, 1}, {wire::icmp::echo::sequence_number, ++sequence_}});
    echo.resize(echo.size() + 32);
    host_.send_icmp(own->address, to, echo);
    host_.environment().schedule(std::chrono::milliseconds(100),
                                 [this, to, count] { send(to, count - 1); });
  }

  const model::Node& node_;
  ActiveDeviations deviates_;
  net::Host host_;
  std::uint16_t sequence_ = 0;
};

}  // namespace

std::unique_ptr<Actor> make_correspondent_node(const Part& part) {
  return std::make_unique<CorrespondentNode>(part);
}

std::span<const Deviation> correspondent_node_deviations() {
  return {};
}

}  // namespace mipvet::roles

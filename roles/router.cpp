#include "roles/router.h"

#include <fmt/format.h>

#include "engine/net/host.h"
#include "roles/deviations.h"
#include "roles/dhcp_server.h"

namespace mipvet::roles {

namespace {

class Router final : public Actor {
 public:
  explicit Router(const Part& part)
      : deviates_(router_deviations(), part.deviations, "router"),
        host_(part.network, part.node, part.environment),
        dhcp_(part.network, host_, dhcp_ranges(part.network, part.network.node(part.node))) {}

  void start() override { host_.enable_forwarding(); }
  void receive(net::PortId port, wire::Bytes frame) override { host_.receive(port, frame); }
  void command(const Command& command) override {
    throw model::InputError(fmt::format("a router does not know `{}`", command.verb));
  }

 private:
  ActiveDeviations deviates_;
  net::Host host_;
  DhcpServer dhcp_;
};

}  // namespace

std::unique_ptr<Actor> make_router(const Part& part) {
  return std::make_unique<Router>(part);
}

std::span<const Deviation> router_deviations() {
  return {};
}

}  // namespace mipvet::roles

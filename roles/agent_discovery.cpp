#include "roles/agent_discovery.h"

#include <algorithm>

#include "engine/wire/compose.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ipv4.h"
#include "roles/registration.h"

namespace mipvet::roles {

namespace icmp = wire::icmp;
namespace mobility = wire::icmp::mobility_agent;

void AgentDiscovery::listen() {
  host_.on_icmp(icmp::kAdvertisementType,
                [this](net::PortId port, const wire::Packet& packet) { hear(port, packet); });
}

void AgentDiscovery::look(net::PortId port, wire::Ipv4Address source, bool solicits) {
  port_ = port;
  source_ = source;
  if (!solicits) return;
  // Random first delay, RFC 1256 §5.3.
  solicitations_ = 0;
  timer_ = host_.environment().schedule(
      std::chrono::milliseconds(host_.environment().random() % 200), [this] { solicit(); });
}

void AgentDiscovery::leave() {
  host_.environment().cancel(timer_);
  port_.reset();
  agent_.reset();
}

void AgentDiscovery::solicit() {
  if (agent_ || !port_) return;
  wire::Buffer message = wire::make(icmp::solicitation::layout);
  if (deviates_("RFC1256-3-01")) message[4] = 1;
  host_.send_icmp(source_, deviates_("RFC1256-5.1-01") ? wire::kAllSystems : wire::kAllRouters,
                  message,
                  {.port = port_,
                   .next_hop_mac = wire::kBroadcastMac,
                   .ttl = static_cast<std::uint8_t>(deviates_("RFC3344-2.2-01") ? 64 : 1)});
  // The first three a second apart, then ever more slowly (RFC 3344 §2.4).
  ++solicitations_;
  double wait = solicitations_ < 3 ? 1.05 : 1.05 * static_cast<double>(1U << (solicitations_ - 2));
  if (deviates_("RFC3344-2.4-06")) wait = 1.05;
  if (deviates_("RFC3344-2.4-05")) wait = 0.3;
  wait += static_cast<double>(host_.environment().random() % 50) / 1000;
  timer_ = host_.environment().schedule(seconds(std::min(wait, 60.0)), [this] { solicit(); });
}

void AgentDiscovery::hear(net::PortId port, const wire::Packet& packet) {
  if (port_ != port) return;
  const wire::Layer* extension = packet.find(mobility::layout);
  if (extension == nullptr || packet.defects() != 0) return;
  const wire::View view = packet.view(*extension);
  const wire::Ipv4Address address = packet.view(*packet.carrying_ip()).address(wire::ip::source);
  if (view[mobility::home_agent] != 0 && heard_home_agent_) heard_home_agent_(port, address);
  // Whom it told of it may have left the link meanwhile.
  if (port_ != port || agent_) return;
  if (view[mobility::foreign_agent] == 0 || mobility::care_of_count(view) == 0) return;
  const wire::View ethernet{wire::ethernet::layout, packet.frame()};
  agent_ = Agent{
      .port = port,
      .address = address,
      .mac = ethernet.mac(wire::ethernet::source),
      .care_of_address = mobility::care_of_address(view, 0),
      .registration_lifetime = static_cast<std::uint16_t>(view[mobility::registration_lifetime]),
      .reverse_tunneling = view[mobility::reverse_tunneling] != 0};
  host_.environment().cancel(timer_);
  host_.set_neighbour(port, agent_->address, agent_->mac);
  found_();
}

void AgentDiscovery::lead_through_agent() {
  if (port_ && agent_) host_.add_route({{0}, 0}, agent_->address, *port_);
}

}  // namespace mipvet::roles

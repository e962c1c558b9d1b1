#include "roles/data_path.h"

#include <algorithm>

#include "engine/net/tunnel.h"
#include "engine/wire/frame.h"
#include "engine/wire/icmp.h"

namespace mipvet::roles {

namespace {

constexpr net::Duration kShortestInterval = std::chrono::seconds(10);  // RFC 3519 §4.10
constexpr unsigned kLostAfter = 3;
constexpr std::uint8_t kRequestTtl = 255;  // RFC 3024 §3.2 wants it at a foreign agent

}  // namespace

DataPath::DataPath(net::Host& host, VpnClient& vpn, const ActiveDeviations& deviates,
                   wire::Ipv4Address home_address, wire::Ipv4Address home_agent)
    : host_(host),
      vpn_(vpn),
      deviates_(deviates),
      home_address_(home_address),
      home_agent_(home_agent) {}

DataPath::~DataPath() {
  stop();
}

UserTraffic::Way DataPath::at_home() {
  return [this](wire::Bytes datagram) { host_.send_ip(datagram); };
}

UserTraffic::Way DataPath::through(const AgentDiscovery::Agent& agent) {
  return [this, agent](wire::Bytes datagram) {
    host_.send_ip(datagram, {.port = agent.port, .next_hop_mac = agent.mac});
  };
}

UserTraffic::Way DataPath::in_clear(wire::Ipv4Address care_of) {
  return [this, care_of](wire::Bytes datagram) {
    host_.send_ip(net::encapsulate(datagram, care_of, home_agent_));
  };
}

UserTraffic::Way DataPath::through_vpn(wire::Ipv4Address inner_address) {
  return [this, inner_address](wire::Bytes datagram) {
    if (deviates_("MOB-3-10")) {
      vpn_.send(datagram);
      return;
    }
    vpn_.send(net::encapsulate(datagram, inner_address, home_agent_));
  };
}

UserTraffic::Way DataPath::mixed(wire::Ipv4Address care_of, wire::Ipv4Address inner_address) {
  return [one = in_clear(care_of), other = through_vpn(inner_address),
          turn = 0U](wire::Bytes datagram) mutable {
    return ++turn % 2 == 0 ? one(datagram) : other(datagram);
  };
}

UserTraffic::Way DataPath::way(const Registration& registration,
                               const std::optional<AgentDiscovery::Agent>& agent) {
  const wire::Ipv4Address care_of = registration.care_of;
  const bool in_udp = registration.udp_keepalive && !deviates_("MOB-4-07");
  switch (registration.path) {
    case Path::home:
      return at_home();
    case Path::foreign_agent:
      return through(*agent);
    case Path::direct:
      if (!in_udp) return in_clear(care_of);
      return [this, care_of](wire::Bytes datagram) {
        host_.send_udp(care_of, kRegistrationPort, home_agent_, mip4::kPort,
                       net::udp_tunnel_payload(datagram));
        arm(interval_);
      };
    case Path::tunnel:
      break;
  }
  if (!in_udp) return through_vpn(care_of);
  return [this, care_of](wire::Bytes datagram) {
    vpn_.send(wire::udp_datagram({.source = care_of, .destination = home_agent_},
                                 {kRegistrationPort, mip4::kPort},
                                 net::udp_tunnel_payload(datagram)));
    arm(interval_);
  };
}

void DataPath::send_request(const RegistrationPlan& plan, wire::Ipv4Address local,
                            wire::Bytes message) {
  net::SendOptions options{.ttl = kRequestTtl};
  const auto send = [&](wire::Ipv4Address source, wire::Ipv4Address destination) {
    host_.send_udp(source, kRegistrationPort, destination, mip4::kPort, message, options);
  };
  switch (plan.path) {
    case Path::direct:
      if (!deviates_("MOB-3.4-02")) send(local, home_agent_);
      return;
    case Path::home:
      return send(home_address_, home_agent_);
    case Path::foreign_agent:
      options.port = plan.agent->port;
      options.next_hop_mac = plan.agent->mac;
      return send(home_address_, plan.agent->address);
    case Path::tunnel:
      break;
  }
  const wire::Buffer datagram =
      wire::udp_datagram({.source = vpn_.tunnel_inner_address().value_or(plan.care_of),
                          .destination = home_agent_,
                          .time_to_live = kRequestTtl},
                         {kRegistrationPort, mip4::kPort}, message);
  if (deviates_("MOB-3.1.4-01"))
    host_.send_ip(datagram);
  else
    vpn_.send(datagram);
}

void DataPath::keep_alive(const Registration& registration, std::function<void()> lost) {
  stop();
  if (!registration.udp_keepalive || deviates_("MOB-4-08")) return;
  keepalive_way_ = way(registration, {});
  lost_ = std::move(lost);
  interval_ = std::max(*registration.udp_keepalive, kShortestInterval);
  unanswered_ = 0;
  arm(interval_);
}

void DataPath::stop() {
  host_.environment().cancel(timer_);
  keepalive_way_ = nullptr;
}

void DataPath::arm(net::Duration after) {
  if (!keepalive_way_) return;
  host_.environment().cancel(timer_);
  timer_ = host_.environment().schedule(after, [this] { send_keepalive(); });
}

void DataPath::send_keepalive() {
  if (unanswered_++ >= kLostAfter) {
    stop();
    return lost_();
  }
  const auto word = static_cast<std::uint16_t>(host_.environment().random());
  keepalive_way_(wire::icmp_datagram(
      {.source = home_address_, .destination = home_agent_},
      wire::make(wire::icmp::echo::request, {{wire::icmp::echo::identifier, word}})));
  // As soon as the mapping allows while no answer has come, else when it is needed next.
  arm(unanswered_ > 1 ? std::min(interval_, kShortestInterval) : interval_);
}

}  // namespace mipvet::roles

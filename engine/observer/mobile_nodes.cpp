#include "engine/observer/mobile_nodes.h"

#include <algorithm>

#include "engine/crypto/ntp.h"
#include "engine/wire/mip4.h"

namespace mipvet::observer {

namespace request = wire::mip4::request;
namespace reply = wire::mip4::reply;
namespace ha_parameter = wire::mip4::ha_parameter;

namespace {

/// Reply codes of the UDP Tunnel Reply extension from here on decline (RFC 3519 §3.2).
constexpr std::uint64_t kUdpTunnelDeclined = 64;

/// By how much two waits between requests may differ though they are meant to double.
constexpr Duration kWaitTolerance = std::chrono::milliseconds(100);

bool accepts(std::uint64_t code) {
  return code <= 1;
}

/// Codes for which a reply has to bear a valid Mobile-Home authenticator (RFC 3344 §3.6.2.1), and
/// those of MIPP §2.4.1.
bool needs_authentication(std::uint64_t code) {
  return accepts(code) || code >= 128;
}

}  // namespace

const Bindings* MobileNodes::bindings(Identity identity, NodeId agent) const {
  const MobileNode* mobile = find(identity);
  if (mobile == nullptr) return nullptr;
  for (const Bindings& held : mobile->agents)
    if (held.agent == agent) return &held;
  return nullptr;
}

const MobileNode* MobileNodes::find(Identity identity) const {
  const auto found = nodes_.find(identity);
  return found == nodes_.end() ? nullptr : &found->second;
}

MobileNode& MobileNodes::of(Identity identity, Time now) {
  MobileNode& result = nodes_[identity];
  result.touched = now;
  return result;
}

Bindings& MobileNodes::bindings(MobileNode& mobile, NodeId agent) {
  for (Bindings& held : mobile.agents)
    if (held.agent == agent) return held;
  // A place that was never used, else the one that was granted longest ago.
  Bindings* oldest = &mobile.agents.front();
  for (Bindings& held : mobile.agents) {
    const auto since = [](const Bindings& b) {
      return b.latest() == nullptr ? Time{} : b.latest()->since;
    };
    if (since(held) < since(*oldest)) oldest = &held;
  }
  *oldest = Bindings{};
  oldest->agent = agent;
  return *oldest;
}

void MobileNodes::asked(MobileNode& mobile, const Sighting& seen) {
  RequestMemory& memory = mobile.request;
  // With another care-of address, in another tunnel, or after a pause, it is asked anew.
  constexpr Duration kPause = std::chrono::seconds(60);
  memory.is_retry = memory && memory.link == seen.link && mobile.request_spi == seen.esp_spi &&
                    memory.care_of_address == seen.address(request::care_of_address) &&
                    seen.time - memory.time < kPause &&
                    (!mobile.reply || mobile.reply.time < memory.time);
  const Duration interval = memory ? seen.time - memory.time : Duration{};
  // Not to wait twice as long is wrong, or a new attempt: that is seen by how often it happens.
  const bool grows = interval + kWaitTolerance >= memory.interval * 2;
  const bool restarts = memory.is_retry && memory.waits > 0 && !grows;
  memory.restarts = memory.is_retry ? memory.restarts + (restarts ? 1U : 0U) : 0U;
  memory.waits = memory.is_retry && !restarts ? memory.waits + 1 : 0;
  memory.interval = interval;
  mobile.request_spi = seen.esp_spi;
  memory.frame = seen.frame;
  memory.time = seen.time;
  memory.link = seen.link;
  memory.source = seen.source;
  memory.destination = seen.destination;
  memory.home_agent = seen.address(request::home_agent);
  memory.care_of_address = seen.address(request::care_of_address);
  memory.identification = seen[request::identification];
  memory.lifetime = static_cast<std::uint16_t>(seen[request::lifetime]);
  memory.flags = static_cast<std::uint8_t>(seen[request::flags]);
  const wire::View parameter = seen.extension(ha_parameter::layout);
  memory.has_ha_parameter = static_cast<bool>(parameter);
  memory.ha_parameter = parameter.address(ha_parameter::home_agent_address);
  memory.assigned_home_agent = mobile.reply.assigned_home_agent;
}

void MobileNodes::granted(MobileNode& mobile, NodeId agent, const Sighting& asked,
                          const Sighting& answer) const {
  if (!accepts(answer[reply::code])) return;
  const auto requested = static_cast<std::uint16_t>(asked[request::lifetime]);
  const auto granted = std::min(requested, static_cast<std::uint16_t>(answer[reply::lifetime]));
  const wire::Ipv4Address care_of = asked.address(request::care_of_address);
  Bindings& held = bindings(mobile, agent);
  if (granted == 0) {
    if (care_of == asked.address(request::home_address))
      held.count = 0;
    else
      held.remove(care_of);
    return;
  }
  Binding binding;
  binding.since = answer.time;
  binding.expires = granted == wire::mip4::kInfiniteLifetime
                        ? Time::max()
                        : answer.time + std::chrono::seconds(granted);
  binding.identification = asked[request::identification];
  binding.care_of_address = care_of;
  binding.home_agent = asked.address(request::home_agent);
  const wire::View udp_tunnel = answer.extension(wire::mip4::udp_tunnel_reply::layout);
  if (udp_tunnel && udp_tunnel[wire::mip4::udp_tunnel_reply::reply_code] < kUdpTunnelDeclined &&
      asked.carries(wire::mip4::udp_tunnel_request::layout)) {
    binding.udp_address = asked.source;
    binding.udp_port = asked.source_port;
  }
  binding.granted = granted;
  const model::Node& node = network_.node(agent);
  const bool supported = node.role == Role::mip_proxy    ? node.declares("simultaneous")
                         : node.role == Role::home_agent ? node.declares("simultaneous-bindings")
                                                         : false;
  held.add(binding, supported && asked[request::simultaneous_bindings] != 0);
}

void MobileNodes::answered(MobileNode& mobile, const Exchange& exchange, const Sighting& seen,
                           const Item* question) const {
  const std::uint64_t code = seen[reply::code];
  const bool matches = question != nullptr && crypto::low_order(exchange.identification) ==
                                                  crypto::low_order(seen[reply::identification]);
  if (wire::has(seen.defects, wire::Defect::truncated) ||
      wire::has(seen.defects, wire::Defect::bad_length))
    return;
  // Nobody listens but where the request came from (RFC 3344 §3.8.3.1), or at the home address that
  // the reply gives.
  if (!matches || (needs_authentication(code) && !seen.is_authentic()) || seen.udp_checksum_wrong ||
      seen.destination_port != question->sighting.source_port ||
      (seen.destination != question->sighting.source && !seen.destination.is_limited_broadcast() &&
       seen.destination != seen.address(reply::home_address)))
    return;
  ReplyMemory& memory = mobile.reply;
  memory.is_second =
      memory && memory.time >= question->sighting.time &&
      crypto::low_order(memory.identification) == crypto::low_order(seen[reply::identification]);
  memory.frame = seen.frame;
  memory.time = seen.time;
  memory.sender = seen.sender;
  memory.source = seen.source;
  memory.home_agent = seen.address(reply::home_agent);
  memory.assigned_home_agent =
      seen.extension(ha_parameter::layout).address(ha_parameter::home_agent_address);
  memory.identification = seen[reply::identification];
  memory.lifetime = static_cast<std::uint16_t>(seen[reply::lifetime]);
  memory.code = static_cast<std::uint8_t>(code);
  memory.valid = true;
  if (!accepts(code)) return;
  const NodeId registrar = addresses_.owner(memory.home_agent);
  granted(mobile, seen.receiver, question->sighting, seen);
  mobile.registered = bindings(mobile, seen.receiver);
  mobile.registered.agent = registrar;
}

void MobileNodes::sweep(Time now, const ExchangeStore& exchanges) {
  if (nodes_.size() < sweep_at_) return;
  std::erase_if(nodes_, [&](const auto& entry) {
    const MobileNode& mobile = entry.second;
    const bool bound = mobile.registered.live(now) ||
                       std::any_of(mobile.agents.begin(), mobile.agents.end(),
                                   [&](const Bindings& held) { return held.live(now); });
    return !bound && mobile.touched + kLongestWait < now &&
           !exchanges.is(mobile.latest, mobile.latest_generation);
  });
  sweep_at_ = std::max<std::size_t>(4096, nodes_.size() * 2);
}

}  // namespace mipvet::observer

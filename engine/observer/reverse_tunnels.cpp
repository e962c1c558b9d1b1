#include "engine/observer/reverse_tunnels.h"

#include "engine/observer/digest.h"
#include "engine/wire/ipv4.h"

namespace mipvet::observer {

ReverseTunnels::ReverseTunnels(const model::Network& network, const AddressBook& addresses,
                               const Registrations& registrations, FactSink& sink)
    : network_(network), addresses_(addresses), registrations_(registrations), sink_(sink) {}

void ReverseTunnels::tunnelled(const TunnelCopy& copy, wire::View inner) {
  const NodeId agent = addresses_.owner(copy.destination);
  if (agent == model::kNobody || network_.node(agent).role != Role::home_agent ||
      !addresses_.attached(agent, copy.link) || agent == copy.transmitter)
    return;
  Arrival arrival;
  arrival.tunnel = copy;
  arrival.agent = agent;
  arrival.digest = datagram_digest(inner);
  const wire::Ipv4Address source = inner.address(wire::ip::source);
  arrival.mobile_node = addresses_.mobile_node(source, {});
  if (const Bindings* held =
          registrations_.bindings(addresses_.identity(arrival.mobile_node, source), agent))
    arrival.bindings = *held;
  arrivals_.push_back(arrival);
}

void ReverseTunnels::left(const Place& place, wire::View datagram) {
  while (!arrivals_.empty() && arrivals_.front().tunnel.time + network_.windows.reply < place.time)
    arrivals_.pop_front();
  if (arrivals_.empty() || place.by_tester || place.transmitter == model::kNobody) return;
  const std::uint64_t wanted = datagram_digest(datagram);
  for (auto arrival = arrivals_.begin(); arrival != arrivals_.end(); ++arrival) {
    if (arrival->agent != place.transmitter || arrival->digest != wanted) continue;
    const wire::Ipv4Address source = datagram.address(wire::ip::source);
    const Bindings* then =
        registrations_.bindings(addresses_.identity(arrival->mobile_node, source), arrival->agent);
    sink_.on(ReverseTunnelled{{network_, arrival->agent, {}, arrival->mobile_node},
                              place,
                              arrival->tunnel,
                              arrival->bindings,
                              then != nullptr ? *then : arrival->bindings});
    arrivals_.erase(arrival);
    return;
  }
}

}  // namespace mipvet::observer

#include "roles/mobile_node_requests.h"

#include "roles/ha_parameter.h"

namespace mipvet::roles {

using wire::Ipv4Address;

MobileNodeRequests::Made MobileNodeRequests::compose(const Occasion& occasion) {
  const std::uint16_t lifetime = occasion.lifetime;
  const bool to_proxy = knows_proxy() && !occasion.direct;
  const bool colocated = occasion.colocated && !occasion.at_home;
  const bool all = occasion.at_home || parameter<bool>(node_, "deregister_all", true);
  Ipv4Address care_of = occasion.care_of_address;
  if (lifetime == 0 && all && !occasion.home_address.is_zero()) care_of = occasion.home_address;
  if (deviates_("RFC3344-3.6.1.2-13") && lifetime == 0 && occasion.at_home) care_of = last_care_of_;
  if (deviates_("RFC3344-3.6.1.2-17")) care_of.value ^= 0x40U;
  if (deviates_("RFC3344-1.7-02")) care_of = {0x7F000001};
  last_care_of_ = occasion.care_of_address;
  bool reverse = parameter<bool>(node_, "reverse_tunneling", to_proxy);
  if (deviates_("MIPP-2.2.4-06")) reverse = false;
  const bool udp_tunnel = colocated && lifetime > 0 &&
                          parameter<bool>(node_, "udp_tunnel", false) &&
                          !(occasion.direct && deviates_("MIPP-2.6.1-15"));
  bool decapsulates = colocated;
  if (deviates_("RFC3344-3.6.1.2-02") || deviates_("RFC3519-3.1.5-01")) decapsulates = false;
  if (deviates_("RFC3344-3.6.1.2-03")) decapsulates = true;
  std::uint16_t asked = lifetime;
  if (lifetime != 0 && deviates_("RFC3344-3.6.2.3-02"))
    asked = parameter<std::uint16_t>(node_, "lifetime", 300);
  Ipv4Address home = occasion.home_address;
  if (deviates_("RFC3344-3.6.1.2-14")) home.value ^= 0x10U;
  Ipv4Address agent = occasion.agent;
  if (deviates_("RFC3344-3.6.1.2-15")) agent.value += 77;
  Made made;
  made.identification = next_identification(network_.owner(occasion.agent), occasion.now);
  made.message = wire::make(
      request::layout,
      {{request::simultaneous_bindings, parameter<bool>(node_, "simultaneous_bindings", false)},
       {request::broadcast_datagrams, parameter<bool>(node_, "broadcasts", false)},
       {request::decapsulation_by_mobile_node, decapsulates},
       {request::minimal_encapsulation, parameter<bool>(node_, "minimal_encapsulation", false)},
       {request::gre_encapsulation, parameter<bool>(node_, "gre_encapsulation", false)},
       {request::reverse_tunneling, reverse},
       {request::reserved_x, deviates_("RFC3344-3.3-03")},
       {request::lifetime, asked},
       {request::home_address, home},
       {request::home_agent, agent},
       {request::care_of_address, care_of},
       {request::identification, made.identification}});
  append_extensions(made.message, occasion, udp_tunnel);
  address(made, occasion);
  return made;
}

std::uint64_t MobileNodeRequests::next_identification(model::NodeId peer, net::Time now) {
  if (!source_ || source_peer_ != peer) {
    const auto* association = keys_.with(peer);
    source_.emplace(association == nullptr ? crypto::SecurityAssociation{} : *association, random_);
    source_peer_ = peer;
  }
  std::uint64_t result = source_->next(now);
  if (deviates_("RFC3344-5.7.1-02")) result -= std::uint64_t{2208988800} << 32U;
  if (last_identification_ != 0) {
    if (deviates_("RFC3344-5.7.1-03")) result = last_identification_ - (std::uint64_t{1} << 32U);
    if (deviates_("RFC3344-5.7-03") || deviates_("RFC3344-3.6.3-02")) result = last_identification_;
  }
  if (deviates_("RFC3344-5.7.2-02")) result ^= std::uint64_t{1} << 40U;
  if (deviates_("RFC3344-5.7.2-03")) result = (result & ~std::uint64_t{0xFFFFFFFF}) | 7U;
  last_identification_ = result;
  return result;
}

/// From where and to where it goes, RFC 3344 §3.6.1.1.
void MobileNodeRequests::address(Made& made, const Occasion& occasion) const {
  made.source = occasion.care_of_address;
  made.destination = occasion.agent;
  made.options.ttl = 255;
  if (deviates_("RFC3024-3.2-03") || deviates_("MIPP-2.7.1-02")) made.options.ttl = 64;
  const auto& agent = occasion.foreign_agent;
  if (agent && !occasion.colocated) {
    const Ipv4Address stranger{agent->address.value + 9};
    made.source = occasion.home_address;
    made.destination = agent->address;
    made.options.port = occasion.port;
    made.options.next_hop_mac = agent->mac;
    if (parameter<bool>(node_, "all_agents", false)) {
      made.destination = wire::kAllMobilityAgents;
      made.options.ttl = deviates_("RFC3344-3.6.1.1-11") ? 64 : 1;
    }
    if (deviates_("RFC3344-3.6.1.1-07")) made.options.next_hop_mac = wire::kBroadcastMac;
    if (deviates_("RFC3344-3.6.1.1-05")) made.destination = agent->care_of_address;
    if (deviates_("RFC3344-3.6.1.1-03") || deviates_("MIPP-2.7.1-01")) made.source = stranger;
    if (deviates_("RFC3344-3.6.1.1-02") && made.source.is_zero()) made.source = stranger;
  } else if (deviates_("RFC3344-3.6.1.1-01") || deviates_("MIPP-2.7.1-06")) {
    made.source = occasion.home_address;
  }
  const bool elsewhere = deviates_("RFC3344-3.3-02") || deviates_("MIPP-2-08");
  if (elsewhere || deviates_("RFC3344-1.8-01")) {
    made.source_port = mip4::kPort;
    made.destination_port = elsewhere ? 4434 : 699;
  }
}

void MobileNodeRequests::append_extensions(wire::Buffer& message, const Occasion& occasion,
                                           bool udp_tunnel) {
  const bool by_nai = !node_.home_address && !node_.nai.empty();
  const bool nai_late = deviates_("RFC2794-2-02") || deviates_("MIPP-2.6.3-12");
  if (by_nai && !nai_late && !deviates_("RFC3344-3.6-02"))
    append_nai(message, deviates_("RFC2794-2-01") ? node_.nai + std::string(1, '\0') : node_.nai);
  if (parameter<bool>(node_, "vendor_extension", false))
    wire::append_extension(message, mip4::vendor_normal::layout,
                           {{mip4::vendor_normal::vendor, 32473},
                            {mip4::vendor_normal::vendor_type, 1},
                            {mip4::vendor_normal::data, "mipvet"}});
  const bool parameter_late = deviates_("MIPP-2.5.3-09");
  const bool names_home_agent =
      knows_proxy() &&
      ((!occasion.direct && !deviates_("MIPP-2.5.3-01")) || deviates_("MIPP-2.6.1-22"));
  if (names_home_agent && !parameter_late) append_named_home_agent(message, occasion);
  const bool tunnel_late = deviates_("RFC3519-4.4-02");
  if (deviates_("RFC3519-4.4-01") && !occasion.colocated) udp_tunnel = true;
  if (udp_tunnel && !tunnel_late) append_udp_tunnel(message);
  sign(message, network_.owner(occasion.agent));
  if (by_nai && nai_late) append_nai(message, node_.nai);
  if (names_home_agent && parameter_late) append_named_home_agent(message, occasion);
  if (udp_tunnel && tunnel_late) append_udp_tunnel(message);
  if (deviates_("RFC3344-3.6.1.3-01")) append_nai(message, "late@example.com");
  if (occasion.foreign_agent) {
    keys_.sign(message, authentication::mobile_foreign,
               network_.owner(occasion.foreign_agent->address));
    if (deviates_("RFC3344-3.5.3-01"))
      append_forgery(message, authentication::mobile_foreign, 4711);
  }
}

void MobileNodeRequests::append_named_home_agent(wire::Buffer& message,
                                                 const Occasion& occasion) const {
  Ipv4Address named = parameter<bool>(node_, "ask_home_agent", false)
                          ? occasion.assigned_home_agent
                          : address_parameter(node_, "home_agent");
  if (deviates_("MIPP-2.5.3-03")) named = address_parameter(node_, "registrar");
  if (deviates_("MIPP-2.6.4-06")) named = {};
  append_ha_parameter(message, network_.decode, named, deviates_);
}

void MobileNodeRequests::append_udp_tunnel(wire::Buffer& message) const {
  wire::append_extension(
      message, mip4::udp_tunnel_request::layout,
      {{mip4::udp_tunnel_request::sub_type, deviates_("RFC3519-3.1-01") ? 1 : 0},
       {mip4::udp_tunnel_request::reserved_1, deviates_("RFC3519-3.1-02") ? 1 : 0},
       {mip4::udp_tunnel_request::encapsulation, deviates_("RFC3519-3.1.4-01") ? 6 : 0}});
}

void MobileNodeRequests::sign(wire::Buffer& message, model::NodeId peer) const {
  if (deviates_("RFC3344-3.5.2-01/none")) return;
  if (deviates_("RFC3344-1.6-02")) return append_forgery(message, authentication::mobile_home, 7);
  const std::size_t start = message.size();
  keys_.sign(message, authentication::mobile_home, peer);
  if (deviates_("RFC3344-3.5.1-01") || deviates_("MIPP-2.1-01")) message.back() ^= 1U;
  if (deviates_("RFC3344-3.5.1-02") && message.size() > start + 10) {
    message.resize(message.size() - 4);
    message[start + 1] = static_cast<std::uint8_t>(message[start + 1] - 4);
  }
  if (deviates_("RFC3344-3.5.2-01")) keys_.sign(message, authentication::mobile_home, peer);
  if (deviates_("RFC3344-1.8-03")) {
    message.push_back(200);
    message.push_back(9);
    message.push_back(0);
  }
}

}  // namespace mipvet::roles

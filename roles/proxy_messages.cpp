#include "roles/proxy_messages.h"

#include "roles/ha_parameter.h"

namespace mipvet::roles {

using wire::Ipv4Address;

namespace {

void append(wire::Buffer& message, wire::Bytes octets) {
  message.insert(message.end(), octets.begin(), octets.end());
}

}  // namespace

wire::Buffer ProxyMessages::relayed_request(const ProxyPending& pending,
                                            std::uint16_t lifetime) const {
  const Received& asked = pending.request;
  const bool wants_broadcasts = asked[request::broadcast_datagrams] != 0;
  bool broadcasts = wants_broadcasts && node_.declares("broadcast");
  if (deviates_("MIPP-2.2.1-05")) broadcasts = false;
  if (deviates_("MIPP-2.2.1-07") || deviates_("MIPP-2.2.1-08")) broadcasts = true;
  const bool decapsulates = deviates_("MIPP-5.7.1-02") || deviates_("MIPP-2.2.1-08");
  Ipv4Address care_of = settings_.private_address;
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
       {request::lifetime, lifetime},
       {request::home_address, home},
       {request::home_agent,
        deviates_("MIPP-2.2.2-06") ? settings_.public_address : pending.home_agent},
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

/// Those of the mobile node, MIPP §2.2.3; not those for the proxy itself or made by the FA.
void ProxyMessages::copy_extensions(wire::Buffer& message, const Received& asked) const {
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

wire::Buffer ProxyMessages::passed_on(const Received& answered, std::uint8_t code) const {
  Ipv4Address home = answered.address(reply::home_address);
  if (deviates_("MIPP-2.3.1-08")) home = {settings_.public_address.value + 9};
  if (deviates_("MIPP-2.6.3-05") && !answered.nai().empty()) home = {};
  wire::Buffer message = wire::make(
      reply::layout,
      {{reply::code, code},
       {reply::lifetime, answered[reply::lifetime] + (deviates_("MIPP-2.3.1-04") ? 5U : 0U)},
       {reply::home_address, home},
       {reply::home_agent, deviates_("MIPP-2.3.1-09") ? answered.address(reply::home_agent)
                                                      : settings_.public_address},
       {reply::identification, deviates_("MIPP-2.3.1-10")
                                   ? answered[reply::identification] ^ (1ULL << 40U)
                                   : answered[reply::identification]}});
  for (const Received::Extension& extension : answered.extensions()) {
    const bool authenticates = extension.layout == &authentication::mobile_home ||
                               extension.layout == &authentication::foreign_home;
    if (authenticates ? deviates_("MIPP-2.3.1-12") : !deviates_("MIPP-2.3.1-11"))
      append(message, answered.view(extension).bytes());
  }
  return message;
}

wire::Buffer ProxyMessages::refusal(const ProxyPending& pending, Code code) const {
  std::uint64_t identification = pending.identification;
  if (deviates_("MIPP-2.4-04/identification")) identification ^= 1U;
  wire::Buffer message = wire::make(
      reply::layout, {{reply::code, static_cast<std::uint8_t>(code)},
                      {reply::lifetime, 0},
                      {reply::home_address, pending.home_address},
                      {reply::home_agent, deviates_("MIPP-2.4-04") ? settings_.private_address
                                                                   : settings_.public_address},
                      {reply::identification, identification}});
  if (!pending.nai.empty()) append_nai(message, pending.nai);
  return message;
}

wire::Buffer ProxyMessages::acceptance(const ProxyPending& pending) const {
  return wire::make(reply::layout, {{reply::code, 0},
                                    {reply::lifetime, pending.lifetime},
                                    {reply::home_address, pending.home_address},
                                    {reply::home_agent, settings_.public_address},
                                    {reply::identification, pending.identification}});
}

wire::Buffer ProxyMessages::unreachable(const ProxyPending& pending) const {
  const Code code =
      deviates_("MIPP-2.4.1-03") ? Code::reason_unspecified : Code::home_agent_unreachable_by_icmp;
  return wire::make(reply::layout, {{reply::code, static_cast<std::uint8_t>(code)},
                                    {reply::home_address, pending.home_address},
                                    {reply::home_agent, settings_.public_address},
                                    {reply::identification, pending.identification}});
}

void ProxyMessages::complete(wire::Buffer& message, const ProxyPending& pending,
                             const Completion& completion) const {
  const bool late = deviates_("MIPP-2.5.3-09");
  const auto append_parameter = [&] {
    if (completion.home_agent)
      append_ha_parameter(message, network_.decode, *completion.home_agent, deviates_);
  };
  if (!late) append_parameter();
  if (completion.authenticated) {
    if (pending.udp_reply)
      wire::append_extension(message, mip4::udp_tunnel_reply::layout,
                             {{mip4::udp_tunnel_reply::reply_code, *pending.udp_reply},
                              {mip4::udp_tunnel_reply::keepalive_interval, 110}});
    keys_.sign(message, authentication::mobile_home, pending.mobile_node, pending.spi);
    if (deviates_("MIPP-2.1-01")) message.back() ^= 1U;
  }
  if (late) append_parameter();
  const model::NodeId near = network_.owner(pending.source);
  if (near != model::kNobody && network_.node(near).role == Role::foreign_agent &&
      !deviates_("MIPP-2.3.1-16"))
    keys_.sign(message, authentication::foreign_home, near);
}

}  // namespace mipvet::roles

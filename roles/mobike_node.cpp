#include "roles/mobike_node.h"

#include <fmt/format.h>

#include "engine/net/tunnel.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ipv4.h"
#include "roles/ike_deviations.h"
#include "roles/mobike_node_actor.h"

namespace mipvet::roles {

namespace icmp = wire::icmp;
using wire::Ipv4Address;

MobikeNode::MobikeNode(const Part& part)
    : network_(part.network),
      node_(part.network.node(part.node)),
      deviates_(mobike_node_deviations(), part.deviations, "mobile-node with a VPN"),
      host_(part.network, part.node, part.environment),
      home_address_(node_.home_address->address),
      registration_(part.network, part.node, part.environment, deviates_, *this),
      ike_deviates_(ike_initiator_deviations(), ike_deviations_of_mobike_node(part.deviations),
                    "mobile-node with a VPN"),
      vpn_(part.network, part.node, host_, deviates_, ike_deviates_, *this),
      data_(host_, vpn_, deviates_, home_address_, registration_.home_agent()),
      user_(part.environment, home_address_),
      access_(host_, deviates_,
              {.address_changed = [this] { address_changed(); },
               .agent_found = [this] { register_with_agent(); },
               .home_agent_heard = [this](net::PortId port,
                                          Ipv4Address from) { home_agent_heard(port, from); }}),
      lifetime_(parameter<std::uint16_t>(node_, "lifetime", 300)),
      uses_foreign_agents_(parameter<bool>(node_, "foreign_agents", true)) {
  const auto detection = node_.parameters.find("detection");
  if (detection == node_.parameters.end()) return;
  retries_ = detection->value("retries", retries_);
  timeout_ = seconds(detection->value("timeout", 1.0));
}

void MobikeNode::start() {
  host_.on_udp(kRegistrationPort, [this](const net::Datagram& datagram) {
    if (!datagram.checksum_wrong) message_arrived(datagram.payload, false);
  });
  host_.on_protocol(wire::ip::kIpv4, [this](net::PortId, wire::Bytes datagram) {
    if (const auto inner = net::decapsulate(datagram)) deliver(*inner);
  });
  for (const std::uint8_t type : {icmp::kEchoRequestType, icmp::kEchoReplyType})
    host_.on_icmp(type, [this](net::PortId, const wire::Packet& packet) {
      deliver(packet.view(*packet.carrying_ip()).bytes());
    });
}

void MobikeNode::command(const Command& command) {
  const nlohmann::json& arguments = *command.arguments;
  if (command.verb == "attach" || command.verb == "move") {
    detach();
    attach(arguments);
  } else if (command.verb == "detach") {
    detach();
  } else if (command.verb == "ping" || command.verb == "send") {
    ping(arguments);
  } else if (command.verb == "register" || command.verb == "renew") {
    renew();
  } else if (command.verb == "deregister") {
    deregister();
  } else if (command.verb == "disconnect") {
    vpn_.disconnect();
  } else if (command.verb == "reconnect") {
    vpn_.reconnect(Ipv4Address::parse(arguments.value("gateway", "")));
  } else if (command.verb == "alter-ike") {
    vpn_.alter(ike_alteration(arguments));
  } else if (!vpn_.command(command.verb, additional_address(arguments))) {
    throw model::InputError(
        fmt::format("a mobile-node with a VPN does not know `{}`", command.verb));
  }
}

void MobikeNode::attach(const nlohmann::json& arguments) {
  const auto link = network_.find_link(arguments.at("link").get<std::string>());
  const auto port = link ? host_.port_on(*link) : std::nullopt;
  if (!port) throw model::InputError("a mobile-node has no attachment to that link");
  const model::Attachment& attachment = node_.attachments[*port];
  access_.attach(*port, fixed_address(attachment, arguments));
  const bool looks_like_home = attachment.address && attachment.address->contains(home_address_);
  if (looks_like_home && deviates_("MOB-3.1.1-02")) {
    come_home(*port, attachment.gateway.value_or(home_agent()));
    user_.open(data_.at_home());
  }
}

std::optional<AccessAddress> MobikeNode::fixed_address(const model::Attachment& attachment,
                                                       const nlohmann::json& arguments) const {
  AccessAddress result;
  if (arguments.contains("address"))
    result.address = *wire::Ipv4Prefix::parse(arguments["address"].get<std::string>());
  else if (attachment.address && attachment.address->address != home_address_ &&
           arguments.value("via", "fixed") == "fixed")
    result.address = *attachment.address;
  else
    return std::nullopt;
  result.gateway = attachment.gateway;
  if (arguments.contains("gateway"))
    result.gateway = Ipv4Address::parse(arguments["gateway"].get<std::string>());
  return result;
}

std::optional<Ipv4Address> MobikeNode::additional_address(const nlohmann::json& arguments) {
  const auto prefix = wire::Ipv4Prefix::parse(arguments.value("address", ""));
  return prefix ? std::optional(prefix->address) : std::nullopt;
}

void MobikeNode::detach() {
  hold_traffic();
  registration_.new_link();
  vpn_.leave();
  detection_.begin();
  avoids_agent_ = false;
  host_.environment().cancel(again_);
  if (access_.port()) host_.remove_address(*access_.port(), home_address_);
  if (access_.address()) last_address_ = local_address();
  at_home_ = false;
  was_late_ = false;
  access_.detach();
}

void MobikeNode::ping(const nlohmann::json& arguments) {
  const auto to = Ipv4Address::parse(arguments.at("to").get<std::string>());
  if (to)
    user_.ping(*to, seconds(arguments.value("interval", 1.0)), arguments.value("count", 1U),
               arguments.value("octets", std::size_t{32}));
}

std::unique_ptr<Actor> make_mobike_node(const Part& part) {
  return std::make_unique<MobikeNode>(part);
}

}  // namespace mipvet::roles

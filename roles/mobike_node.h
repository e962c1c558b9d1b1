#pragma once

#include "roles/actor.h"

namespace mipvet::roles {

/// The mobile node of draft-ietf-mip4-mobike-connectivity-02: Mobile IPv4 inside the enterprise
/// (modes h, c and f), and through a VPN with MOBIKE outside (mode mc). On every attachment it
/// finds out by itself where it is (§3.4). A mobile-node with the parameter `vpn`; commands: attach
/// {link, via, address, gateway}, move, detach, ping {to, interval, count, octets}, send, register,
/// deregister, disconnect, reconnect {gateway}, and those of VpnClient::command.
std::unique_ptr<Actor> make_mobike_node(const Part& part);
std::span<const Deviation> mobike_node_deviations();
/// Of the active deviations, those that its IKE endpoint has to know: its own, and what it does
/// wrong where the mobile node breaks a requirement of the draft.
std::vector<std::string> ike_deviations_of_mobike_node(const std::vector<std::string>& active);

}  // namespace mipvet::roles

#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/wire/layout.h"

/// All tables by name: what scenario JSON, Python and reports find a message and its fields by.
namespace mipvet::wire {

using Layouts = std::span<const Layout* const>;

/// Headers that carry others: ethernet, ipv4, udp, tunnels, esp.
Layouts headers();
/// What a packet is about: registration-request, agent-advertisement, arp, ...
Layouts messages();
/// Extensions of registration messages; `type_value` is their type number (that of HA Parameter
/// is a parameter of the network and stands for its default here).
Layouts registration_extensions();
/// Extensions of agent advertisements.
Layouts discovery_extensions();
/// Payloads of IKE messages, notifications by their types among them.
Layouts ike_payloads();
/// What stands inside payloads: proposal, transform, traffic-selector, ...
Layouts ike_substructures();

/// Of any kind; null when there is none of that name.
const Layout* find_layout(std::string_view name);

/// One-line errors with the name that was probably meant.
std::string unknown_layout(std::string_view name);
std::string unknown_field(const Layout& layout, std::string_view name);

}  // namespace mipvet::wire

#pragma once

#include <span>

#include "roles/actor.h"

namespace mipvet::roles {

/// What an IkeEndpoint can do wrong as the initiator of an IKE SA, and in exchanges that concern
/// both sides alike. The list of a mobile node contains these.
std::span<const Deviation> ike_initiator_deviations();

/// As the responder: the list of a VPN gateway contains these.
std::span<const Deviation> ike_responder_deviations();

}  // namespace mipvet::roles

#pragma once

#include <memory>
#include <span>

#include "roles/actor.h"

namespace mipvet::roles {

/// The mVPN gateway between an untrusted and a trusted network, which is their firewall, too
/// (draft-ietf-mip4-mobike-connectivity-02 §1, §3.3): responder of IKEv2 with MOBIKE, gives each
/// mobile node a tunnel inner address (TIA) and carries datagrams between the trusted network and
/// the TIAs in ESP. Nothing else passes.
std::unique_ptr<Actor> make_vpn_gateway(const Part& part);
std::span<const Deviation> vpn_gateway_deviations();

}  // namespace mipvet::roles

#pragma once

#include <memory>
#include <span>

#include "roles/actor.h"

namespace mipvet::roles {

/// MIP Proxy: draft-adrangi-mobileip-vpn-traversal-02 §2, a home agent towards the mobile node and
/// a mobile node towards the actual home agent.
std::unique_ptr<Actor> make_mip_proxy(const Part& part);
std::span<const Deviation> mip_proxy_deviations();

}  // namespace mipvet::roles

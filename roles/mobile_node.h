#pragma once

#include <memory>
#include <span>

#include "roles/actor.h"

namespace mipvet::roles {

/// Mobile node: RFC 3344 §2.4 and §3.6, RFC 2794, RFC 3519 §4.4, and the mobile node of
/// draft-adrangi-mobileip-vpn-traversal-02 §2.
std::unique_ptr<Actor> make_mobile_node(const Part& part);
std::span<const Deviation> mobile_node_deviations();

}  // namespace mipvet::roles

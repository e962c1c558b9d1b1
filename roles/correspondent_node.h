#pragma once

#include <memory>
#include <span>

#include "roles/actor.h"

namespace mipvet::roles {

/// Correspondent node: an ordinary host that talks to a mobile node (RFC 3344 §1.1).
std::unique_ptr<Actor> make_correspondent_node(const Part& part);
std::span<const Deviation> correspondent_node_deviations();

}  // namespace mipvet::roles

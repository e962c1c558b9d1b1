#pragma once

#include <memory>
#include <span>

#include "roles/actor.h"

namespace mipvet::roles {

/// Router: forwards by its routes and knows nothing of mobility.
std::unique_ptr<Actor> make_router(const Part& part);
std::span<const Deviation> router_deviations();

}  // namespace mipvet::roles

#pragma once

#include <memory>
#include <span>

#include "roles/actor.h"

namespace mipvet::roles {

/// Foreign agent: RFC 3344 §2.3, §3.7 and §4.2.2, with the T bit of RFC 3024.
std::unique_ptr<Actor> make_foreign_agent(const Part& part);
std::span<const Deviation> foreign_agent_deviations();

}  // namespace mipvet::roles

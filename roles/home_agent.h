#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "roles/actor.h"

namespace mipvet::roles {

/// Home agent: RFC 3344 §3.8, §4.2.3, §4.6 and §5.7, with RFC 2794, RFC 3024 and RFC 3519 §4.6.
std::unique_ptr<Actor> make_home_agent(const Part& part);
std::span<const Deviation> home_agent_deviations();
/// The active ones with those that they are done as.
std::vector<std::string> home_agent_misbehaviour(const std::vector<std::string>& active);

}  // namespace mipvet::roles

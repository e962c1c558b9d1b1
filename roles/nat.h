#pragma once

#include <memory>
#include <span>

#include "roles/actor.h"

namespace mipvet::roles {

/// NAT: translates addresses and UDP ports between an inside and an outside link (RFC 3519 §1).
std::unique_ptr<Actor> make_nat(const Part& part);
std::span<const Deviation> nat_deviations();

}  // namespace mipvet::roles

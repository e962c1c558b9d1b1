#pragma once

#include "roles/deviations.h"
#include "roles/registration.h"

namespace mipvet::roles {

/// Appends the HA Parameter extension (MIPP §2.5.3) that names `home_agent`, as a mobile node or a
/// proxy that deviates makes it.
void append_ha_parameter(wire::Buffer& message, const wire::DecodeOptions& numbers,
                         wire::Ipv4Address home_agent, const ActiveDeviations& deviates);

}  // namespace mipvet::roles

#pragma once

#include <string>

namespace mipvet::net {

/// Runs iproute2's `ip` over a batch of its commands, one per line, inside a network namespace (""
/// being the current one). Throws DeviceError with the command that failed and what `ip` said.
void run_ip(const std::string& network_namespace, const std::string& commands);

}  // namespace mipvet::net

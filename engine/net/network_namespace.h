#pragma once

#include <filesystem>
#include <functional>
#include <string>

namespace mipvet::net {

/// Where the named network namespaces of iproute2 are.
inline constexpr const char* kNamespaces = "/run/netns";

/// The file of a network namespace: of a named one, or the path itself (`/proc/PID/ns/net`).
std::filesystem::path namespace_path(const std::string& network_namespace);

/// Runs the action inside a network namespace, "" being the current one, and returns when it is
/// done; sockets that it opens stay in that namespace. It runs in a thread of its own, so that this
/// one never leaves its namespace. What it throws is thrown here; DeviceError where the namespace
/// cannot be entered.
void in_namespace(const std::string& network_namespace, const std::function<void()>& action);

}  // namespace mipvet::net

#include "engine/net/network_namespace.h"

#include <cerrno>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <sched.h>
#include <thread>

#include <fmt/format.h>

#include "engine/net/device.h"
#include "engine/net/file_descriptor.h"

namespace mipvet::net {
namespace {

void enter(const std::string& network_namespace) {
  const FileDescriptor file(
      ::open(namespace_path(network_namespace).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file)
    throw DeviceError(fmt::format("network namespace {}: {}: `ip netns list` shows those there are",
                                  network_namespace, std::strerror(errno)));
  if (::setns(file.get(), CLONE_NEWNET) != 0)
    throw DeviceError(fmt::format("network namespace {}: cannot be entered: {}{}",
                                  network_namespace, std::strerror(errno),
                                  errno == EPERM ? ": needs CAP_SYS_ADMIN: run as root" : ""));
}

}  // namespace

std::filesystem::path namespace_path(const std::string& network_namespace) {
  // A path keeps itself: an absolute one replaces what it is appended to.
  return std::filesystem::path(kNamespaces) / network_namespace;
}

void in_namespace(const std::string& network_namespace, const std::function<void()>& action) {
  if (network_namespace.empty()) return action();
  std::exception_ptr error;
  std::thread([&] {
    try {
      enter(network_namespace);
      action();
    } catch (...) {
      error = std::current_exception();
    }
  }).join();
  if (error) std::rethrow_exception(error);
}

}  // namespace mipvet::net

#include "engine/net/ip_command.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <spawn.h>
#include <sstream>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "engine/net/device.h"
#include "engine/net/file_descriptor.h"

namespace mipvet::net {
namespace {

// A file in memory: unlike a pipe it never makes either side wait.
FileDescriptor memory_file(const std::string& contents) {
  FileDescriptor file(::memfd_create("mipvet-ip", MFD_CLOEXEC));
  if (!file || ::pwrite(file.get(), contents.data(), contents.size(), 0) !=
                   static_cast<ssize_t>(contents.size()))
    throw DeviceError(fmt::format("cannot hold a batch for `ip`: {}", std::strerror(errno)));
  return file;
}

std::string contents_of(const FileDescriptor& file) {
  std::string contents;
  std::array<char, 4096> chunk;
  ssize_t length = 0;
  while ((length = ::pread(file.get(), chunk.data(), chunk.size(),
                           static_cast<off_t>(contents.size()))) > 0)
    contents.append(chunk.data(), static_cast<std::size_t>(length));
  return contents;
}

int run(std::vector<const char*> arguments, const FileDescriptor& in, const FileDescriptor& out) {
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.get(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.get(), STDERR_FILENO);
  // A process group of its own: Ctrl-C at the terminal must not stop it in the middle of a change.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  pid_t pid = -1;
  const int error = ::posix_spawnp(&pid, "ip", &actions, &attributes,
                                   const_cast<char* const*>(arguments.data()), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (error != 0)
    throw DeviceError(fmt::format("`ip` cannot be started: {}: the package iproute2 is needed",
                                  std::strerror(error)));
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0)
    if (errno != EINTR)
      throw DeviceError(fmt::format("`ip` cannot be waited for: {}", std::strerror(errno)));
  return status;
}

// `ip` says what went wrong and then "Command failed -:LINE".
std::string explain(const std::string& said, const std::string& commands) {
  constexpr std::string_view kFailed = "Command failed -:";
  std::vector<std::string> words;
  std::string command;
  std::istringstream lines(said);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(kFailed)) {
      const int number = std::atoi(line.c_str() + kFailed.size());
      std::istringstream all(commands);
      for (int i = 0; i < number; ++i) std::getline(all, command);
    } else if (!line.empty()) {
      words.push_back(line);
    }
  }
  return fmt::format("`ip {}`: {}", command, fmt::join(words, "; "));
}

}  // namespace

void run_ip(const std::string& network_namespace, const std::string& commands) {
  const FileDescriptor in = memory_file(commands);
  const FileDescriptor out = memory_file({});
  std::vector<const char*> arguments{"ip"};
  if (!network_namespace.empty())
    arguments.insert(arguments.end(), {"-n", network_namespace.c_str()});
  arguments.insert(arguments.end(), {"-batch", "-"});
  const int status = run(std::move(arguments), in, out);
  if (status == 0) return;
  throw DeviceError(
      fmt::format("{}{}{}", network_namespace, network_namespace.empty() ? "" : ": ",
                  explain(contents_of(out), commands)) +
      (::geteuid() == 0 ? "" : ": needs CAP_NET_ADMIN and CAP_SYS_ADMIN: run as root"));
}

}  // namespace mipvet::net

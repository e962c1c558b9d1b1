#pragma once

#include <chrono>
#include <poll.h>
#include <string>

#include <fmt/format.h>

#include "engine/net/process.h"

namespace mipvet::net {

/// What a command prints, until it ends. Throws where it fails.
inline std::string output_of(const std::string& command, const std::string& in_namespace = {}) {
  ChildProcess process({.command = command, .network_namespace = in_namespace});
  process.close_input();
  std::string all;
  while (!(process.output_closed() && process.exit_status())) {
    pollfd event{process.output_closed() ? process.exit_fd() : process.output_fd(), POLLIN, 0};
    ::poll(&event, 1, 1000);
    for (const std::string& line : process.read_lines()) all += line + '\n';
  }
  if (process.exit_status() != 0)
    throw ProcessError(
        fmt::format("`{}` ended with {}: {}", command, process.exit_status().value_or(-1), all));
  return all;
}

}  // namespace mipvet::net

#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/net/file_descriptor.h"

namespace mipvet::net {

class ProcessError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A command that runs beside us: an implementation under test, a trigger. It has a process group
/// of its own, which ends with this object; the kernel kills the command itself when the thread
/// that started it is no more.
class ChildProcess {
 public:
  struct Options {
    std::string command{};            ///< for /bin/sh -c
    std::string network_namespace{};  ///< a named one; "": the current one
    std::vector<std::pair<std::string, std::string>> environment{};  ///< beside our own
    std::filesystem::path log{};  ///< all that it prints goes there too; "": nowhere
  };

  /// Throws ProcessError where it cannot be started.
  explicit ChildProcess(const Options& options);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  /// Ends it as `terminate` does.
  ~ChildProcess();

  int pid() const { return pid_; }

  /// Readable when it has printed something, or has closed its output.
  int output_fd() const { return output_.get(); }
  /// What it has printed (standard output and error) since the last call, as whole lines; the last
  /// one may lack its end when the output is closed. A line is cut after 64 KiB. Has to be called
  /// whenever `output_fd` is readable: a process waits for its output to be read.
  std::vector<std::string> read_lines();
  bool output_closed() const { return !output_; }

  /// Writes to its standard input; false where it does not read it (any more).
  bool write_input(std::string_view text);
  void close_input() { input_.close(); }

  /// Readable when it has ended.
  int exit_fd() const { return exit_.get(); }
  /// Nothing while it runs; as a shell has it, 128 + signal where a signal ended it.
  std::optional<int> exit_status() const;

  /// SIGTERM to its process group; SIGKILL to what is left of it after the grace period, or as soon
  /// as the command has ended and nobody holds its output any more. What it printed last can still
  /// be read.
  void terminate(std::chrono::milliseconds grace = std::chrono::seconds(2));

 private:
  void drain();

  int pid_ = -1;
  std::string command_;
  FileDescriptor input_;
  FileDescriptor output_;
  FileDescriptor exit_;
  FileDescriptor log_;
  std::string unread_;
  std::optional<int> final_status_;  // known once it was waited for
};

}  // namespace mipvet::net

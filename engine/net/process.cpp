#include "engine/net/process.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "engine/net/network_namespace.h"

namespace mipvet::net {
namespace {

constexpr std::size_t kLongestLine = 65536;

struct Pipe {
  FileDescriptor reading;
  FileDescriptor writing;
};

[[noreturn]] void fail(const std::string& command, std::string_view what, int error) {
  throw ProcessError(fmt::format("`{}`: {}: {}", command, what, std::strerror(error)));
}

Pipe make_pipe(const std::string& command) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) fail(command, "no pipe", errno);
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

void make_nonblocking(const FileDescriptor& file) {
  ::fcntl(file.get(), F_SETFL, ::fcntl(file.get(), F_GETFL) | O_NONBLOCK);
}

std::vector<std::string> environment_with(
    const std::vector<std::pair<std::string, std::string>>& additions) {
  std::vector<std::string> all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    bool replaced = false;
    for (const auto& [name, value] : additions)
      replaced |= text.starts_with(name) && text.substr(name.size()).starts_with('=');
    if (!replaced) all.emplace_back(text);
  }
  for (const auto& [name, value] : additions) all.push_back(fmt::format("{}={}", name, value));
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

// What a forked child does; other threads may have held any lock, so it makes system calls only.
[[noreturn]] void become(char* const* arguments, char* const* environment, int in, int out,
                         int report, pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // it died before we asked
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  // What we ignore the command would ignore too.
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  ::execvpe(arguments[0], arguments, environment);
  const int error = errno;
  [[maybe_unused]] const ssize_t written = ::write(report, &error, sizeof error);
  ::_exit(127);
}

}  // namespace

ChildProcess::ChildProcess(const Options& options) : command_(options.command) {
  std::vector<std::string> words{"/bin/sh", "-c", command_};
  if (!options.network_namespace.empty()) {
    if (!std::filesystem::exists(namespace_path(options.network_namespace)))
      throw ProcessError(fmt::format("`{}`: there is no network namespace {}", command_,
                                     options.network_namespace));
    // It mounts a /sys that shows the namespace's interfaces, too.
    words.insert(words.begin(), {"ip", "netns", "exec", options.network_namespace});
  }
  if (!options.log.empty()) {
    log_ =
        FileDescriptor(::open(options.log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!log_)
      fail(command_, fmt::format("its log {} cannot be written", options.log.string()), errno);
  }
  std::vector<std::string> variables = environment_with(options.environment);
  const std::vector<char*> arguments = pointers(words);
  const std::vector<char*> environment = pointers(variables);
  Pipe input = make_pipe(command_);
  Pipe output = make_pipe(command_);
  Pipe report = make_pipe(command_);  // closed by a successful exec

  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) fail(command_, "cannot be started", errno);
  if (pid_ == 0)
    become(arguments.data(), environment.data(), input.reading.get(), output.writing.get(),
           report.writing.get(), parent);
  ::setpgid(pid_, pid_);  // whichever of the two is first
  report.writing.close();
  int error = 0;
  ssize_t length = -1;
  do {
    length = ::read(report.reading.get(), &error, sizeof error);
  } while (length < 0 && errno == EINTR);
  exit_ = FileDescriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
  if (length == 0 && !exit_) error = errno;
  if (error != 0) {
    ::kill(-pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    fail(command_, "cannot be started", error);
  }
  input_ = std::move(input.writing);
  output_ = std::move(output.reading);
  make_nonblocking(input_);
  make_nonblocking(output_);
}

ChildProcess::~ChildProcess() {
  terminate();
}

void ChildProcess::drain() {
  std::array<char, 4096> chunk;
  while (output_) {
    const ssize_t length = ::read(output_.get(), chunk.data(), chunk.size());
    if (length > 0) {
      unread_.append(chunk.data(), static_cast<std::size_t>(length));
      if (log_)
          // A full disk must not stop a run: the log is for reading afterwards.
          [[maybe_unused]]
        const ssize_t logged = ::write(log_.get(), chunk.data(), static_cast<std::size_t>(length));
    } else if (length < 0 && errno == EINTR) {
      continue;
    } else if (length < 0 && errno == EAGAIN) {
      return;
    } else {
      output_.close();
    }
  }
}

std::vector<std::string> ChildProcess::read_lines() {
  drain();
  std::vector<std::string> lines;
  std::size_t begin = 0;
  while (begin < unread_.size()) {
    const std::size_t end = unread_.find('\n', begin);
    const std::size_t length = std::min(end, unread_.size()) - begin;
    if (end == std::string::npos && length < kLongestLine && output_) break;
    lines.push_back(unread_.substr(begin, std::min(length, kLongestLine)));
    begin += lines.back().size();
    if (begin == end) ++begin;
  }
  unread_.erase(0, begin);
  return lines;
}

bool ChildProcess::write_input(std::string_view text) {
  // Without its reader a pipe raises SIGPIPE: taken out again before anybody else sees it.
  sigset_t broken;
  sigset_t before;
  ::sigemptyset(&broken);
  ::sigaddset(&broken, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &broken, &before);
  while (!text.empty() && input_) {
    const ssize_t length = ::write(input_.get(), text.data(), text.size());
    if (length > 0) text.remove_prefix(static_cast<std::size_t>(length));
    if (length >= 0 || errno == EINTR) continue;
    if (errno == EPIPE) {
      const timespec now{};
      ::sigtimedwait(&broken, nullptr, &now);
      input_.close();
    }
    break;
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return text.empty();
}

std::optional<int> ChildProcess::exit_status() const {
  if (final_status_) return final_status_;
  // It is not waited for yet: as long as it is there, nobody else can have its process group's id.
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
      info.si_pid == 0)
    return std::nullopt;
  return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

void ChildProcess::terminate(std::chrono::milliseconds grace) {
  if (final_status_) return;
  const auto deadline = std::chrono::steady_clock::now() + grace;
  ::kill(-pid_, SIGTERM);
  drain();
  while (!(exit_status() && output_closed())) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) break;
    std::array<pollfd, 2> events{
        {{output_.get(), POLLIN, 0}, {exit_status() ? -1 : exit_.get(), POLLIN, 0}}};
    ::poll(events.data(), events.size(), static_cast<int>(left.count()));
    drain();
  }
  ::kill(-pid_, SIGKILL);
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) != 0 &&
         errno == EINTR) {
  }
  final_status_ = exit_status();
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  drain();
  // Somebody outside of the process group may hold the output for as long as he likes.
  output_.close();
  input_.close();
}

}  // namespace mipvet::net

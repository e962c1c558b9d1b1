#include "engine/net/tcpdump.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <unistd.h>

#include <fmt/format.h>
#include <sys/inotify.h>

namespace mipvet::net {
namespace {

using Clock = std::chrono::steady_clock;

/// What it takes on a busy machine.
constexpr std::chrono::seconds kPatience{30};

/// What it says once every frame from now on is captured.
constexpr std::string_view kListening = "listening on";
constexpr std::string_view kDropped = "dropped by kernel";

/// Each frame is handed over and written as it comes. The interface's other direction would be what
/// the kernel sends, which is nothing.
constexpr std::string_view kCommand =
    "exec tcpdump -i {} -w \"$MIPVET_CAPTURE\" -Q in -U --immediate-mode -B 4096 -s 0 -n -Z root "
    "--time-stamp-precision=nano";

/// False when the time is over.
bool wait_readable(int file, Clock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
  pollfd event{file, POLLIN, 0};
  return ::poll(&event, 1, static_cast<int>(std::max<std::int64_t>(0, left.count()))) == 1;
}

[[noreturn]] void fail(const std::string& link, std::string_view what) {
  throw DeviceError(fmt::format("tcpdump on {}: {}", link, what));
}

void wait_until_listening(ChildProcess& process, const std::string& link) {
  const auto until = Clock::now() + kPatience;
  std::string last = "said nothing";
  while (!process.output_closed() && wait_readable(process.output_fd(), until))
    for (std::string& line : process.read_lines()) {
      if (line.find(kListening) != std::string::npos) return;
      if (!line.empty()) last = std::move(line);
    }
  fail(link, "does not listen: " + last);
}

bool holds(const std::filesystem::path& path, wire::Bytes frame) {
  std::ifstream file(path, std::ios::binary);
  const wire::Buffer octets{std::istreambuf_iterator<char>(file), {}};
  return std::search(octets.begin(), octets.end(), frame.begin(), frame.end()) != octets.end();
}

void wait_until_it_holds(const Tcpdump::Capture& capture, wire::Bytes frame) {
  const auto until = Clock::now() + kPatience;
  const FileDescriptor changes(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (::inotify_add_watch(changes.get(), capture.file.c_str(), IN_MODIFY) < 0)
    fail(capture.link, fmt::format("has not made {}", capture.file.string()));
  alignas(inotify_event) std::array<char, 4096> events;
  while (!holds(capture.file, frame)) {
    if (!wait_readable(changes.get(), until)) fail(capture.link, "did not see the run's end");
    while (::read(changes.get(), events.data(), events.size()) > 0) {
    }
  }
}

void end(ChildProcess& process, const std::string& link) {
  process.terminate(kPatience);  // it writes what it has and says what it did not get
  std::string last;
  for (std::string& line : process.read_lines()) {
    if (line.find(kDropped) != std::string::npos && !line.starts_with("0 ")) fail(link, line);
    if (!line.empty()) last = std::move(line);
  }
  if (process.exit_status() != 0)
    fail(link, fmt::format("ended with status {}: {}", process.exit_status().value_or(-1), last));
}

}  // namespace

Tcpdump::Tcpdump(const Lab& lab, std::vector<Capture> captures) : captures_(std::move(captures)) {
  for (const Capture& capture : captures_)
    processes_.push_back(std::make_unique<ChildProcess>(ChildProcess::Options{
        .command = fmt::format(kCommand, lab.bridge_device(capture.link)),
        .network_namespace = lab.network_namespace(),
        .environment = {{"MIPVET_CAPTURE", std::filesystem::absolute(capture.file).string()}}}));
  for (std::size_t i = 0; i < captures_.size(); ++i)
    wait_until_listening(*processes_[i], captures_[i].link);
}

void Tcpdump::stop(wire::Bytes last) {
  if (!last.empty())
    for (const Capture& capture : captures_) wait_until_it_holds(capture, last);
  for (std::size_t i = 0; i < captures_.size(); ++i) end(*processes_[i], captures_[i].link);
}

}  // namespace mipvet::net

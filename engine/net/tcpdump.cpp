#include "engine/net/tcpdump.h"

#include <chrono>
#include <poll.h>
#include <thread>

#include <fmt/format.h>

#include "engine/net/capture_file.h"
#include "engine/wire/marker.h"
#include "engine/wire/packet.h"

namespace mipvet::net {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kPatience{10};

/// What it says once every frame from now on is captured.
constexpr std::string_view kListening = "listening on";

void wait_until_listening(ChildProcess& process, const std::string& link) {
  const auto until = Clock::now() + kPatience;
  std::string last = "said nothing";
  while (Clock::now() < until && !process.output_closed()) {
    pollfd readable{process.output_fd(), POLLIN, 0};
    ::poll(&readable, 1, 100);
    for (std::string& line : process.read_lines()) {
      if (line.find(kListening) != std::string::npos) return;
      if (!line.empty()) last = std::move(line);
    }
  }
  throw DeviceError(fmt::format("tcpdump on {}: does not listen: {}", link, last));
}

/// A file that is still being written may end within a frame.
bool has_end_marker(const std::filesystem::path& file) {
  try {
    CaptureReader reader(file);
    wire::Packet packet;
    while (const auto frame = reader.next()) {
      packet.decode(frame->bytes);
      const wire::View message = packet.view(packet.message());
      if (message.layout() == &wire::marker::layout &&
          message[wire::marker::kind] == wire::marker::kEnd)
        return true;
    }
  } catch (const CaptureError&) {
  }
  return false;
}

}  // namespace

Tcpdump::Tcpdump(const Lab& lab, const std::vector<std::string>& links,
                 std::vector<std::filesystem::path> files)
    : files_(std::move(files)) {
  for (std::size_t i = 0; i < links.size(); ++i)
    processes_.push_back(std::make_unique<ChildProcess>(ChildProcess::Options{
        .command =
            fmt::format("exec tcpdump -i {} -w '{}' -Q in -U --immediate-mode -s 0 -n -Z root "
                        "--time-stamp-precision=nano",
                        lab.bridge_device(links[i]), files_[i].string()),
        .network_namespace = lab.network_namespace()}));
  for (std::size_t i = 0; i < links.size(); ++i) wait_until_listening(*processes_[i], links[i]);
}

void Tcpdump::stop() {
  const auto until = Clock::now() + std::chrono::seconds(2);
  for (const auto& file : files_)
    while (!has_end_marker(file) && Clock::now() < until)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
  processes_.clear();
}

}  // namespace mipvet::net

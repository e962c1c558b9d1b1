#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/net/lab.h"
#include "engine/net/process.h"

namespace mipvet::net {

/// Captures of a live run that are not of our making: one tcpdump on each link of a lab. Throws
/// DeviceError where one does not start, or does not do its work.
class Tcpdump {
 public:
  /// Where a link goes: a pcap file of nanoseconds.
  struct Capture {
    std::string link;
    std::filesystem::path file;
  };

  /// Returns when all of them listen.
  Tcpdump(const Lab& lab, std::vector<Capture> captures);

  /// Returns when the files are whole: they hold this frame, that was put on every link last, and
  /// all that came before it. Empty: there was none, the files end where they do.
  void stop(wire::Bytes last);

 private:
  std::vector<Capture> captures_;
  std::vector<std::unique_ptr<ChildProcess>> processes_;
};

}  // namespace mipvet::net

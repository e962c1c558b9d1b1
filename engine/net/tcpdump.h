#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/net/lab.h"
#include "engine/net/process.h"

namespace mipvet::net {

/// Captures of a live run that are not of our making: one tcpdump on each link of a lab. Throws
/// DeviceError where one does not start.
class Tcpdump {
 public:
  /// Returns when all of them listen. `files`: where link i goes, a pcap file of nanoseconds.
  Tcpdump(const Lab& lab, const std::vector<std::string>& links,
          std::vector<std::filesystem::path> files);

  /// Returns when the files are whole. They are once the marker of the run's end is in them; where
  /// it is not after a while, the files end where they do.
  void stop();

 private:
  std::vector<std::filesystem::path> files_;
  std::vector<std::unique_ptr<ChildProcess>> processes_;
};

}  // namespace mipvet::net

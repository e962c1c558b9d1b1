#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/model/network.h"
#include "engine/net/frame.h"

namespace mipvet::campaign {

/// A capture of one link, or with interfaces that bear the names of links.
struct CaptureFile {
  std::filesystem::path path;
  std::optional<std::string> link;  ///< all its frames are of this link
};

/// The frames of captures of one run, in order of time over all files. What is given has to live
/// longer. Throws net::CaptureError and model::InputError (an interface or link that the network
/// does not have).
class CaptureFrames {
 public:
  CaptureFrames(const std::vector<CaptureFile>& captures, const model::Network& network);
  ~CaptureFrames();

  struct Numbered {
    net::Frame frame;  ///< its octets live until the next one is asked for
    std::uint64_t number;
  };
  /// Nothing at the end.
  std::optional<Numbered> next();

 private:
  class Reading;
  std::vector<std::unique_ptr<Reading>> readings_;
  Reading* last_ = nullptr;
};

}  // namespace mipvet::campaign

#pragma once

#include <vector>

#include "engine/campaign/frame_selection.h"
#include "engine/crypto/key_log.h"
#include "engine/model/recording.h"
#include "engine/net/frame.h"

namespace mipvet::campaign {

/// Keeps the frames of a run, their octets alone, until it is known which of them a report shows.
class Recorder {
 public:
  /// `number`: what findings cite the frame by.
  void frame(const net::Frame& frame, std::uint64_t number);
  /// Takes the selected frames apart, decrypted with the keys of the whole run.
  model::Recording take(const model::Network& network, const crypto::KeyLog& keys,
                        const FrameSelection& selection) const;

 private:
  struct Kept {
    std::uint64_t number;
    net::Time time;
    net::LinkId link;
    std::size_t first;  ///< in `octets_`
    std::size_t count;
  };

  std::vector<Kept> kept_;
  wire::Buffer octets_;  // of all frames, one behind the other
};

}  // namespace mipvet::campaign

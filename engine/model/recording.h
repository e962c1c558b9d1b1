#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/model/network.h"
#include "engine/wire/packet.h"

/// Frames that are kept after a run, for the reports that show them.
namespace mipvet::model {

struct RecordedFrame {
  std::uint64_t number = 0;  ///< 1-based, in a capture of all frames: what findings cite it by
  net::Time time{};
  LinkId link = 0;
  /// Who put it on this link and who is to take it from there, routers included; kNobody where the
  /// network does not tell.
  NodeId from = kNobody;
  NodeId to = kNobody;
  bool to_all = false;              ///< to a group or to everybody on the link
  bool by_tester = false;           ///< injected or altered by the tester
  wire::Buffer octets;              ///< as on the link
  wire::Buffer opened;              ///< decrypted, all octets in their places; empty: nothing was
  std::vector<wire::Layer> layers;  ///< outermost first, as wire::Packet has them
  std::size_t message = 0;          ///< which of them is the message
  std::string line;                 ///< wire::one_line

  wire::Bytes dissected() const { return opened.empty() ? octets : opened; }
};

struct Recording {
  Network network;
  std::vector<RecordedFrame> frames;
};

}  // namespace mipvet::model

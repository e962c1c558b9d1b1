#pragma once

#include "engine/model/network.h"
#include "engine/net/frame.h"
#include "engine/scenario/named_frames.h"
#include "engine/scenario/scenario.h"
#include "engine/wire/bytes.h"

namespace mipvet::scenario {

/// Makes the frames that the tester sends. Their source MAC address is the tester's; they go to the
/// MAC address that the receiver (or the next hop) has on the link, or to all.
class Crafter {
 public:
  /// Both have to outlive the crafter.
  Crafter(const model::Network& network, const NamedFrames& frames)
      : network_(network), frames_(frames) {}

  /// These throw CannotDo where a frame that they need was not seen or is not what they need.
  wire::Buffer craft(const Send& send, net::Time now) const;
  wire::Buffer craft(const SendError& error) const;
  wire::Buffer edited(wire::Bytes frame, const Edit& edit, net::Time now) const;

 private:
  wire::Buffer compose(const Send& send, net::Time now) const;
  wire::Buffer repeat(const Send& send) const;
  wire::MacAddress next_hop(model::LinkId link, model::NodeId via, wire::Ipv4Address to) const;
  void readdress(wire::Buffer& frame, const Send& send) const;
  void finish(wire::Buffer& frame, const Send& send) const;

  const model::Network& network_;
  const NamedFrames& frames_;
};

}  // namespace mipvet::scenario

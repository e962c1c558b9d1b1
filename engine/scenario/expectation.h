#pragma once

#include <optional>
#include <string>

#include "engine/net/frame.h"
#include "engine/scenario/named_frames.h"
#include "engine/scenario/scenario.h"
#include "engine/wire/packet.h"

namespace mipvet::scenario {

/// Why a packet is not what a step looks for. The closer it came, the better it explains what
/// happened instead.
struct Mismatch {
  int closeness = 0;
  std::string reason;
};

/// Compares a packet, seen on a link, with what is looked for. Nothing where it matches. A test
/// against a frame that was never seen does not match.
std::optional<Mismatch> mismatch(const Match& match, const model::Network& network,
                                 model::LinkId link, const wire::Packet& packet,
                                 const NamedFrames& frames, net::Time now);

/// Whether a packet comes from (or goes to) a party; see Party.
bool is_from(const Party& party, const model::Network& network, const wire::Packet& packet);
bool is_to(const Party& party, const model::Network& network, const wire::Packet& packet);

}  // namespace mipvet::scenario

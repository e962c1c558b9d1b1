#pragma once

#include "engine/observer/ike_sighting.h"
#include "engine/wire/packet.h"

namespace mipvet::observer {

/// Whether the message of a decoded packet is one of IKE.
bool is_ike(const wire::Packet& packet);

/// Turns a decoded IKE message into what is kept of it. `frame` are the octets as they were on the
/// wire; the packet has them decrypted. AUTH stays Check::unknown where there is one: what it takes
/// to verify it is in other messages.
void sight_ike(const Place& place, wire::Bytes frame, const wire::Packet& packet,
               IkeMessage& result);

}  // namespace mipvet::observer

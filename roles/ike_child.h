#pragma once

#include "roles/ike_children.h"

namespace mipvet::roles {

struct EspDirections {
  crypto::DirectionKeys in;
  crypto::DirectionKeys out;
};

/// A pair of ESP SAs.
struct IkeChildren::Child {
  Child(IkeContext& context, ChildSa made, const EspAlgorithms& algorithms,
        const EspDirections& keys)
      : sa(std::move(made)),
        sender(sa.outbound_spi, algorithms, keys.out, context.random, context.deviates),
        receiver(algorithms, keys.in, context.deviates),
        lifetime(context) {}

  ChildSa sa;
  EspSender sender;
  EspReceiver receiver;
  std::optional<crypto::Group> group;
  std::optional<std::uint32_t> replaces;  ///< inbound SPI
  bool ready = true;                      ///< it may be sent on
  bool deleting = false;
  bool rekeying = false;
  Timer lifetime;
};

}  // namespace mipvet::roles

#pragma once

#include <deque>
#include <map>

#include "engine/observer/digest.h"
#include "engine/observer/ike_sighting.h"

namespace mipvet::observer {

/// The nonces that each node has used lately: they have to be new (RFC 7296 §2.10).
class Nonces {
 public:
  /// Notes the nonce of a message, if there is one. True: its sender used it in another exchange.
  /// A copy, and IKE_SA_INIT once more with a cookie or another group, is the same exchange.
  bool is_repeated(const IkeMessage& seen) {
    const wire::View nonce = seen.payload(wire::ike::nonce::layout);
    if (!nonce) return false;
    const Use now{digest(nonce.octets(wire::ike::nonce::data)), seen.initiator_spi(),
                  seen.message_id(), seen.is_response()};
    std::deque<Use>& uses = by_node_[seen.sender];
    bool repeated = false;
    bool known = false;
    for (const Use& one : uses) {
      known = known || one == now;
      repeated = repeated || (one.nonce == now.nonce && one != now);
    }
    if (known) return repeated;
    if (uses.size() == kMax) uses.pop_front();
    uses.push_back(now);
    return repeated;
  }

 private:
  static constexpr std::size_t kMax = 64;
  struct Use {
    std::uint64_t nonce = 0;
    std::uint64_t initiator_spi = 0;
    std::uint32_t message_id = 0;
    bool is_response = false;
    bool operator==(const Use&) const = default;
  };
  std::map<NodeId, std::deque<Use>> by_node_;
};

}  // namespace mipvet::observer

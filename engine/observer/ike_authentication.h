#pragma once

#include "engine/observer/ike_records.h"
#include "engine/observer/key_ring.h"

namespace mipvet::observer {

/// Recomputes the AUTH payload of an IKE_AUTH message (RFC 7296 §2.15) with the declared secret of
/// the two nodes, the IKE_SA_INIT messages and SK_pi or SK_pr of the key log. Check::unknown where
/// one of them is missing, or the method is another than the shared key.
Check check_authentication(const IkeMessage& message, std::uint8_t side, const IkeRecord& record,
                           const KeyRing& keys, const model::Network& network);

}  // namespace mipvet::observer

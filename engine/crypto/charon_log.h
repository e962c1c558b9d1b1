#pragma once

#include <string_view>

#include "engine/crypto/key_log.h"

namespace mipvet::crypto {

/// The keys that strongSwan's charon writes to its log (seen with 5.9.8) at the levels `ike = 4`,
/// `chd = 4`, `enc = 1`, `cfg = 1`, and `mgr = 2` for the SPIs of the IKE SAs. Lines of any other
/// kind are passed over. An SA that the log ends before is not there, CHILD_SAs have no addresses:
/// those in the log are not those beyond a NAT, nor those after a move.
/// Errors as of read_key_log: keys that are not of the proposal selected, or that cannot be
/// assigned.
KeyLog read_charon_log(std::string_view text, std::string_view file);

}  // namespace mipvet::crypto

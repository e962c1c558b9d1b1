#pragma once

#include "roles/deviations.h"
#include "roles/ike_message.h"

/// What an endpoint does wrong with messages as such, whatever they are about: payloads that it
/// sends, and those that it does not take though it should. With no deviation active nothing
/// happens.
namespace mipvet::roles {

/// Of which message.
struct IkeOccasion {
  std::uint8_t exchange = 0;
  bool response = false;
  bool initiator = false;  ///< of the first IKE SA
};

/// The payloads as they are sent.
ike::PayloadChain distorted(const ActiveDeviations& deviates, const IkeOccasion& occasion,
                            ike::PayloadChain payloads);

/// Whether a request is refused, with INVALID_SYNTAX, that has nothing wrong in it.
bool is_picky(const ActiveDeviations& deviates, wire::Bytes message, const IkePayloads& payloads);

}  // namespace mipvet::roles

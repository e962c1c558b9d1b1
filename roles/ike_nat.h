#pragma once

#include "roles/deviations.h"
#include "roles/ike_endpoint.h"
#include "roles/ike_message.h"

/// Finding NATs (RFC 7296 §2.23), and forbidding them (RFC 4555 §3.9).
namespace mipvet::roles {

/// Both notifications, of the path that the message goes.
void add_nat_detection(ike::PayloadChain& chain, const crypto::IkeSpis& spis,
                       const AddressPair& path, const ActiveDeviations& deviates);

struct NatFinding {
  bool announced = false;  ///< both notifications are there
  bool here = false;       ///< the peer sees us elsewhere than we are: a NAT before us
  bool there = false;      ///< it is elsewhere than it thinks
  bool any() const { return here || there; }
};
/// Of a received message with these SPIs in its header.
NatFinding find_nat(const IkePayloads& payloads, const crypto::IkeSpis& spis,
                    const AddressPair& path);

/// NO_NATS_ALLOWED with the addresses and ports of the path.
void add_no_nats_allowed(ike::PayloadChain& chain, const AddressPair& path,
                         const ActiveDeviations& deviates);
/// Whether a NO_NATS_ALLOWED tells another pair than the message came with.
bool tells_of_nat(const IkePayloads& payloads, const AddressPair& path);

}  // namespace mipvet::roles

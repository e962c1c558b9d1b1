#pragma once

#include "roles/ike_context.h"

/// How an endpoint's packets leave: RFC 7296 §2.11, §2.23, RFC 3948 §2.
namespace mipvet::roles {

inline constexpr std::uint16_t kIkePort = 500;
inline constexpr std::uint16_t kNatPort = 4500;

/// An IKE message, behind the non-ESP marker unless it is between ports 500.
void send_message(IkeContext& context, const AddressPair& path, wire::Bytes message);
/// An ESP packet, in UDP or as protocol 50. Its UDP checksum is zero (RFC 3948 §2.1).
void send_esp(IkeContext& context, const AddressPair& path, bool in_udp, wire::Bytes packet);
/// RFC 3948 §2.3.
void send_keepalive(IkeContext& context, const AddressPair& path);

}  // namespace mipvet::roles

#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/crypto/ike_algorithms.h"
#include "engine/net/frame.h"
#include "engine/wire/address.h"
#include "engine/wire/bytes.h"
#include "engine/wire/ike_compose.h"

/// What an IKE endpoint is told before it talks to anybody.
namespace mipvet::roles {

/// A proposal for an IKE SA (RFC 7296 §3.3): of each kind, what may be chosen, best first.
struct IkeProposal {
  std::vector<crypto::Encryption> encryptions;
  std::vector<crypto::Integrity> integrities;  ///< empty with AEAD algorithms
  std::vector<crypto::Prf> prfs;
  std::vector<crypto::Group> groups;
};

/// A proposal for a CHILD_SA. With a group, CREATE_CHILD_SA has a Diffie-Hellman exchange of its
/// own (RFC 7296 §1.3.1); the first CHILD_SA never has.
struct EspProposal {
  std::vector<crypto::Encryption> encryptions;
  std::vector<crypto::Integrity> integrities;
  std::vector<crypto::Group> groups;
};

/// Proposals by strongSwan's names: "aes128-sha256-modp2048", "aes256gcm16-prfsha256-ecp256",
/// "aes128-aes256-sha256-sha1-x25519". Encryption aes128, aes256, aes128gcm16, aes256gcm16;
/// integrity sha1, sha256; prf prfsha1, prfsha256 (else that of the integrity); groups modp2048,
/// ecp256, x25519 (or curve25519). std::invalid_argument, in one line, for anything else.
IkeProposal ike_proposal(std::string_view text);
/// "aes128-sha256", "aes128gcm16", "aes128-sha256-modp2048".
EspProposal esp_proposal(std::string_view text);

/// What an ID payload says (RFC 7296 §3.5).
struct IkeIdentity {
  std::uint8_t type = 0;  ///< wire::ike::identification::kFqdn ...
  wire::Buffer data;

  bool operator==(const IkeIdentity&) const = default;
};
/// "mn@example.com" is an ID_RFC822_ADDR, "192.0.2.1" an ID_IPV4_ADDR, all else an ID_FQDN.
IkeIdentity ike_identity(std::string_view text);
std::string to_string(const IkeIdentity& identity);

/// How this endpoint and one peer know each other: a shared secret (RFC 7296 §2.15).
struct IkeCredential {
  IkeIdentity own;
  IkeIdentity peer;
  std::string psk;
};

/// When an unanswered request is sent again: after `first`, then each time `factor` times later
/// (RFC 7296 §2.4 wants the gaps to grow); after `tries` transmissions and a last gap it is given
/// up.
struct Retransmission {
  net::Duration first = std::chrono::seconds(2);
  double factor = 1.8;
  unsigned tries = 6;
};

struct IkeSettings {
  std::vector<IkeCredential> credentials;
  std::vector<IkeProposal> ike = {ike_proposal("aes128-sha256-modp2048")};
  std::vector<EspProposal> esp = {esp_proposal("aes128-sha256")};
  bool mobike = true;                                  ///< RFC 4555
  net::Duration keepalive = std::chrono::seconds(20);  ///< behind a NAT (RFC 3948 §2.3)
  Retransmission retransmission;
  /// An empty INFORMATIONAL when nothing was heard for that long (RFC 7296 §2.4).
  std::optional<net::Duration> liveness;
  /// Rekeyed by us at that age, where given (RFC 7296 §2.8).
  std::optional<net::Duration> ike_lifetime;
  /// Not used by us beyond that age, and rekeyed at four fifths of it.
  std::optional<net::Duration> child_lifetime;
  /// Addresses of this endpoint besides the one in use, announced as ADDITIONAL_IP4_ADDRESS
  /// (RFC 4555 §3.4).
  std::vector<wire::Ipv4Address> additional_addresses;
  /// The initiator sends NO_NATS_ALLOWED in the place of NAT detection (RFC 4555 §3.9).
  bool no_nats_allowed = false;

  // The responder's.
  /// What it protects: TSr is narrowed to it (RFC 7296 §2.9).
  std::vector<wire::ike::TrafficSelector> networks = {
      {wire::Ipv4Address{}, wire::Ipv4Address{0xFFFFFFFFU}}};
  /// An initiator has to ask for an inner address, or gets FAILED_CP_REQUIRED and no CHILD_SA
  /// (§2.19).
  bool address_needed = true;
  /// Half-open IKE SAs from which on it asks for a cookie (RFC 7296 §2.6); 0: always.
  std::size_t cookie_threshold = 64;
  /// After an update, nothing goes to the new address until a COOKIE2 was answered from there
  /// (RFC 4555 §3.5, §3.7).
  bool return_routability_check = true;
  /// CHILD_SAs that it takes in one IKE SA; more are NO_ADDITIONAL_SAS (RFC 7296 §4).
  std::size_t max_children = 8;
};

/// What the initiator asks of a peer.
struct IkeConnection {
  wire::Ipv4Address local;  ///< an address of the host
  wire::Ipv4Address peer;
  IkeIdentity peer_identity;    ///< chooses the credential
  bool request_address = true;  ///< CFG_REQUEST for a TIA (RFC 7296 §2.19)
  /// TSr. TSi is everything, which the responder narrows to the TIA; without one it is `local`.
  std::vector<wire::ike::TrafficSelector> networks = {
      {wire::Ipv4Address{}, wire::Ipv4Address{0xFFFFFFFFU}}};
};

}  // namespace mipvet::roles

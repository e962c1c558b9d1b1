#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/crypto/ike_keys.h"
#include "engine/wire/ike_compose.h"
#include "roles/ike_settings.h"

/// What is proposed and what is chosen of it (RFC 7296 §2.7, §3.3), and which traffic (§2.9).
namespace mipvet::roles {

/// The proposals of an IKE SA; `spi` is that of the new SA where an IKE SA is rekeyed, else empty.
std::vector<wire::ike::Proposal> offer(std::span<const IkeProposal> ours, const wire::Buffer& spi);
/// Those of a CHILD_SA. Without `groups` no Diffie-Hellman groups are named: in IKE_AUTH.
std::vector<wire::ike::Proposal> offer(std::span<const EspProposal> ours, const wire::Buffer& spi,
                                       bool groups);

struct IkeChoice {
  crypto::IkeSuite suite;
  crypto::Group group = crypto::Group::modp_2048;
  wire::ike::Proposal answer;  ///< number and one transform of each type; its SPI that of the offer
};
struct EspChoice {
  crypto::Encryption encryption = crypto::Encryption::aes_cbc_128;
  crypto::Integrity integrity = crypto::Integrity::none;
  std::optional<crypto::Group> group;
  wire::ike::Proposal answer;
};

/// The responder's choice: the first proposal of the offer that has something of ours in each type,
/// with the group of the peer's KE payload if that may be. Nothing: NO_PROPOSAL_CHOSEN.
std::optional<IkeChoice> choose(std::span<const wire::ike::Proposal> offered,
                                std::span<const IkeProposal> ours,
                                std::optional<std::uint16_t> ke_group);
std::optional<EspChoice> choose(std::span<const wire::ike::Proposal> offered,
                                std::span<const EspProposal> ours, bool groups,
                                std::optional<std::uint16_t> ke_group);

/// The initiator's check: one proposal, with the number of one that was offered, and one transform
/// of each of its types (RFC 7296 §3.3.6).
bool is_of(std::span<const wire::ike::Proposal> answer,
           std::span<const wire::ike::Proposal> offered);

/// What both have; nothing in it: TS_UNACCEPTABLE.
std::vector<wire::ike::TrafficSelector> narrowed(
    std::span<const wire::ike::TrafficSelector> proposed,
    std::span<const wire::ike::TrafficSelector> policy);
bool is_within(std::span<const wire::ike::TrafficSelector> inner,
               std::span<const wire::ike::TrafficSelector> outer);
wire::ike::TrafficSelector selector_of(wire::Ipv4Address address);

/// Whether an IPv4 datagram goes from one of `from` to one of `to`; where these name ports, so does
/// the datagram (a fragment other than the first has none).
bool takes(std::span<const wire::ike::TrafficSelector> from,
           std::span<const wire::ike::TrafficSelector> to, wire::Bytes datagram);

}  // namespace mipvet::roles

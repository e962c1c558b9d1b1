#pragma once

#include <array>
#include <cstdint>

#include "engine/observer/sighting.h"

namespace mipvet::observer {

/// When something was seen first, and by which frame; false: not at all.
struct Seen {
  std::uint64_t frame = 0;
  Time time;
  explicit operator bool() const { return frame != 0; }
  /// Only the first counts.
  void note(const Place& place) {
    if (frame == 0) *this = {place.frame, place.time};
  }
  void renew(const Place& place) { *this = {place.frame, place.time}; }
};

/// A mobile node's stay on one link, from its first frame there or its first with a new address
/// until the first on another link or with another address: what it did to find out whether it is
/// inside or outside (mip4-mobike §3.4), in the order of times. Everything is as seen on that link.
struct Stay {
  static constexpr std::size_t kMaxProbes = 16;

  std::uint64_t number = 0;  ///< of this mobile node's stays, from 1
  LinkId link = 0;
  model::Side side = model::Side::external;
  Seen began;
  Seen ended;  ///< its first frame elsewhere; false: it is still there

  // Addresses.
  Seen dhcp;                  ///< its first DHCPDISCOVER or DHCPREQUEST
  Seen lease;                 ///< the DHCPACK
  wire::Ipv4Address address;  ///< by DHCPACK, else declared, else source of its first own packet
  Seen solicitation;          ///< its first agent solicitation
  Seen advertisement;         ///< the first agent advertisement on the link
  NodeId advertiser = model::kNobody;

  // The clear registration requests to the home agent with the address of this link as care-of
  // address ("probes"), and what answered them.
  std::uint32_t probes = 0;
  std::array<Seen, kMaxProbes> probe;  ///< the first of them
  std::array<std::uint64_t, kMaxProbes> probe_identification{};
  /// The first reply outside ESP, authentic, matching a probe (or a request outside ESP that named
  /// another care-of address), code 0 or 1.
  Seen verdict;
  Seen denial;  ///< the first authentic one with another code
  std::uint8_t denial_code = 0;
  std::uint32_t denials = 0;
  bool home_agent_heard = false;  ///< an advertisement with H (RFC 3344 §2.1.1)
  /// An authentic acceptance that is malformed: the mobile node may take it or not.
  Seen doubtful;
  Seen forgery;  ///< the first that does not authenticate, or answers no probe
  std::uint32_t forgeries = 0;
  std::uint32_t agent_replies = 0;   ///< codes 64-127, without the home agent's authenticator
  std::uint32_t tunnel_replies = 0;  ///< replies in ESP to requests in ESP
  Seen request_by_agent;             ///< its first request through a foreign agent here
  Seen reply_by_agent;               ///< ... accepted
  Seen deregistration;               ///< its first request with lifetime 0 outside ESP
  Seen deregistered;                 ///< ... accepted
  /// Its first registration request outside ESP to whomever, whatever care-of address it names.
  Seen clear_request;

  // The VPN.
  bool had_ike_sa = false;              ///< an established IKE SA when the stay began
  bool had_mobike = false;              ///< ... with MOBIKE on both sides
  bool had_child_sa = false;            ///< ... with a CHILD_SA
  bool had_tunnel_binding = false;      ///< the TIA was registered as care-of address when it began
  wire::Ipv4Address old_inner_address;  ///< the TIA when it began
  Seen ike_request;                     ///< its first IKE request here, or copy of an earlier one
  Seen ike_sa_init;                     ///< its first IKE_SA_INIT here
  std::uint32_t ike_sa_inits = 0;       ///< different ones (initiator SPI), not copies
  Seen update;                          ///< its first request with UPDATE_SA_ADDRESSES here
  Seen update_answered;                 ///< the first answer without an error
  Seen update_refused;                  ///< the first answer with one
  std::uint32_t update_copies = 0;
  /// The selectors of its newest CHILD_SA leave protocols or ports out.
  bool is_tunnel_narrow = false;
  Seen tunnel_up;    ///< IKE_AUTH or CREATE_CHILD_SA answered: a CHILD_SA of this stay
  Seen ike_deleted;  ///< its Delete of an IKE SA
  wire::Ipv4Address inner_address;  ///< the TIA now; zero: none
  Seen tunnel_request;              ///< its first registration request in ESP here
  Seen tunnel_reply;                ///< accepted reply in ESP here
  /// With the TIA of now an acceptance came in ESP, here or before, whether it can be taken or not.
  bool may_be_registered = false;

  // Traffic of the mobile node: any datagram but DHCP, agent discovery, registration, IKE,
  // keepalives, ICMP errors, and what encapsulates those.
  Seen clear_traffic;  ///< the first with its home address, outside ESP (in whatever MIP tunnel)
  Seen last_clear_traffic;
  Seen esp_traffic;  ///< the first inside ESP
  Seen last_esp_traffic;
  std::uint32_t clear_packets = 0;
  std::uint32_t esp_packets = 0;
  Seen last_esp;  ///< its last ESP packet, whatever it held
  /// Its last registration request, or datagram in a UDP tunnel (RFC 3519), outside ESP to the home
  /// agent: what keeps the mapping of a NAT between them.
  Seen last_to_home_agent;

  // Correspondents at its home address: ICMP echo requests that reached it here, through whatever
  // tunnels, and its replies; counted anew from each first verdict or accepted registration.
  Seen echo_request;  ///< the first of them
  std::uint32_t echo_requests = 0;
  std::uint32_t echo_replies = 0;

  bool is_trusted() const { return side != model::Side::external; }
  bool is_home() const { return side == model::Side::home; }
  /// From when on it could talk here: with the lease, or what stands for one.
  Time ready() const { return lease ? lease.time : began.time; }
};

}  // namespace mipvet::observer

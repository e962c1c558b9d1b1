#pragma once

#include <span>

#include "engine/observer/facts.h"
#include "engine/observer/security_associations.h"
#include "engine/observer/stay.h"

/// What the observer tells the rules about IKEv2, MOBIKE, ESP, UDP encapsulation, and about mobile
/// nodes that find out whether they are inside. As with all facts: told of what the frames and the
/// key log show, one judged node each, alive as long as the call.
///
/// A message of a node counts as sent where that node is attached to the link, and as received
/// where its addressee is: on its way between them it is no new message.
namespace mipvet::observer {

/// Time limits that the drafts leave open (ledger parameters).
inline constexpr Duration kParallel = std::chrono::seconds(1);      ///< T_par
inline constexpr Duration kConvergence = std::chrono::seconds(10);  ///< T_conv, t_move
inline constexpr Duration kNever = std::chrono::seconds(60);        ///< T_never
inline constexpr Duration kSwitch = std::chrono::seconds(3);        ///< t_switch

/// A fact about an IKE SA. `side` is that of the judged node; no IKE SA: it belongs to none that is
/// known (any more), then `side` says nothing.
struct IkeFact : Fact {
  const IkeSa* sa;
  std::uint8_t side;

  const IkeSide& own() const { return sa->sides[side]; }
  const IkeSide& peer() const { return sa->sides[1U - side]; }
  bool is_client() const { return side == kClient; }
};

/// A node sends an IKE request, or a copy of one. The IKE SA is as it was before this request, but
/// for the first request of all: then it is the new half-open one.
struct IkeRequestSent : IkeFact {
  const IkeMessage& request;
  const IkeMessage* original;  ///< the first copy with this Message ID; null: this is it
  std::uint32_t copies;        ///< how often it was sent, this one included
  Duration interval;           ///< since the copy before this one; 0 for the first
  Duration previous_interval;  ///< between the two copies before; 0 where there were none
  /// The request of this side before it, and its answer; null: there was none, or it is forgotten.
  /// With IKE_SA_INIT: the one of the same initiator SPI, else the last of the same two nodes.
  const IkeMessage* previous;
  const IkeMessage* previous_response;
  const Stay* stay;  ///< of a mobile node: where it is
  const IkeMessage& primary() const { return request; }
};

/// A node answers an IKE request (or sends something with the response flag set).
struct IkeResponseSent : IkeFact {
  const IkeMessage* request;  ///< the last copy that reached the judged node; null: none was seen
  const IkeMessage& response;
  const IkeMessage* original;    ///< the first response with this Message ID; null: this is it
  std::uint32_t copies;          ///< responses to this request, this one included
  std::uint32_t request_copies;  ///< requests that it received
  /// The last request of its own that it has no answer to yet; null: none.
  const IkeMessage* own_request = nullptr;
  const IkeMessage& primary() const { return response; }
};

/// The time within which a node has to deal with an IKE request (or any message that is none of
/// an open exchange) that reached it is over. Also of those that the tester made or altered.
struct IkeRequestSettled : IkeFact {
  const IkeMessage& request;     ///< as it reached the judged node
  const IkeMessage* response;    ///< the first answer since; null: silence
  std::uint32_t responses;       ///< since
  std::uint32_t request_copies;  ///< that reached it up to now
  const IkeMessage* earlier;     ///< the copy that reached it before this one; null: the first
  const IkeMessage* earlier_response;  ///< what answered that
  std::uint32_t expected_id;           ///< Message ID that was due from this peer when it came
  const IkeMessage& primary() const { return request; }
};

/// A request of the judged node is answered, or will not be any more: no copy for `kNever`, or its
/// IKE SA ended, or (IKE_SA_INIT) the node began anew. Told `kConvergence` after that, so that
/// `next` shows what came of it.
struct IkeExchangeEnded : IkeFact {
  static constexpr std::size_t kMaxCopies = 16;
  const IkeMessage& request;     ///< its first copy
  const IkeMessage* response;    ///< as it reached the node; null: given up
  std::span<const Time> copies;  ///< when the copies were sent, at most `kMaxCopies` of them
  std::span<const Path> paths;   ///< where to, for each of them
  bool identical;                ///< all copies had the same octets
  const IkeMessage* next;        ///< the node's next request to the same peer since; null: none
  const IkeMessage* next_but_one;
  /// What answered its request before this one in the same IKE SA; null: nothing, or forgotten.
  const IkeMessage* previous_response = nullptr;
  const IkeMessage& primary() const { return request; }
};

/// Something that changes an IKE SA as a whole. Told of each side with a known node.
struct IkeSaChanged : IkeFact {
  enum class What : std::uint8_t {
    established,  ///< IKE_AUTH succeeded (RFC 7296 §1.2)
    failed,       ///< IKE_SA_INIT or IKE_AUTH was answered with an error that ends it
    rekeyed,      ///< `sa` is the new one, `other` the old one (RFC 7296 §2.18)
    deleted,      ///< a Delete of it was answered, or sent (RFC 7296 §1.4.1)
    abandoned,    ///< not deleted, but not used for `kNever`, or another one took its place
  };
  What what;
  const IkeMessage& request;   ///< of the exchange that did it; abandoned: the last one
  const IkeMessage* response;  ///< null: none was seen
  const IkeSa* other;          ///< rekeyed: the old one; abandoned: the one that took its place
  const Place& primary() const {
    if (response != nullptr && response->sender == judged) return *response;
    return request;
  }
};

/// A CHILD_SA comes or goes. Told of each side with a known node.
struct ChildSaChanged : IkeFact {
  enum class What : std::uint8_t { created, rekeyed, deleted };
  What what;
  const ChildSa& child;       ///< created, rekeyed: the new one; deleted: that one
  const ChildSa* other;       ///< rekeyed: the old one
  bool by_judged;             ///< the judged node sent the request
  const IkeMessage& request;  ///< of the exchange that did it
  const IkeMessage* response;
  const Place& primary() const {
    if (response != nullptr && response->sender == judged) return *response;
    return request;
  }
};

/// How a side used a CHILD_SA after an update: packets sent since it was answered.
struct PathUse {
  const ChildSa* child = nullptr;
  std::uint32_t on_new = 0;
  std::uint32_t on_old = 0;       ///< up to `kSwitch` after the answer
  std::uint32_t late_on_old = 0;  ///< after that
  std::uint32_t before_answer_on_new = 0;
};

/// The time within which a change of addresses has to take effect is over: `kConvergence` after a
/// request with UPDATE_SA_ADDRESSES was answered, or given up (RFC 4555 §3.5). Told of each side
/// with a known node, and only if no other update began meanwhile.
struct AddressesUpdated : IkeFact {
  const IkeMessage& request;   ///< on the link of the judged node, where it was seen there
  const IkeMessage* response;  ///< null: none
  Path old_path;               ///< as the judged node sees it
  Path new_path;
  std::span<const PathUse> used;  ///< ESP of the judged node, by CHILD_SA
  const IkeMessage* check;  ///< first request of the gateway on the new path since; null: none
  const IkeMessage* check_response;  ///< as it reached the gateway; null: it did not
  const Stay* stay;                  ///< of the client
  const IkeMessage& primary() const { return request; }
};

/// One ESP packet on its sender's link.
struct EspSent : IkeFact {
  const Place& place;  ///< of the ESP header; addresses and ports are the outer ones
  const wire::Packet& packet;
  wire::View message;     ///< esp, all its octets
  Protection protection;  ///< never `clear`
  bool in_udp;
  const ChildSa* child;    ///< with the state before this packet; null: no SA has this SPI
  std::uint32_t highest;   ///< sequence number that this sender had reached on this SPI
  std::uint64_t packets;   ///< that it had sent on this SPI
  wire::View trailer;      ///< esp-trailer, where opened
  bool padding_is_right;   ///< 1, 2, 3, ... (RFC 4303 §2.4); where opened
  wire::View inner;        ///< the ipv4 datagram inside; none: not opened, or something else
  wire::View inner_inner;  ///< the ipv4 datagram tunnelled inside that, by whatever tunnel
  bool is_registration;    ///< a Mobile IP registration message is inside
  const Stay* stay;        ///< of a mobile node
  const Place& primary() const { return place; }
};

/// The time within which a VPN gateway has to hand on what is in an ESP packet that reached it is
/// over. Also of packets that the tester made or altered.
struct EspSettled : IkeFact {
  const Place& place;  ///< of the ESP header, as it reached the judged node
  Protection protection;
  bool in_udp;
  const ChildSa* child;  ///< as it was when the packet came; null: no SA has this SPI
  std::uint32_t spi;
  std::uint32_t sequence_number;
  std::uint32_t highest;  ///< sequence number that had reached the judged node intact
  /// Sequence number of packets on this SPI that reached it and were not authentic; 0: none.
  std::uint32_t forged_highest;
  bool is_repeated;  ///< this sequence number had reached it intact
  bool is_late;      ///< lower than the highest by more than 32
  std::uint8_t next_header;
  wire::Ipv4Address inner_source;
  wire::Ipv4Address inner_destination;
  std::uint8_t inner_protocol;           ///< of the inner IPv4 header; 0: not opened
  std::uint16_t inner_destination_port;  ///< of UDP directly in it; 0: something else
  bool is_well_formed;                   ///< inner header whole and right, time to live over 1
  std::uint32_t delivered;               ///< copies of the inner datagram that left for the inside
  bool is_altered;                       ///< one of them with another length
  const Place* delivery;                 ///< the first; null: none
  const Place& primary() const { return place; }
};

/// A VPN gateway puts a datagram on one of its links that it did not make itself.
struct DatagramForwarded : IkeFact {
  const Place& place;  ///< of the datagram on the link where it left
  const wire::Packet& packet;
  const Place* arrival;  ///< how it came, in or outside ESP; null: not seen
  const ChildSa* child;  ///< in the ESP of which it came; null: it came in clear, or not seen
  bool was_altered;      ///< it came with another length (copies in ESP only)
  const Place& primary() const { return place; }
};

/// NAT-keepalive (RFC 3948 §2.3).
struct KeepaliveSent : IkeFact {
  const Place& place;  ///< of the octet 0xff
  const wire::Packet& packet;
  wire::View message;   ///< nat-keepalive
  Path path;            ///< as the sender sees it
  bool is_on_path;      ///< addresses and ports are those of the IKE SA
  Time last_sent;       ///< the sender's last IKE or ESP packet before; Time{}: none
  Time last_keepalive;  ///< before; Time{}: none
  const Place& primary() const { return place; }
};

/// A client behind a NAT sends something to its gateway, after a time in which it did not; or has
/// not for `kNever` (then `place` is that of its last packet).
struct PathRefreshed : IkeFact {
  const Place& place;
  Duration silence;  ///< between packets of the client to the gateway
  bool goes_on;      ///< nothing was sent yet
  const Place& primary() const { return place; }
};

/// A mobile node sends a datagram that is neither signalling nor what keeps the link going:
/// no DHCP, agent discovery, registration, IKE, keepalive, ICMP error. Told of the innermost one.
struct TrafficSent : Fact {
  const Place& place;  ///< of the innermost IPv4 header; source and destination are its
  const wire::Packet& packet;
  wire::View datagram;             ///< innermost ipv4
  const Stay* stay;                ///< null: it is on no link that is declared for it
  bool in_esp;                     ///< whatever else it is in
  std::uint32_t esp_spi;           ///< of the outermost ESP
  bool in_mip_tunnel;              ///< IP-in-IP, minimal, GRE or UDP (RFC 3519)
  bool in_mip_udp;                 ///< ... the latter
  bool esp_in_mip;                 ///< the wrong way round: ESP inside a Mobile IP tunnel
  wire::Ipv4Address outer_source;  ///< on the link
  wire::Ipv4Address outer_destination;
  wire::Ipv4Address tunnel_source;  ///< of the Mobile IP tunnel; zero: none
  wire::Ipv4Address tunnel_destination;
  const IkeSa* sa;             ///< its IKE SA, if it has a live one
  const Bindings& registered;  ///< what it is registered with, by the replies that reached it
  bool from_home_address() const {
    return network.node(judged).home_address &&
           network.node(judged).home_address->contains(place.source);
  }
  bool from_inner_address() const {
    return sa != nullptr && !sa->inner_address.is_zero() && place.source == sa->inner_address;
  }
  const Place& primary() const { return place; }
};

/// How a mobile node sends a registration request (mip4-mobike §3).
enum class Way : std::uint8_t {
  probe,     ///< outside ESP, to the home agent, care-of address is its own on this link
  in_vpn,    ///< inside ESP
  by_agent,  ///< to a foreign agent, or with an advertised care-of address
  at_home,   ///< outside ESP with lifetime 0, on the home link
  other,     ///< outside ESP with another care-of address
};

/// A mobile node sends a registration request, told together with its stay. The same message is
/// told as RequestSent, too.
struct RegistrationSent : Fact {
  const Sighting& request;
  Way way;
  const Stay* stay;             ///< before this request; null: on no declared link
  const IkeSa* sa;              ///< its IKE SA, if it has a live one
  const ChildSa* child;         ///< in the ESP of which it is
  const RequestMemory& before;  ///< its request before this one, whichever way
  const RequestMemory& before_this_way;
  const ReplyMemory& last_reply;
  const Bindings& registered;
  const Sighting& primary() const { return request; }
};

/// A moment in a mobile node's stay on a link at which something has to have happened.
struct StayReviewed : Fact {
  enum class Moment : std::uint8_t {
    parallel,          ///< `kParallel` after it was ready
    inside,            ///< the verdict: it is inside. The same instant
    converged,         ///< `kConvergence` after it was ready
    inside_converged,  ///< `kConvergence` after the verdict
    never,             ///< `kNever` after it was ready
    inside_never,      ///< `kNever` after the verdict
    left,              ///< it went elsewhere
  };
  Moment moment;
  const Stay& stay;
  const Stay* previous;  ///< the stay before this one; null: there was none
  Time now;              ///< of this moment
  const IkeSa* sa;       ///< its IKE SA, if it has a live one
  const Bindings& registered;
  Place place;  ///< frame and link that stand for the moment: verdict, lease or begin
  const Place& primary() const { return place; }
};

}  // namespace mipvet::observer

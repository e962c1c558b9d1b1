#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "engine/observer/ike_sighting.h"

/// IKE SAs and CHILD_SAs as the frames show them. Each side of an IKE SA has its own view: a NAT
/// between them shows them different addresses.
namespace mipvet::observer {

/// The sides of an IKE SA do not change when it is rekeyed: MOBIKE speaks of the initiator of the
/// first one (RFC 4555 §2.1).
inline constexpr std::uint8_t kClient = 0;   ///< who initiated the first IKE SA
inline constexpr std::uint8_t kGateway = 1;  ///< who responded to it

/// Outer addresses and ports, as one side sees them. Ports are 0 with ESP that is not in UDP.
struct Path {
  wire::Ipv4Address local;
  wire::Ipv4Address remote;
  std::uint16_t local_port = 0;
  std::uint16_t remote_port = 0;

  bool is_known() const { return !local.is_zero() || !remote.is_zero(); }
  bool same_addresses(const Path& other) const {
    return local == other.local && remote == other.remote;
  }
  bool operator==(const Path&) const = default;
};
/// The path of a message from the side of its sender, or of its receiver.
inline Path sent_on(const Place& place) {
  return {place.source, place.destination, place.source_port, place.destination_port};
}
inline Path received_on(const Place& place) {
  return {place.destination, place.source, place.destination_port, place.source_port};
}

/// What is remembered of an IKE request of one side.
struct IkeRequestMemory {
  std::uint64_t frame = 0;  ///< 0: there was none
  Time time;                ///< of its first copy
  Time last_copy;
  LinkId link = 0;  ///< of the last copy
  Path path;        ///< of the last copy
  std::uint32_t message_id = 0;
  std::uint32_t copies = 0;
  std::uint8_t exchange = 0;
  bool is_update = false;    ///< carries UPDATE_SA_ADDRESSES
  bool is_list = false;      ///< carries ADDITIONAL_*_ADDRESS or NO_ADDITIONAL_ADDRESSES
  bool is_liveness = false;  ///< INFORMATIONAL that asks for nothing but an answer
  bool has_cookie2 = false;
  Time answered{};  ///< Time{}: not yet, or not seen
  std::uint64_t answer_frame = 0;
  std::uint16_t answer_error = 0;  ///< notify type of the error in the answer
  explicit operator bool() const { return frame != 0; }
};

/// One side of an IKE SA.
struct IkeSide {
  static constexpr std::size_t kMaxAddresses = 8;

  NodeId node = model::kNobody;
  std::uint64_t spi = 0;
  /// Where it is and where its peer is, by what the IKE SA has stored: the first IKE_AUTH request,
  /// then each update (RFC 4555 §3.3, §3.5). Not known until such a message was seen beside it.
  Path path;
  Path previous;  ///< before the last update
  Time moved{};   ///< when `path` last changed; Time{}: never
  /// Where an update came from that was overtaken by a newer one (RFC 4555 §3.5); not known:
  /// there was none.
  Path overtaken;
  bool sent_nat_detection = false;  ///< both notifications in IKE_SA_INIT
  bool sent_mobike = false;         ///< MOBIKE_SUPPORTED in IKE_AUTH
  bool sent_no_nats = false;        ///< NO_NATS_ALLOWED
  /// On arrival its own last source digest did not fit, or its peer's last destination digest.
  bool behind_nat = false;
  Check auth = Check::absent;
  std::uint8_t auth_method = 0;    ///< of its AUTH payload (RFC 7296 §3.8); 0: none was seen
  std::uint32_t window = 1;        ///< requests that it lets the peer have unanswered
  std::uint32_t next_request = 0;  ///< Message ID of the request that it has to send next
  std::uint32_t unanswered = 0;    ///< its requests that were not answered yet
  IkeRequestMemory request;        ///< its last one
  IkeRequestMemory update;         ///< its last one with UPDATE_SA_ADDRESSES
  IkeRequestMemory address_list;   ///< its last one with a list of addresses
  /// The last list that it sent, the source of that message first; empty: it sent none.
  std::array<wire::Ipv4Address, kMaxAddresses> addresses;
  std::uint8_t address_count = 0;
  Time last_sent{};  ///< any authentic IKE or ESP packet
  /// A request of its own was never answered: to this side the IKE SA has failed (RFC 7296 §2.4).
  bool gave_up = false;

  std::span<const wire::Ipv4Address> listed() const { return {addresses.data(), address_count}; }
};

/// Transforms by their numbers in the IANA registry; 0: there is none, or it was not seen.
struct Suite {
  std::uint16_t encryption = 0;
  std::uint16_t key_bits = 0;
  std::uint16_t integrity = 0;
  std::uint16_t prf = 0;
  std::uint16_t group = 0;
  bool esn = false;
};

struct IkeSa {
  enum class State : std::uint8_t {
    half_open,  ///< IKE_SA_INIT was seen, IKE_AUTH has not succeeded
    established,
    replaced,  ///< rekeyed; it lives until it is deleted
    closed,    ///< deleted, failed, or given up
  };

  std::uint64_t number = 0;  ///< tells IKE SAs apart; an IKE SA that replaces one has a new number
  State state = State::half_open;
  std::uint8_t initiator = kClient;  ///< the side whose SPI is the first in the header
  std::uint64_t replaces = 0;        ///< number of the IKE SA that it replaced; 0: none
  std::array<IkeSide, 2> sides;
  Suite suite;
  Time created;        ///< of its IKE_SA_INIT or CREATE_CHILD_SA response
  Time established{};  ///< Time{}: not yet
  Time closed{};       ///< Time{}: it lives
  /// INTERNAL_IP4_ADDRESS of the last CFG_REPLY: the TIA. Zero: none was assigned.
  wire::Ipv4Address inner_address;
  Time inner_assigned{};
  bool keys_known = false;

  const IkeSide& client() const { return sides[kClient]; }
  const IkeSide& gateway() const { return sides[kGateway]; }
  const IkeSide& peer(std::uint8_t side) const { return sides[1U - side]; }
  bool is_established() const { return established != Time{}; }
  bool is_alive() const { return state == State::established || state == State::replaced; }
  bool mobike() const { return sides[0].sent_mobike && sides[1].sent_mobike; }
  bool natt() const { return sides[0].sent_nat_detection && sides[1].sent_nat_detection; }
  bool nat() const { return sides[0].behind_nat || sides[1].behind_nat; }
  std::uint64_t initiator_spi() const { return sides[initiator].spi; }
  std::uint64_t responder_spi() const { return sides[1U - initiator].spi; }
};

/// RFC 7296 §3.13.1, IPv4 only.
struct Selector {
  std::uint8_t protocol = 0;
  std::uint16_t first_port = 0;
  std::uint16_t last_port = 0xFFFF;
  wire::Ipv4Address first;
  wire::Ipv4Address last;

  bool contains(wire::Ipv4Address address) const {
    return first.value <= address.value && address.value <= last.value;
  }
};
struct Selectors {
  static constexpr std::size_t kMax = 4;
  std::uint8_t count = 0;
  bool clipped = false;  ///< there were more, or some of IPv6
  std::array<Selector, kMax> list;

  std::span<const Selector> all() const { return {list.data(), count}; }
  /// Not all that goes between the addresses may: protocols or ports are left out.
  bool is_narrow() const {
    return std::any_of(list.begin(), list.begin() + count, [](const Selector& one) {
      return one.protocol != 0 || one.first_port != 0 || one.last_port != 0xFFFF;
    });
  }
  bool contains(wire::Ipv4Address address) const {
    return std::any_of(list.begin(), list.begin() + count,
                       [&](const Selector& one) { return one.contains(address); });
  }
};

/// One direction of a CHILD_SA, named after its sender.
struct EspStream {
  std::uint32_t spi = 0;      ///< as the receiver chose it, in the packets of the sender
  Selectors selectors;        ///< of the sender's end (TSi or TSr of the answer)
  std::uint64_t packets = 0;  ///< as they left the sender
  std::uint32_t highest = 0;  ///< sequence number; 0: none was sent
  Path path;                  ///< of the sender's last packet
  bool in_udp = false;        ///< ... it was in UDP
  Time last{};                ///< when it left
};

struct ChildSa {
  std::uint64_t number = 0;  ///< tells CHILD_SAs apart
  std::uint64_t ike_sa = 0;  ///< number of the IKE SA that controls it now
  std::uint64_t replaces = 0;
  std::array<EspStream, 2> from;  ///< by side of the sender
  Suite suite;
  bool transport_mode = false;
  Time created;
  Time replaced{};                    ///< a CREATE_CHILD_SA with REKEY_SA for it was answered
  Time deleted{};                     ///< a Delete for it was answered, or its IKE SA ended
  std::uint8_t rekeyed_by = kClient;  ///< valid with `replaced`

  bool is_alive() const { return deleted == Time{}; }
};

}  // namespace mipvet::observer

#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "engine/net/host.h"
#include "engine/wire/ike_compose.h"
#include "roles/deviations.h"
#include "roles/ike_alteration.h"
#include "roles/ike_settings.h"

/// IKEv2 with MOBIKE and ESP in tunnel mode, for roles that stand on a net::Host: RFC 7296,
/// RFC 4555, RFC 3948, RFC 4303. One endpoint is initiator and responder at once, of any number of
/// IKE SAs.
namespace mipvet::roles {

/// An IKE SA as its owner knows it: from `connect`, or from a peer's IKE_SA_INIT, until `closed`.
/// The IKE SA that replaces it when it is rekeyed has the same id. Never used twice.
using IkeSaId = std::uint32_t;

/// Where the messages of an IKE SA and the ESP packets of its CHILD_SAs go.
struct AddressPair {
  wire::Ipv4Address local;
  wire::Ipv4Address peer;
  std::uint16_t local_port = 500;
  std::uint16_t peer_port = 500;

  bool operator==(const AddressPair&) const = default;
};

/// A CHILD_SA: a pair of ESP SAs.
struct ChildSa {
  std::uint32_t inbound_spi = 0;
  std::uint32_t outbound_spi = 0;
  std::vector<wire::ike::TrafficSelector> own;   ///< what this side may send from
  std::vector<wire::ike::TrafficSelector> peer;  ///< what it may send to
};

/// An IKE SA as it stands.
struct IkeSaState {
  bool initiator = false;  ///< of the first IKE SA: who decides on addresses (RFC 4555 §2.1)
  bool established = false;
  bool mobike = false;  ///< both sides said MOBIKE_SUPPORTED
  bool nat = false;     ///< one was detected: ESP is in UDP
  AddressPair addresses;
  IkeIdentity peer;
  std::optional<wire::Ipv4Address> assigned;  ///< the TIA
  std::vector<ChildSa> children;              ///< newest last
  /// Where else the peer says that it is (RFC 4555 §3.6).
  std::vector<wire::Ipv4Address> additional_addresses;
};

/// Why there is no IKE SA, or no CHILD_SA, any more.
struct IkeEnd {
  enum class Why : std::uint8_t {
    refused,     ///< by an error notification of the peer: `notification` says which
    rejected,    ///< the peer's messages were not acceptable: `notification` is what it was told
    unanswered,  ///< a request was sent as often as the settings allow
    deleted,     ///< by the peer
    closed,      ///< by us
  };
  Why why = Why::closed;
  std::uint16_t notification = 0;  ///< type, such as 24 AUTHENTICATION_FAILED; 0: none
};
std::string to_string(const IkeEnd& end);

/// What an endpoint tells. All calls come from inside a timer or a received datagram, none from
/// inside a command; commands may be given from inside them, `close` included.
class IkeOwner {
 public:
  virtual ~IkeOwner() = default;

  /// IKE_AUTH succeeded: the IKE SA stands. With it its first CHILD_SA, or `child_failed` follows.
  virtual void ike_established(IkeSaId) {}
  /// The IKE SA is gone, or there never was one: the last that is heard of this id.
  virtual void ike_closed(IkeSaId, const IkeEnd&) {}
  /// The initiator got a TIA (INTERNAL_IP4_ADDRESS), before `child_up`.
  virtual void address_assigned(IkeSaId, wire::Ipv4Address) {}
  virtual void child_up(IkeSaId, const ChildSa&) {}
  virtual void child_down(IkeSaId, const ChildSa&) {}
  /// A CHILD_SA that we or the peer asked for was not made.
  virtual void child_failed(IkeSaId, const IkeEnd&) {}

  /// Responder: the initiator's UPDATE_SA_ADDRESSES was carried out, the return routability check
  /// included; ESP goes to `now` (RFC 4555 §3.5).
  virtual void peer_moved(IkeSaId, const AddressPair& /*before*/, const AddressPair& /*now*/) {}
  /// Initiator: the answer to UPDATE_SA_ADDRESSES came, on the pair that is in use.
  virtual void move_confirmed(IkeSaId, const AddressPair&) {}
  /// Initiator: it was refused, by UNACCEPTABLE_ADDRESSES or UNEXPECTED_NAT_DETECTED.
  virtual void move_refused(IkeSaId, std::uint16_t /*notification*/) {}

  /// Something authentic came from the peer: a message, or an ESP packet.
  virtual void heard_from(IkeSaId) {}
  /// A request went unanswered as often as the settings allow. True: the IKE SA is given up, and
  /// `ike_closed` follows. False: it stays, silent, until `move` sends the request on a new path
  /// (RFC 4555 §3.5); `close` or an answer that comes late are possible, too.
  virtual bool gives_up(IkeSaId) { return true; }

  /// An inner IPv4 datagram, authentic, not a replay, and within the selectors of its CHILD_SA.
  virtual void inner_datagram(IkeSaId, const ChildSa&, wire::Bytes /*datagram*/) {}

  /// Responder: an address for an initiator that asks for one (RFC 7296 §3.15.1), the one that it
  /// has already included. Nothing: INTERNAL_ADDRESS_FAILURE.
  virtual std::optional<wire::Ipv4Address> assign_address(IkeSaId, const IkeIdentity&) {
    return std::nullopt;
  }
  /// Responder: whether the peer may be at these addresses (false: UNACCEPTABLE_ADDRESSES).
  virtual bool acceptable(IkeSaId, const AddressPair&) { return true; }
};

/// Takes UDP ports 500 and 4500 and protocol 50 of the host. Host and owner outlive it. Commands
/// for an id that is no more (or not yet as far as they need) do nothing and return false.
class IkeEndpoint {
 public:
  /// `deviates`: those of ike_initiator_deviations() or ike_responder_deviations(), see
  /// ike_deviations.h.
  IkeEndpoint(net::Host& host, IkeOwner& owner, IkeSettings settings,
              const ActiveDeviations& deviates);
  ~IkeEndpoint();
  IkeEndpoint(const IkeEndpoint&) = delete;
  IkeEndpoint& operator=(const IkeEndpoint&) = delete;

  /// Sends IKE_SA_INIT. std::invalid_argument without a credential for the peer.
  IkeSaId connect(const IkeConnection& connection);

  /// Initiator: from now on at this address, with this one of the peer (else the one in use):
  /// sends UPDATE_SA_ADDRESSES, and everything else, from there; a request that is on its way is
  /// sent again there first (RFC 4555 §3.5). Also where the address stayed but its network may
  /// not have. Needs MOBIKE; without it an empty INFORMATIONAL goes from the new address, and the
  /// SAs stay where they are.
  bool move(IkeSaId id, wire::Ipv4Address local,
            std::optional<wire::Ipv4Address> peer = std::nullopt);
  /// Sends nothing at all until the next `move`: no network, or inside the trusted one.
  bool suspend(IkeSaId id);

  /// Sends an inner IPv4 datagram through the newest CHILD_SA whose selectors take it. False where
  /// none does.
  bool send(IkeSaId id, wire::Bytes datagram);
  /// The newest IKE SA that takes inner datagrams from `source` to `destination`: a gateway's way
  /// to a TIA.
  std::optional<IkeSaId> way_to(wire::Ipv4Address source, wire::Ipv4Address destination) const;

  /// One more CHILD_SA with the selectors of the first (RFC 7296 §1.3.1).
  bool create_child(IkeSaId id);
  /// RFC 7296 §1.3.3: of the CHILD_SA with that inbound SPI, else of the newest one.
  bool rekey_child(IkeSaId id, std::optional<std::uint32_t> inbound_spi = std::nullopt);
  bool rekey_ike(IkeSaId id);  ///< RFC 7296 §1.3.2
  bool delete_child(IkeSaId id, std::optional<std::uint32_t> inbound_spi = std::nullopt);
  /// Sends a Delete for the IKE SA; `ike_closed` comes with the answer, or when there is none. One
  /// that is not established is simply dropped.
  bool close(IkeSaId id);
  /// All IKE SAs, as an orderly shutdown does: a Delete each, without waiting for the answer
  /// (RFC 7296 §2.4).
  void shut_down();
  /// Forgets everything without a word, as after a crash.
  void restart();

  bool check_liveness(IkeSaId id);  ///< an empty INFORMATIONAL (RFC 7296 §1.4)
  bool check_path(IkeSaId id);      ///< with COOKIE2 and NAT detection (RFC 4555 §3.7, §3.8)
  /// ADDITIONAL_IP4_ADDRESS for each, or NO_ADDITIONAL_ADDRESSES (RFC 4555 §3.6).
  bool announce_addresses(IkeSaId id, const std::vector<wire::Ipv4Address>& additional);
  /// An INFORMATIONAL request with whatever payloads, sealed and with the next message id: what a
  /// test needs that no other command makes.
  bool request(IkeSaId id, wire::ike::PayloadChain payloads);
  /// The next message of that kind, of whatever IKE SA, is another.
  void alter(IkeAlteration alteration);
  /// A dummy packet with something in it that nobody is to look at (RFC 4303 §2.6).
  bool send_dummy(IkeSaId id, wire::Bytes datagram);
  /// A datagram that the selectors of its CHILD_SA do not let in: for tests of the other side.
  bool send_unselected(IkeSaId id, wire::Bytes datagram);
  /// From now on ESP in UDP even where no NAT is (RFC 7296 §2.23), or only where one is.
  void encapsulate(IkeSaId id, bool always);

  /// Null for ids that are no more.
  const IkeSaState* find(IkeSaId id) const;
  /// All IKE SAs, oldest first.
  std::vector<IkeSaId> ids() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mipvet::roles

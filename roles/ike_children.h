#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/crypto/key_exchange.h"
#include "roles/esp_sa.h"
#include "roles/ike_choice.h"
#include "roles/ike_context.h"
#include "roles/ike_sa.h"

namespace mipvet::roles {

class IkeSession;

/// The CHILD_SAs of one IKE SA and its successors: how they are made, replaced and deleted
/// (RFC 7296 §1.3, §1.4.1, §2.8), and what goes through them.
class IkeChildren {
 public:
  using Selectors = std::vector<ike::TrafficSelector>;

  /// What this side proposes.
  struct Offer {
    std::uint32_t inbound_spi = 0;
    std::vector<ike::Proposal> proposals;
    Selectors own;
    Selectors peer;
    std::optional<std::uint32_t> rekeyed;  ///< inbound SPI of the CHILD_SA that this one replaces
    bool transport_mode = false;           ///< of a deviation: USE_TRANSPORT_MODE is asked for
    // Of CREATE_CHILD_SA only.
    wire::Buffer nonce;
    std::optional<crypto::KeyExchange> exchange;
    bool as_wanted = false;  ///< with the group that the peer named
  };
  /// The nonces of the exchange that makes the keys; IKE_AUTH has those of IKE_SA_INIT.
  struct Nonces {
    wire::Buffer initiator;
    wire::Buffer responder;
  };

  explicit IkeChildren(IkeSession& session);
  ~IkeChildren();

  /// What this side allows.
  void set_policy(Selectors own, Selectors peer);

  // IKE_AUTH.
  Offer offer();
  void add(const Offer& offer, ike::PayloadChain& chain);
  /// Makes the CHILD_SA, or tells why there is none.
  std::optional<IkeEnd> take_answer(const IkeSa& sa, const Offer& offer, const IkePayloads& answer,
                                    const Nonces& nonces);
  void answer_first(const IkeSa& sa, const IkePayloads& request, const Nonces& nonces,
                    ike::PayloadChain& response);

  // CREATE_CHILD_SA.
  void create(std::optional<std::uint32_t> rekeyed,
              std::optional<crypto::Group> group = std::nullopt);
  void answer(const IkeSa& sa, const IkePayloads& request, ike::PayloadChain& response);

  // INFORMATIONAL.
  void remove(std::uint32_t inbound_spi);
  void answer_delete(wire::View deletion, ike::PayloadChain& response);

  // Data.
  bool takes(wire::Bytes datagram) const;
  bool send(wire::Bytes datagram);
  /// As a dummy packet (RFC 4303 §2.6): nobody is to look at what is in it.
  bool send_dummy(wire::Bytes datagram);
  /// Whatever the selectors say.
  bool send_unselected(wire::Bytes datagram);
  /// Of a packet that came in UDP, or not.
  void receive(std::uint32_t spi, wire::Bytes packet, bool in_udp);
  // Of deviations.
  void forget_sent_numbers();
  void forget_received_numbers();

  bool has(std::uint32_t inbound_spi) const { return find(inbound_spi) != nullptr; }
  /// The newest one.
  std::optional<std::uint32_t> newest() const;
  /// All end with the IKE SA.
  void clear();

 private:
  struct Child;
  struct Made {
    EspChoice choice;
    std::uint32_t outbound_spi = 0;
    Selectors own;
    Selectors peer;
    std::optional<wire::Buffer> secret;
  };

  Child* find(std::uint32_t inbound_spi) const;
  Child* find_outbound(std::uint32_t spi) const;
  Child* best_for(wire::Bytes datagram) const;
  std::uint32_t new_spi();
  void take_created(const IkeSa& sa, const Offer& offer, const IkePayloads& answer);
  void fail(const IkeEnd& end);
  /// Chooses and narrows; adds SA to the response, or the error.
  std::optional<Made> decide(const IkePayloads& request, bool in_auth, const Child* rekeyed,
                             ike::PayloadChain& response);
  void finish(const IkeSa& sa, Made made, std::uint32_t inbound_spi, const Nonces& nonces,
              bool initiator, Child* rekeyed);
  void drop(std::uint32_t inbound_spi);
  bool send_as(wire::Bytes datagram, std::uint8_t next_header);
  wire::Buffer as_sent(wire::Bytes datagram) const;
  void publish();
  void schedule_rekey(Child& child);

  IkeSession& session_;
  IkeContext& context_;
  Selectors own_policy_;
  Selectors peer_policy_;
  std::vector<std::unique_ptr<Child>> children_;
  Timer retry_;
};

}  // namespace mipvet::roles

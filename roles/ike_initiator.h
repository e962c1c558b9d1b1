#pragma once

#include <optional>

#include "engine/crypto/key_exchange.h"
#include "roles/ike_children.h"
#include "roles/ike_retransmitter.h"
#include "roles/ike_sa.h"

namespace mipvet::roles {

class IkeSession;

/// The initial exchanges, from the side that begins: IKE_SA_INIT and IKE_AUTH (RFC 7296 §1.2).
class IkeInitiator {
 public:
  IkeInitiator(IkeSession& session, IkeConnection connection, IkeCredential credential);

  void start();
  /// A response to IKE_SA_INIT; that to IKE_AUTH comes by the IKE SA.
  void receive(const IkeHeader& header, wire::Bytes message, const AddressPair& from);

 private:
  wire::Buffer make_init();
  void send_init();
  /// COOKIE and INVALID_KE_PAYLOAD: once more. False for any other answer.
  bool try_again(const IkePayloads& answer);
  void take_error(std::uint16_t type);
  void take_init(const IkeHeader& header, const IkePayloads& answer, const AddressPair& from);
  ike::PayloadChain make_auth();
  void take_auth(const IkePayloads& answer);
  bool is_authentic(const IkePayloads& answer) const;
  /// Makes the CHILD_SA, or tells why there is none.
  std::optional<IkeEnd> take_child(const IkePayloads& answer);
  void take_address(const IkePayloads& answer);

  IkeSession& session_;
  IkeContext& context_;
  IkeConnection connection_;
  IkeCredential credential_;
  std::uint64_t spi_ = 0;
  std::vector<ike::Proposal> offered_;
  std::optional<crypto::KeyExchange> exchange_;
  wire::Buffer nonce_;
  wire::Buffer peer_nonce_;
  wire::Buffer cookie_;
  wire::Buffer request_;   ///< as last sent: AUTH is about it
  wire::Buffer response_;  ///< as received
  unsigned attempts_ = 0;
  IkeChildren::Offer child_;
  IkeRetransmitter retransmitter_;
  Timer refusal_;
};

}  // namespace mipvet::roles

#pragma once

#include <optional>

#include "roles/ike_sa.h"

namespace mipvet::roles {

class IkeSession;

/// The initial exchanges, from the side that answers: IKE_SA_INIT and IKE_AUTH (RFC 7296 §1.2).
class IkeResponder {
 public:
  explicit IkeResponder(IkeSession& session);

  /// Answers an IKE_SA_INIT request. False: by an error, no IKE SA begins.
  bool accept(const IkeHeader& header, wire::Bytes message, const AddressPair& from);
  /// The same request again gets the same response, as long as there was no IKE_AUTH.
  void repeat(wire::Bytes message, const AddressPair& from);
  ike::PayloadChain authenticate(IkeSa& sa, const IkePayloads& request, const AddressPair& from);

 private:
  bool refuse(const IkeHeader& header, const AddressPair& to, std::uint16_t type,
              wire::Bytes data = {});
  /// With what the peer proved who it is; null: it did not.
  const IkeCredential* credential_of(const IkeSa& sa, const IkePayloads& request) const;
  void answer_authentic(IkeSa& sa, const IkePayloads& request, const IkeCredential& credential,
                        ike::PayloadChain& response);
  /// False where there is to be no CHILD_SA.
  bool configure(const IkePayloads& request, ike::PayloadChain& response);

  IkeSession& session_;
  IkeContext& context_;
  wire::Buffer nonce_;
  wire::Buffer peer_nonce_;
  wire::Buffer request_;
  wire::Buffer response_;
};

/// An unprotected response with one notification, SPIs, exchange and message id as in the request
/// (RFC 7296 §1.5, §2.6).
void send_unprotected(IkeContext& context, const IkeHeader& request, const AddressPair& to,
                      std::uint16_t type, wire::Bytes data = {});

}  // namespace mipvet::roles

#pragma once

#include "roles/deviations.h"
#include "roles/registration.h"

namespace mipvet::roles {

/// What a foreign agent offers, and what a request has to be in keeping with.
struct ForeignAgentService {
  wire::Ipv4Address care_of_address;
  std::uint16_t max_lifetime = 1800;  ///< seconds
  bool reverse_tunneling = true;
};

/// What a foreign agent refuses a request for by itself (RFC 3344 §3.7.2.1, RFC 3024 §4.2.1).
class ForeignAgentChecks {
 public:
  ForeignAgentChecks(const model::Network& network, net::Host& host,
                     const ForeignAgentService& service, const Keyring& keys,
                     const ActiveDeviations& deviates)
      : network_(network), host_(host), service_(service), keys_(keys), deviates_(deviates) {}

  /// Why a request is refused; Code::accepted: it is dropped in silence.
  std::optional<Code> fault(const net::Datagram& datagram, const Received& asked);

 private:
  const model::Network& network_;
  net::Host& host_;
  const ForeignAgentService& service_;
  const Keyring& keys_;
  const ActiveDeviations& deviates_;
  net::Time too_distant_{};  // when a request was last denied for its TTL
};

}  // namespace mipvet::roles

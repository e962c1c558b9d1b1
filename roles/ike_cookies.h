#pragma once

#include "roles/ike_context.h"
#include "roles/ike_message.h"

namespace mipvet::roles {

/// Cookies against floods of IKE_SA_INIT requests, without state (RFC 7296 §2.6).
class IkeCookies {
 public:
  explicit IkeCookies(IkeContext& context);

  /// Of a request with that nonce, SPI and source address.
  wire::Buffer cookie_for(const IkeHeader& header, const IkePayloads& request,
                          const AddressPair& from) const;
  bool is_right(const IkeHeader& header, const IkePayloads& request, const AddressPair& from) const;

 private:
  wire::Buffer secret_;
};

}  // namespace mipvet::roles

#include "roles/ike_cookies.h"

#include <algorithm>

#include "engine/crypto/prf.h"

namespace mipvet::roles {

IkeCookies::IkeCookies(IkeContext& context) : secret_(context.random.take(32)) {}

wire::Buffer IkeCookies::cookie_for(const IkeHeader& header, const IkePayloads& request,
                                    const AddressPair& from) const {
  return crypto::prf(crypto::Prf::hmac_sha2_256, secret_,
                     {request.find(ike::nonce::layout).octets(ike::nonce::data),
                      octets_of(from.peer.value, 4), octets_of(header.spis.initiator, 8)});
}

bool IkeCookies::is_right(const IkeHeader& header, const IkePayloads& request,
                          const AddressPair& from) const {
  const IkeNotification* cookie = request.notified(notification("cookie"));
  return cookie != nullptr && std::ranges::equal(cookie->data, cookie_for(header, request, from));
}

}  // namespace mipvet::roles

#pragma once

#include "engine/observer/ipsec_facts.h"
#include "engine/wire/ike_notify.h"

/// A word about changes of addresses that rules of both drafts and RFCs need.
namespace mipvet::rules {

/// The gateway wants a proof that the client is at its new address, and has none (yet). An answer
/// without the COOKIE2 that it sent is none (RFC 4555 §3.7).
inline bool is_checking(const observer::AddressesUpdated& u) {
  constexpr const wire::Layout& cookie = wire::ike::notify::named("cookie2");
  if (u.check == nullptr) return false;
  if (u.check_response == nullptr) return true;
  return u.check->carries(cookie) && u.check_response->is_readable() &&
         !u.check_response->carries(cookie);
}

}  // namespace mipvet::rules

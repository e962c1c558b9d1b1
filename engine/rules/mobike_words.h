#pragma once

#include "engine/crypto/nat_detection.h"
#include "engine/rules/esp_words.h"

/// Words about MOBIKE (RFC 4555): who moved where, and who follows.
namespace mipvet::rules {

using observer::AddressesUpdated;
using observer::PathUse;

inline constexpr std::array kMobikeNotifications{&kAdditionalIp4, &kAdditionalIp6, &kNoAdditional,
                                                 &kUpdate,        &kCookie2,       &kNoNats};

inline bool uses_mobike(const IkeMessage& m) {
  return std::ranges::any_of(kMobikeNotifications,
                             [&](const wire::Layout* type) { return m.carries(*type); });
}
/// It asks for the addresses of SAs or peers to be changed (RFC 4555 §3.6, §3.9).
inline bool changes_addresses(const IkeMessage& m) {
  return is_informational(m) && m.is_request() && (is_update(m) || is_list(m));
}
/// The node is said to use MOBIKE, and nothing in its parameters switches that off.
inline bool wants_mobike(const model::Node& node) {
  if (!node.declares("mobike") && !node.declares("mobike-wanted")) return false;
  const auto off = [](const nlohmann::json& where) {
    const auto found = where.is_object() ? where.find("mobike") : where.end();
    return where.is_object() && found != where.end() && *found == false;
  };
  const auto vpn = node.parameters.find("vpn");
  return !off(node.parameters) && (vpn == node.parameters.end() || !off(*vpn));
}

inline bool is_refused(const IkeMessage* response) {
  return response != nullptr && (response->error_type() == error::kUnacceptableAddresses ||
                                 response->error_type() == error::kUnexpectedNatDetected);
}

/// The peer sent its last request from or to somewhere else than the IKE SA has stored, and did not
/// ask for a change: the judged node has to stay (RFC 4555 §3.5, §3.8).
inline bool has_strayed(const observer::IkeFact& f) {
  const observer::IkeSide& peer = f.peer();
  return peer.request && peer.path.is_known() && !peer.request.is_update &&
         !(peer.request.path == peer.path) && !(peer.update && peer.update.answered == net::Time{});
}

/// Whom NO_NATS_ALLOWED names is not whom the IP header names (RFC 4555 §3.9). Ports may differ.
inline bool names_other_addresses(const IkeMessage& m) {
  const wire::View view = m.payload(kNoNats);
  return view.address(notify::source_address) != m.source ||
         view.address(notify::destination_address) != m.destination;
}

/// The response proves nothing of this check: another value came back than was sent.
inline bool has_wrong_cookie2(const IkeExchangeEnded& x) {
  return x.request.carries(kCookie2) && x.response != nullptr && is_opened(*x.response) &&
         x.response->carries(kCookie2) &&
         !same_octets(notified(x.request, kCookie2), notified(*x.response, kCookie2));
}
/// The response came to where its node was when it asked last.
inline bool has_its_response(const IkeExchangeEnded& x) {
  return x.response != nullptr && x.response->receiver == x.judged &&
         (x.paths.empty() || x.response->destination == x.paths.back().local);
}

/// It sends its ESP to a place that neither the IKE SA nor the peer's own ESP has named.
inline bool is_misled(const EspSent& e) {
  const Path& path = e.own().path;
  return path.is_known() && e.place.destination != path.remote &&
         e.place.destination != e.own().previous.remote &&
         (e.child == nullptr || e.place.destination != e.child->from[1U - e.side].path.local);
}

}  // namespace mipvet::rules

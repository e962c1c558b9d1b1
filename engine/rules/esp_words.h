#pragma once

#include "engine/rules/icv_words.h"
#include "engine/rules/ike_words.h"
#include "engine/rules/mob_words.h"
#include "engine/wire/esp.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/udp.h"

/// Words about ESP packets and the CHILD_SAs that they belong to.
namespace mipvet::rules {

using observer::ChildSa;
using observer::EspSent;
using observer::EspSettled;

/// The gateway tests the path that an update gave it (RFC 4555 §3.7), and has no answer yet: until
/// then it may stay on another.
inline bool is_testing(const EspSent& e) {
  const observer::IkeRequestMemory& test = e.own().request;
  return !e.is_client() && test && test.has_cookie2 && test.answered == net::Time{} &&
         test.path.remote == e.own().path.remote && e.place.destination != test.path.remote;
}
/// A change of addresses is no longer on its way: the last one is older than the time that a switch
/// may take.
inline bool is_settled(const EspSent& e) {
  return e.sa != nullptr && !is_being_updated(e) && !is_testing(e) &&
         (e.own().moved == net::Time{} || e.place.time - e.own().moved > observer::kSwitch);
}
/// The path that the IKE SA has stored for its sender says that a NAT is on it.
inline bool is_behind_nat_now(const EspSent& e) {
  return is_settled(e) && e.sa->natt() && e.sa->nat();
}
/// There is an ESP header: a shorter one may be anything.
inline bool is_whole(const EspSent& e) {
  return e.message.bytes().size() >= wire::esp::layout.minimum;
}
inline bool is_opened(const EspSent& e) {
  return e.protection == Protection::opened;
}
inline bool has_known_key(const EspSent& e) {
  return e.child != nullptr &&
         (e.protection == Protection::opened || e.protection == Protection::not_authentic);
}
inline std::uint64_t next_header(const EspSent& e) {
  return e.trailer[wire::esp::trailer::next_header];
}
inline std::uint64_t sequence_number(const EspSent& e) {
  return e.message[wire::esp::sequence_number];
}
inline std::string esp_path(const EspSent& e) {
  return fmt::format("{} {}", e.in_udp ? "in UDP" : "not in UDP", path_text(sent_on(e.place)));
}

/// Octets of the integrity check value by the algorithms of a CHILD_SA (RFC 4868, RFC 2404,
/// RFC 4106); 0 where they are not known here.
inline std::size_t esp_icv_size(const observer::Suite& suite) {
  if (suite.encryption == 20 || suite.encryption == 16 || suite.encryption == 28) return 16;
  return icv_size(suite.integrity);
}
inline bool is_cbc(const observer::Suite& suite) {
  return suite.encryption == 12;
}

/// To the judged node the CHILD_SA still stands: nobody deleted it, and the peer has not failed to
/// answer (RFC 7296 §1.4.1, §2.4). The number 0 is never sent (RFC 4303 §2.2), so that a receiver
/// may drop it.
inline bool has_to_take(const EspSettled& e) {
  return e.child != nullptr && e.child->is_alive() && e.sa != nullptr && e.sa->is_alive() &&
         !waits_in_vain(e, e.place.time) && e.sequence_number != 0;
}
/// Nothing about the packet speaks against handing it on: authentic, not seen before, from the
/// client's selectors to the gateway's, and not to the gateway itself.
inline bool is_deliverable(const EspSettled& e) {
  // What is translated is not known again.
  if (translates(e.node())) return false;
  if (!has_to_take(e) || e.protection != Protection::opened || !e.is_well_formed ||
      e.next_header != 4 || e.is_repeated || e.is_client())
    return false;
  const auto owner = e.network.owner(e.inner_destination);
  return owner != e.judged && e.child->from[1U - e.side].selectors.contains(e.inner_source) &&
         e.child->from[e.side].selectors.contains(e.inner_destination);
}
inline bool is_fresh(const EspSettled& e) {
  return is_deliverable(e) && e.sequence_number > e.highest;
}
inline Outcome is_dropped(const EspSettled& e) {
  return e.delivered == 0 ? Outcome(Outcome::Kind::silence) : Outcome(false);
}
inline std::string delivery(const EspSettled& e) {
  return fmt::format("{} -> {} with SPI 0x{:08x} and sequence number {} left {} times",
                     e.inner_source.to_string(), e.inner_destination.to_string(), e.spi,
                     e.sequence_number, e.delivered);
}

}  // namespace mipvet::rules

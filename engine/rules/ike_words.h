#pragma once

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "engine/rules/rule_book.h"
#include "engine/wire/ike.h"
#include "engine/wire/ike_notify.h"

/// Words about IKE messages and exchanges. Each says one thing about a fact or a message.
namespace mipvet::rules {

namespace ike = wire::ike;
namespace notify = wire::ike::notify;
using observer::Check;
using observer::IkeExchangeEnded;
using observer::IkeMessage;
using observer::IkeRequestSent;
using observer::IkeRequestSettled;
using observer::IkeResponseSent;
using observer::IkeSaChanged;
using observer::Path;
using observer::PayloadPlace;
using observer::Protection;
using observer::received_on;
using observer::sent_on;

inline constexpr const wire::Layout& kInvalidIkeSpi = notify::named("invalid-ike-spi");
inline constexpr const wire::Layout& kInvalidSpi = notify::named("invalid-spi");
inline constexpr const wire::Layout& kInvalidKePayload = notify::named("invalid-ke-payload");
inline constexpr const wire::Layout& kCookie = notify::named("cookie");
inline constexpr const wire::Layout& kCookie2 = notify::named("cookie2");
inline constexpr const wire::Layout& kNatSource = notify::named("nat-detection-source-ip");
inline constexpr const wire::Layout& kNatDestination =
    notify::named("nat-detection-destination-ip");
inline constexpr const wire::Layout& kRekeySa = notify::named("rekey-sa");
inline constexpr const wire::Layout& kUseTransportMode = notify::named("use-transport-mode");
inline constexpr const wire::Layout& kMobikeSupported = notify::named("mobike-supported");
inline constexpr const wire::Layout& kUpdate = notify::named("update-sa-addresses");
inline constexpr const wire::Layout& kAdditionalIp4 = notify::named("additional-ip4-address");
inline constexpr const wire::Layout& kAdditionalIp6 = notify::named("additional-ip6-address");
inline constexpr const wire::Layout& kNoAdditional = notify::named("no-additional-addresses");
inline constexpr const wire::Layout& kNoNats = notify::named("no-nats-allowed");

/// Error notifications, RFC 7296 §3.10.1 and RFC 4555 §4.1.
namespace error {
inline constexpr std::uint16_t kUnsupportedCriticalPayload = 1;
inline constexpr std::uint16_t kInvalidIkeSpi = 4;
inline constexpr std::uint16_t kInvalidMajorVersion = 5;
inline constexpr std::uint16_t kInvalidSyntax = 7;
inline constexpr std::uint16_t kInvalidSpi = 11;
inline constexpr std::uint16_t kNoProposalChosen = 14;
inline constexpr std::uint16_t kInvalidKePayload = 17;
inline constexpr std::uint16_t kAuthenticationFailed = 24;
inline constexpr std::uint16_t kSinglePairRequired = 34;
inline constexpr std::uint16_t kInternalAddressFailure = 36;
inline constexpr std::uint16_t kFailedCpRequired = 37;
inline constexpr std::uint16_t kTsUnacceptable = 38;
inline constexpr std::uint16_t kUnacceptableAddresses = 40;
inline constexpr std::uint16_t kUnexpectedNatDetected = 41;
inline constexpr std::uint16_t kTemporaryFailure = 43;
inline constexpr std::uint16_t kChildSaNotFound = 44;
}  // namespace error

/// What came between the moment that a path changed and now may still go the old way.
constexpr auto kUnderWay = std::chrono::seconds(1);

// Messages.

/// Its payloads can be judged: all of them were read. What is in fragments (RFC 7383) was not.
inline bool is_read(const IkeMessage& m) {
  constexpr std::uint8_t kFragment = 53;
  return m.is_readable() && !m.clipped && m[ike::message::next_payload] != kFragment;
}
inline bool is_opened(const IkeMessage& m) {
  return m.protection == Protection::opened && !m.clipped;
}
inline bool is_init(const IkeMessage& m) {
  return m.exchange() == ike::kIkeSaInit;
}
inline bool is_auth(const IkeMessage& m) {
  return m.exchange() == ike::kIkeAuth;
}
/// Beyond the first IKE_AUTH exchange (RFC 7296 §2.16): a responder that has authenticated its peer
/// by then may be silent on it.
inline bool is_further_auth(const IkeMessage& m) {
  return is_auth(m) && m.message_id() > 1;
}
inline bool is_child(const IkeMessage& m) {
  return m.exchange() == ike::kCreateChildSa;
}
inline bool is_informational(const IkeMessage& m) {
  return m.exchange() == ike::kInformational;
}
inline bool is_update(const IkeMessage& m) {
  return m.carries(kUpdate);
}
/// It says which addresses its sender has beside the one in the IP header (RFC 4555 §3.6).
inline bool is_list(const IkeMessage& m) {
  return m.carries(kAdditionalIp4) || m.carries(kAdditionalIp6) || m.carries(kNoAdditional);
}
inline bool has_nat_detection(const IkeMessage& m) {
  return m.carries(kNatSource) && m.carries(kNatDestination);
}
inline bool is_malformed(const IkeMessage& m) {
  return wire::has(m.defects, wire::Defect::truncated) ||
         wire::has(m.defects, wire::Defect::bad_length) ||
         wire::has(m.defects, wire::Defect::trailing);
}
/// It cannot be taken apart, or a payload other than a notification says something of its lengths
/// that is not so. What a notification holds is for whoever knows its type.
inline bool is_broken(const IkeMessage& m) {
  constexpr auto kLengths =
      static_cast<wire::Defects>(static_cast<unsigned>(wire::Defect::truncated) |
                                 static_cast<unsigned>(wire::Defect::bad_length) |
                                 static_cast<unsigned>(wire::Defect::trailing));
  unsigned of_payloads = 0;
  for (const PayloadPlace& place : m.payloads()) {
    of_payloads |= place.defects;
    const bool is_whole_notification = place.layout->type_value == notify::kPayloadType &&
                                       !wire::has(place.defects, wire::Defect::truncated) &&
                                       place.length >= notify::layout.minimum;
    if ((place.defects & kLengths) != 0 && !is_whole_notification) return true;
  }
  return (m.defects & ~of_payloads & kLengths) != 0;
}
/// What stands where only IKE may stand, and is none by its length and by version or exchange type:
/// ESP on port 500, or behind a marker (RFC 3948 §2.1, §2.2).
inline bool is_no_ike(const IkeMessage& m) {
  constexpr std::size_t kLeastEsp = 16;
  return m.size >= kLeastEsp && m[ike::message::length] != m.size &&
         (m[ike::message::major_version] != 2 || m.exchange() < ike::kIkeSaInit ||
          m.exchange() > ike::kInformational);
}
/// A keepalive on a port where none is known: a single octet 0xff.
inline bool is_keepalive(const IkeMessage& m) {
  return m.size == 1 && m.octets.front() == ike::keepalive::kOctet;
}
/// Meant as an IKE message, whatever is wrong with it.
inline bool is_ike(const IkeMessage& m) {
  return !is_no_ike(m) && !is_keepalive(m);
}
inline std::uint64_t flag_bits(const IkeMessage& m) {
  return m[ike::message::flags];
}
inline constexpr std::uint64_t kResponseFlag = 0x20;
inline constexpr std::uint64_t kInitiatorFlag = 0x08;

inline bool same_octets(wire::Bytes a, wire::Bytes b) {
  return std::ranges::equal(a, b);
}
/// From the header of a payload or of a part of one to its end, whatever is in it. All of them but
/// attributes have their length in the same place (RFC 7296 §3.2, §3.3, §3.13.1).
inline wire::Bytes octets_of(const IkeMessage& m, const PayloadPlace& place) {
  const wire::Bytes rest = m.bytes().subspan(place.offset);
  return rest.first(std::min<std::size_t>(rest.size(), wire::read(rest, ike::payload::length)));
}
/// What is in a payload behind its header and the octets that are common to all of its kind.
inline wire::Bytes data_of(const IkeMessage& m, const PayloadPlace& place, std::size_t behind) {
  const wire::Bytes octets = octets_of(m, place);
  return octets.subspan(std::min(behind, octets.size()));
}
inline wire::Bytes notified(const IkeMessage& m, const wire::Layout& type) {
  const PayloadPlace* place = m.find(type);
  return place == nullptr ? wire::Bytes{} : data_of(m, *place, notify::layout.minimum);
}
inline bool is_notification(const PayloadPlace& place) {
  return place.layout->type_value == notify::kPayloadType;
}
inline bool is_payload(const PayloadPlace& place) {
  return !ike::is_substructure(*place.layout);
}
inline bool is_unknown(const PayloadPlace& place) {
  return place.layout == &ike::payload::layout;
}
template <typename Holds>
bool any_payload(const IkeMessage& m, Holds holds) {
  return std::any_of(m.payloads().begin(), m.payloads().end(), [&](const PayloadPlace& place) {
    return is_payload(place) && holds(place, m.view(place));
  });
}
inline bool has_unknown_payload(const IkeMessage& m, bool critical) {
  return any_payload(m, [&](const PayloadPlace& place, const wire::View& view) {
    return is_unknown(place) && (view[ike::payload::critical] != 0) == critical;
  });
}
/// A notification that is only itself: no SPI, no data, about no protocol.
inline bool is_bare(const IkeMessage& m, const wire::Layout& type) {
  for (std::size_t n = 0; const PayloadPlace* place = m.find(type, n); ++n) {
    const wire::View view = m.view(*place);
    if (view[notify::protocol_id] != 0 || view[notify::spi_size] != 0 ||
        view[ike::payload::length] != notify::layout.minimum)
      return false;
  }
  return true;
}
/// Each notification of a type is about no protocol and has that many octets of data.
inline bool all_have(const IkeMessage& m, const wire::Layout& type, std::size_t least,
                     std::size_t most) {
  for (std::size_t n = 0; const PayloadPlace* place = m.find(type, n); ++n) {
    const wire::View view = m.view(*place);
    const std::size_t size = data_of(m, *place, notify::layout.minimum).size();
    if (view[notify::protocol_id] != 0 || view[notify::spi_size] != 0 || size < least ||
        size > most)
      return false;
  }
  return true;
}
/// It has this error, or one of the errors that say no more than that.
inline bool refuses_child(std::uint16_t type) {
  return type == error::kNoProposalChosen || type == error::kInvalidKePayload ||
         (type >= error::kSinglePairRequired && type <= error::kTsUnacceptable);
}
inline bool deletes_ike_sa(const IkeMessage& m) {
  return any_payload(m, [](const PayloadPlace& place, const wire::View& view) {
    return place.layout == &ike::delete_::layout &&
           view[ike::delete_::protocol_id] == ike::kProtocolIke;
  });
}
inline bool deletes_child_sa(const IkeMessage& m) {
  return any_payload(m, [](const PayloadPlace& place, const wire::View& view) {
    return place.layout == &ike::delete_::layout &&
           view[ike::delete_::protocol_id] == ike::kProtocolEsp;
  });
}
/// A CREATE_CHILD_SA that makes a new IKE SA: its proposals are for IKE (RFC 7296 §1.3.2).
inline bool rekeys_ike_sa(const IkeMessage& m) {
  const PayloadPlace* proposal = m.find(ike::proposal::layout);
  return is_child(m) && proposal != nullptr &&
         m.view(*proposal)[ike::proposal::protocol_id] == ike::kProtocolIke;
}
inline bool same_spis(const IkeMessage& a, const IkeMessage& b) {
  return a.initiator_spi() == b.initiator_spi() && a.responder_spi() == b.responder_spi();
}

// Exchanges.

/// Back to where the request came from, from where it went (RFC 7296 §2.11).
inline bool mirrors(const IkeMessage& response, const IkeMessage& request) {
  return sent_on(response) == received_on(request);
}
/// The response goes out over two paths at once: to where the request came from, and to where the
/// IKE SA has its sender. One of them is demanded, the other does no harm (libreswan does so).
inline bool is_on_second_path(const IkeResponseSent& r) {
  constexpr auto kAtOnce = std::chrono::milliseconds(100);
  return r.sa != nullptr && r.original != nullptr && r.original->digest == r.response.digest &&
         r.response.time - r.original->time < kAtOnce && r.own().path.is_known() &&
         sent_on(r.response) == r.own().path && !(sent_on(*r.original) == r.own().path);
}
inline constexpr std::string_view kSecondPath =
    "the same response at once to the address that the IKE SA has stored";
/// Back to where the request came from; a copy to the stored address passes beside that.
inline Outcome goes_back(const IkeResponseSent& r) {
  if (mirrors(r.response, *r.request)) return true;
  if (is_on_second_path(r)) return {Outcome::Kind::pass, kSecondPath};
  return false;
}
inline bool is_mobike(const observer::IkeFact& f) {
  return f.sa != nullptr && f.sa->mobike();
}
/// The peer's update has come and its answer has not gone: the judged node may use the old or the
/// new addresses (strongSwan sends requests of its own to the new ones before it answers).
inline bool is_being_updated(const observer::IkeFact& f) {
  return f.peer().request && f.peer().request.is_update && f.peer().request.answered == net::Time{};
}
/// A request of the judged node has been without an answer for so long that to it the IKE SA may
/// have failed (RFC 7296 §2.4).
inline bool waits_in_vain(const observer::IkeFact& f, net::Time now) {
  return f.own().gave_up || (f.own().request && f.own().request.answered == net::Time{} &&
                             now - f.own().request.time > observer::kConvergence);
}
inline bool is_in_force(const observer::IkeFact& f) {
  return f.sa != nullptr && f.sa->is_established();
}
/// The IKE SA was there when the message came, whether or not it is when that was settled.
inline bool came_in_force(const IkeRequestSettled& r) {
  return is_in_force(r) && r.request.time > r.sa->established &&
         (r.sa->closed == net::Time{} || r.request.time < r.sa->closed);
}
/// It is still there, or this very message ended it.
inline bool is_left(const IkeRequestSettled& r) {
  return r.sa->is_alive() || is_auth(r.request) || deletes_ike_sa(r.request);
}
/// To it the IKE SA has not failed. And a mobile node may have gone when the message came: only
/// what it sent since shows that not.
inline bool is_there(const IkeRequestSettled& r) {
  if (r.response != nullptr) return true;
  return !r.own().gave_up && (!r.is_client() || r.own().last_sent > r.request.time);
}
/// A request of the IKE SA that came when it was due and can be read: its receiver has to answer.
inline bool is_due(const IkeRequestSettled& r) {
  return r.sa != nullptr && !is_init(r.request) && is_opened(r.request) && r.request.is_request() &&
         r.request.message_id() == r.expected_id && r.earlier == nullptr && is_left(r) &&
         is_there(r);
}
/// An IKE_SA_INIT request that nobody has answered before.
inline bool is_fresh_init(const IkeRequestSettled& r) {
  return is_init(r.request) && r.request.is_request() && r.request.responder_spi() == 0 &&
         r.request.message_id() == 0 && r.earlier == nullptr && !came_in_force(r);
}
/// It can be answered: nothing in its form speaks against it.
inline bool is_fair(const IkeRequestSettled& r) {
  return (is_due(r) || is_fresh_init(r)) && !is_malformed(r.request) && !r.request.clipped &&
         !has_unknown_payload(r.request, true) && r.request[ike::message::major_version] == 2;
}
/// It was dealt with and not called faulty.
inline bool is_taken(const IkeRequestSettled& r) {
  return r.response != nullptr && r.response->error_type() != error::kInvalidSyntax &&
         r.response->error_type() != error::kUnsupportedCriticalPayload;
}
/// Nothing came of a message. That is evidence only beside messages that were answered.
inline Outcome unanswered(const IkeRequestSettled& r) {
  return r.response == nullptr ? Outcome(Outcome::Kind::silence) : Outcome(false);
}
inline std::string reaction(const IkeRequestSettled& r) {
  if (r.response == nullptr) return "no response";
  const std::uint16_t type = r.response->error_type();
  return type == 0 ? fmt::format("response in frame {} without an error", r.response->frame)
                   : fmt::format("response in frame {} with error {}", r.response->frame, type);
}
inline std::string path_text(const Path& path) {
  return fmt::format("{}:{} -> {}:{}", path.local.to_string(), path.local_port,
                     path.remote.to_string(), path.remote_port);
}
template <typename F>
std::string sent_path(const F& f) {
  return path_text(sent_on(f.primary()));
}

/// A rule about what messages look like, for requests and responses alike. `write` takes either
/// rule; its lambdas take either fact.
template <typename Write>
void of_messages(RuleBook& book, std::string_view id, Write write) {
  write(book.add<IkeRequestSent>(id));
  write(book.add<IkeResponseSent>(id));
}

}  // namespace mipvet::rules

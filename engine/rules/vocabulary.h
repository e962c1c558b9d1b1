#pragma once

#include <algorithm>
#include <optional>

#include "engine/crypto/ntp.h"
#include "engine/observer/facts.h"
#include "engine/observer/surroundings.h"
#include "engine/rules/outcome.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/mip4.h"
#include "engine/wire/udp.h"

/// Words that many rules use. Each says one thing about a fact or a message.
namespace mipvet::rules {

namespace request = wire::mip4::request;
namespace reply = wire::mip4::reply;
namespace mip4 = wire::mip4;
using observer::Authentication;
using observer::can_reach;
using observer::Circumstance;
using observer::Sighting;

inline bool accepts(std::uint64_t code) {
  return code <= 1;
}
inline bool is_acceptance(const Sighting& answer) {
  return accepts(answer[reply::code]);
}
inline bool asks_deregistration(const Sighting& asked) {
  return asked[request::lifetime] == 0;
}

/// The address that a node has on a link; zero where it has none there.
inline wire::Ipv4Address address_on(const observer::Fact& fact, model::NodeId node,
                                    observer::LinkId link) {
  if (node >= fact.network.nodes.size()) return {};
  const model::Attachment* attachment = fact.network.node(node).attachment(link);
  return attachment != nullptr && attachment->address ? attachment->address->address
                                                      : wire::Ipv4Address{};
}

/// There is such a node, and that is its role.
inline bool is_a(const observer::Fact& fact, Role role, model::NodeId node) {
  return node != model::kNobody && fact.network.node(node).role == role;
}
/// The address is one of a node of that role.
inline bool belongs_to(const observer::Fact& fact, wire::Ipv4Address address, Role role) {
  return is_a(fact, role, fact.network.owner(address));
}
inline bool is_home_agent(const observer::Fact& fact, wire::Ipv4Address address) {
  return belongs_to(fact, address, Role::home_agent);
}

inline bool asks_proxy(const observer::RequestSent& r) {
  return is_a(r, Role::mip_proxy, r.request.agent);
}

/// The message has the judged node in its Home Agent field.
inline bool names_judged(const observer::Fact& fact, const Sighting& message) {
  return message.agent == fact.judged;
}

/// The home agent in the HA Parameter extension (MIPP §2.5.3); zero where there is none.
inline wire::Ipv4Address named_home_agent(const Sighting& message) {
  return message.extension(mip4::ha_parameter::layout)
      .address(mip4::ha_parameter::home_agent_address);
}

/// The extension is there and as long as it has to be, so that a receiver reads what was meant.
inline bool has_plain_ha_parameter(const Sighting& message) {
  const wire::View parameter = message.extension(mip4::ha_parameter::layout);
  return parameter && parameter[mip4::ha_parameter::length] == 6;
}

/// The extension names a home agent, or none.
inline bool names_home_agent(const observer::Fact& fact, const Sighting& message) {
  return named_home_agent(message).is_zero() || is_home_agent(fact, named_home_agent(message));
}

/// It gets a home agent: the extension names one, or the judged node finds one by itself.
inline bool gets_a_home_agent(const observer::Fact& fact, const Sighting& message) {
  return !named_home_agent(message).is_zero() || fact.node().declares("dynamic-ha");
}

/// The request authenticates as its receiver has to check it, and is well formed: nothing but its
/// contents can make an agent refuse it.
inline bool is_sound(const Sighting& asked) {
  return asked.is_authentic() && asked.defects == 0 && !asked.udp_checksum_wrong && !asked.clipped;
}

/// Its home address is that of no node: an agent has no security association for it.
inline bool is_of_nobody(const observer::Fact& fact, const Sighting& asked) {
  const wire::Ipv4Address home_address = asked.address(request::home_address);
  return !home_address.is_zero() && fact.network.owner(home_address) == model::kNobody;
}

/// It carries an extension that nobody here knows and that may not be skipped (RFC 3344 §1.8).
inline bool has_unknown_critical(const Sighting& message) {
  return std::any_of(
      message.extensions().begin(), message.extensions().end(),
      [&](const observer::ExtensionPlace& place) {
        return place.layout == &mip4::extension::layout &&
               !mip4::extension::is_skippable(message.view(place)[mip4::extension::type]);
      });
}

/// The request came as the base specification wants it to come: to port 434 of the node, from an
/// address to which an answer can go. Where not, others are to blame for silence.
inline bool came_properly(const observer::Fact& fact, const Sighting& asked) {
  if (asked.destination_port != mip4::kPort || fact.network.owner(asked.destination) != fact.judged)
    return false;
  if (asked.source == asked.address(request::home_address) &&
      asked.source != asked.address(request::care_of_address))
    return false;
  const model::NodeId sender = fact.network.owner(asked.source);
  if (sender == model::kNobody || fact.network.node(sender).attachment(asked.link) == nullptr)
    return true;
  return address_on(fact, sender, asked.link) == asked.source || asked.by_tester;
}

/// A mobile node away from home that puts its home address where the care-of address has to be
/// (RFC 3344 §3.6.1.1) may be taken for an inside one.
inline bool hides_its_place(const Sighting& asked) {
  return asked.source == asked.address(request::home_address) &&
         asked.source != asked.address(request::care_of_address);
}

/// The reply answers the relayed request as the base specification wants it to be answered.
inline bool answers_properly(const observer::ReplySettled& r) {
  if (r.request == nullptr || r.relayed_request == nullptr) return false;
  const wire::Ipv4Address home = r.relayed_request->address(request::home_address);
  return r.others == 0 && r.reply.destination_port == r.relayed_request->source_port &&
         crypto::low_order(r.reply[reply::identification]) ==
             crypto::low_order((*r.relayed_request)[request::identification]) &&
         (home.is_zero() || home == r.reply.address(reply::home_address));
}

/// Refused or ignored: not passed on, not accepted. Silence needs a control.
inline Outcome refused(const observer::RequestSettled& fact) {
  if (!fact.relayed.empty()) return false;
  for (const Sighting* answer : fact.replies)
    if (is_acceptance(*answer)) return false;
  return fact.replies.empty() ? Outcome(Outcome::Kind::silence) : Outcome(true);
}

/// Silently discarded: nothing at all came of it.
inline Outcome discarded(const observer::RequestSettled& fact) {
  if (!fact.relayed.empty() || !fact.replies.empty()) return false;
  return Outcome::Kind::silence;
}

/// The same for a reply.
inline Outcome discarded(const observer::ReplySettled& fact) {
  if (!fact.relayed.empty()) return false;
  return Outcome::Kind::silence;
}

/// Extension octets that a relay has to carry over: same type, length and value.
inline bool holds_copy(const Sighting& message, wire::View extension) {
  return std::any_of(message.extensions().begin(), message.extensions().end(),
                     [&](const observer::ExtensionPlace& place) {
                       const wire::Bytes octets = message.view(place).bytes();
                       return std::equal(octets.begin(), octets.end(), extension.bytes().begin(),
                                         extension.bytes().end());
                     });
}

/// The place of the first Mobile-Home Authentication extension among the extensions; their number
/// where there is none.
inline std::size_t authenticator_index(const Sighting& message) {
  const auto extensions = message.extensions();
  const auto found = std::find_if(extensions.begin(), extensions.end(), [](const auto& place) {
    return place.layout == &mip4::authentication::mobile_home;
  });
  return static_cast<std::size_t>(found - extensions.begin());
}

}  // namespace mipvet::rules

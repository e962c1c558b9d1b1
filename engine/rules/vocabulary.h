#pragma once

#include <algorithm>
#include <optional>

#include "engine/observer/facts.h"
#include "engine/rules/outcome.h"
#include "engine/wire/mip4.h"

/// Words that many rules use. Each says one thing about a fact or a message.
namespace mipvet::rules {

namespace request = wire::mip4::request;
namespace reply = wire::mip4::reply;
namespace mip4 = wire::mip4;
using observer::Authentication;
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

/// The request authenticates as its receiver has to check it, and is well formed: nothing but its
/// contents can make an agent refuse it.
inline bool is_sound(const Sighting& asked) {
  return asked.authentication.mobile_home == Authentication::valid &&
         asked.count(mip4::authentication::mobile_home) == 1 && asked.defects == 0 &&
         !asked.udp_checksum_wrong && !asked.clipped;
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

#include "engine/rules/rule_files.h"
#include "engine/rules/vocabulary.h"

// RFC 3344 §3.7: how a foreign agent deals with registrations.

namespace mipvet::rules {

using observer::ReplyRelayed;
using observer::ReplySent;
using observer::ReplySettled;
using observer::RequestRelayed;
using observer::RequestSettled;
namespace authentication = mip4::authentication;

namespace {

/// Octets up to and including the authorizing extension are the mobile node's (or home agent's)
/// own: nobody on the way may touch them. Without one it is all but what is between the agents.
bool protected_part_same(const Sighting& before, const Sighting& after) {
  std::size_t end = before.size;
  if (const observer::ExtensionPlace* place = before.find(authentication::mobile_home))
    end = place->offset + place->length;
  else if (const observer::ExtensionPlace* ours = before.find(authentication::foreign_home))
    end = ours->offset;
  return after.size >= end && std::equal(before.bytes().begin(),
                                         before.bytes().begin() + static_cast<std::ptrdiff_t>(end),
                                         after.bytes().begin());
}

/// Extensions behind the authorizing one are for the agent that receives them.
bool consumed(const Sighting& before, const Sighting& after) {
  const auto extensions = before.extensions();
  for (std::size_t i = authenticator_index(before) + 1; i < extensions.size(); ++i)
    if (holds_copy(after, before.view(extensions[i]))) return false;
  return true;
}

bool has_no_fault_before_relaying(const Sighting& asked) {
  return asked.defects == 0 && !asked.udp_checksum_wrong && !asked.clipped;
}

/// Which denial a foreign agent owes to the ICMP codes of RFC 792, RFC 3344 §3.4.
std::uint64_t denial_for(std::uint8_t icmp_code) {
  switch (icmp_code) {
    case 0:
      return 80;
    case 1:
      return 81;
    case 3:
      return 82;
    default:
      return 88;
  }
}

/// The first reply of the judged node; null where it sent none.
const Sighting* answer(const RequestSettled& r) {
  return r.replies.empty() ? nullptr : r.replies.front();
}

Outcome denied_with(const RequestSettled& r, std::uint64_t code) {
  if (!r.relayed.empty()) return false;
  const Sighting* reply = answer(r);
  if (reply == nullptr) return Outcome::Kind::silence;
  return (*reply)[mip4::reply::code] == code;
}

bool offers(const RequestSettled& r, wire::Ipv4Address care_of) {
  return r.network.owner(care_of) == r.judged;
}

}  // namespace

void add_mip4_foreign_agent_rules(RuleBook& book) {
  book.add<RequestRelayed>("RFC3344-3.7-01")
      .only(Role::foreign_agent)
      .require([](const RequestRelayed& r) { return r.copies == 1; });

  book.add<ReplySent>("RFC3344-3.7-02")
      .require([](const ReplySent& r) { return !is_acceptance(r.reply); })
      .evidence(reply::code);

  book.add<RequestSettled>("RFC3344-3.7-04")
      .when([](const RequestSettled& r) {
        return has_no_fault_before_relaying(r.request) && r.replies.empty() &&
               r.request.destination_port == mip4::kPort;
      })
      .judge([](const RequestSettled& r) -> Outcome {
        if (!r.relayed.empty()) return true;
        // What no node has may not be found on its link.
        const wire::Ipv4Address home_agent = r.request.address(request::home_agent);
        if (!can_reach(r.node(), home_agent) || r.network.owner(home_agent) == model::kNobody)
          return Outcome::Kind::skip;
        // Nothing came of it; only an unknown extension would allow that (RFC 3344 §1.8).
        const bool unaware =
            r.request.carries(mip4::ha_parameter::layout) && !r.node().declares("ext-aware-fa");
        return has_unknown_critical(r.request) || unaware ? Outcome(Outcome::Kind::skip)
                                                          : Outcome(false);
      });

  book.add<RequestRelayed>("RFC3344-3.7.2-01")
      .require([](const RequestRelayed& r) {
        return r.to_ha.destination == r.from_mn.address(request::home_agent);
      })
      .in_ip(wire::ip::destination);

  book.add<RequestSettled>("RFC3344-3.7.2.1-01")
      .when([](const RequestSettled& r) { return r.request.udp_checksum_wrong; })
      .judge([](const RequestSettled& r) { return discarded(r); });

  book.add<RequestSettled>("RFC3344-3.7.2.1-02")
      .when([](const RequestSettled& r) {
        return has_no_fault_before_relaying(r.request) &&
               (r.request[request::reserved_r] != 0 || r.request[request::reserved_x] != 0);
      })
      .judge([](const RequestSettled& r) -> Outcome {
        // §3.3 has the bits ignored on reception (A1): a warning.
        if (!r.relayed.empty()) return {Outcome::Kind::warn, "reserved bits ignored (§3.3)"};
        return denied_with(r, 70);
      });

  book.add<RequestSettled>("RFC3344-3.7.2.1-03")
      .when([](const RequestSettled& r) {
        return has_no_fault_before_relaying(r.request) && !asks_deregistration(r.request) &&
               r.request[request::decapsulation_by_mobile_node] == 0 &&
               !offers(r, r.request.address(request::care_of_address));
      })
      .judge([](const RequestSettled& r) { return denied_with(r, 77); });

  book.add<RequestSettled>("RFC3344-3.7.2.1-06")
      .when([](const RequestSettled& r) {
        return has_no_fault_before_relaying(r.request) &&
               r.request[request::decapsulation_by_mobile_node] == 0 &&
               ((r.request[request::gre_encapsulation] != 0 && !r.node().declares("gre")) ||
                (r.request[request::minimal_encapsulation] != 0 && !r.node().declares("minimal")));
      })
      .judge([](const RequestSettled& r) { return denied_with(r, 72); });

  book.add<RequestRelayed>("RFC3344-3.7.2.2-01").require([](const RequestRelayed& r) {
    return protected_part_same(r.from_mn, r.to_ha);
  });

  book.add<RequestRelayed>("RFC3344-3.7.2.2-02")
      .when([](const RequestRelayed& r) {
        return authenticator_index(r.from_mn) + 1 < r.from_mn.extensions().size();
      })
      .require([](const RequestRelayed& r) { return consumed(r.from_mn, r.to_ha); });

  book.add<RequestRelayed>("RFC3344-3.7.2.2-04")
      .itself({"fa-ha-sa"})
      .when([](const RequestRelayed& r) {
        const model::NodeId home_agent = r.network.owner(r.to_ha.destination);
        return home_agent != model::kNobody && home_agent == r.to_ha.receiver &&
               r.network.association(r.judged, home_agent) != nullptr;
      })
      .require([](const RequestRelayed& r) {
        return r.to_ha.count(authentication::foreign_home) == 1 &&
               r.to_ha.extensions().back().layout == &authentication::foreign_home &&
               r.to_ha.authentication.foreign_home == Authentication::valid;
      })
      .evidence(authentication::foreign_home);

  book.add<RequestRelayed>("RFC3344-3.7.2.2-05")
      .require([](const RequestRelayed& r) {
        return r.to_ha.source == address_on(r, r.judged, r.to_ha.link);
      })
      .in_ip(wire::ip::source);

  book.add<RequestRelayed>("RFC3344-3.7.2.2-06")
      .require([](const RequestRelayed& r) {
        return r.to_ha.destination == r.from_mn.address(request::home_agent) &&
               r.to_ha.destination_port == mip4::kPort;
      })
      .in_ip(wire::ip::destination)
      .observed([](const RequestRelayed& r) {
        return fmt::format("IP destination {}, port {}", r.to_ha.destination.to_string(),
                           r.to_ha.destination_port);
      });

  book.add<ReplySent>("RFC3344-3.7.2.3-01")
      .only(Role::foreign_agent)
      .copied(request::home_address, reply::home_address);
  book.add<ReplySent>("RFC3344-3.7.2.3-01")
      .only(Role::foreign_agent)
      .copied(request::home_agent, reply::home_agent);
  book.add<ReplySent>("RFC3344-3.7.2.3-01")
      .only(Role::foreign_agent)
      .copied(request::identification, reply::identification);

  book.add<RequestSettled>("RFC3344-3.7.2.3-02")
      .when([](const RequestSettled& r) {
        const Sighting* reply = answer(r);
        return reply != nullptr && (*reply)[mip4::reply::code] == 69;
      })
      .require([](const RequestSettled& r) {
        const std::uint64_t limit = (*answer(r))[mip4::reply::lifetime];
        return limit > 0 && limit < r.request[request::lifetime];
      });

  book.add<ReplySent>("RFC3344-3.7.2.3-03")
      .only(Role::foreign_agent)
      .when([](const ReplySent& r) { return r.reply[reply::code] != 69; })
      .copied(request::lifetime, reply::lifetime);

  book.add<ReplySent>("RFC3344-3.7.2.3-04")
      .only(Role::foreign_agent)
      .require([](const ReplySent& r) {
        return r.request.destination.is_multicast()
                   ? r.reply.source == address_on(r, r.judged, r.reply.link)
                   : r.reply.source == r.request.destination;
      })
      .in_ip(wire::ip::source);
  book.add<ReplyRelayed>("RFC3344-3.7.2.3-04")
      .only(Role::foreign_agent)
      .require([](const ReplyRelayed& r) {
        return r.request.destination.is_multicast()
                   ? r.to_mn.source == address_on(r, r.judged, r.to_mn.link)
                   : r.to_mn.source == r.request.destination;
      })
      .in_ip(wire::ip::source);

  book.add<ReplyRelayed>("RFC3344-3.7.2.3-05")
      .only(Role::foreign_agent)
      .require([](const ReplyRelayed& r) {
        const wire::Ipv4Address home = r.from_ha.address(reply::home_address);
        // Whoever answers has changed it: either is as good.
        const wire::Ipv4Address asked = r.request.address(request::home_address);
        if (!asked.is_zero() && r.to_mn.destination == asked) return true;
        // For a co-located address registered through the agent the source is right, too (A6).
        return r.to_mn.destination == (home.is_zero() ? wire::kLimitedBroadcast : home) ||
               (r.request[request::decapsulation_by_mobile_node] != 0 &&
                r.to_mn.destination == r.request.source);
      })
      .in_ip(wire::ip::destination);

  book.add<ReplyRelayed>("RFC3344-3.7.2.3-06")
      .only(Role::foreign_agent)
      .require([](const ReplyRelayed& r) {
        return r.to_mn.source_port == mip4::kPort &&
               r.to_mn.destination_port == r.request.source_port;
      })
      .in_udp(wire::udp::destination_port)
      .observed([](const ReplyRelayed& r) {
        return fmt::format("ports {} -> {}", r.to_mn.source_port, r.to_mn.destination_port);
      });
  book.add<ReplySent>("RFC3344-3.7.2.3-06")
      .only(Role::foreign_agent)
      .require([](const ReplySent& r) {
        return r.reply.source_port == mip4::kPort &&
               r.reply.destination_port == r.request.source_port;
      })
      .in_udp(wire::udp::destination_port)
      .observed([](const ReplySent& r) {
        return fmt::format("ports {} -> {}", r.reply.source_port, r.reply.destination_port);
      });

  book.add<RequestSettled>("RFC3344-3.7.3-01")
      .when([](const RequestSettled& r) { return r.unreachables > 0 && r.received.empty(); })
      .judge([](const RequestSettled& r) -> Outcome {
        const Sighting* reply = answer(r);
        return reply != nullptr && (*reply)[mip4::reply::code] == denial_for(r.unreachable_code);
      });

  book.add<ReplySettled>("RFC3344-3.7.3.1-01")
      .only(Role::foreign_agent)
      .when([](const ReplySettled& r) { return r.reply.udp_checksum_wrong; })
      .judge([](const ReplySettled& r) { return discarded(r); });

  book.add<ReplySettled>("RFC3344-3.7.3.1-03")
      .only(Role::foreign_agent)
      .when([](const ReplySettled& r) {
        return r.request == nullptr && r.relayed_request == nullptr;
      })
      .judge([](const ReplySettled& r) { return discarded(r); });

  book.add<ReplySettled>("RFC3344-3.7.3.2-01")
      .only(Role::foreign_agent)
      .when([](const ReplySettled& r) {
        return answers_properly(r) && !r.reply.by_tester && r.reply.defects == 0 &&
               !r.reply.udp_checksum_wrong;
      })
      .judge([](const ReplySettled& r) -> Outcome {
        const bool stale = r.reply.time - r.relayed_request->time >
                           std::chrono::seconds(r.relayed_request->operator[](request::lifetime));
        // After 7 s the agent may have given the request up (§3.7.1); an association or an unknown
        // extension gives other reasons to drop a reply.
        if (stale || r.reply.time - r.relayed_request->time > std::chrono::seconds(1))
          return Outcome::Kind::skip;
        const bool protects = r.reply.sender != model::kNobody &&
                              r.network.association(r.judged, r.reply.sender) != nullptr;
        return protects ? Outcome(Outcome::Kind::skip) : Outcome(!r.relayed.empty());
      });

  book.add<ReplyRelayed>("RFC3344-3.7.3.2-02")
      .only(Role::foreign_agent)
      .when([](const ReplyRelayed& r) {
        const std::uint64_t code = r.to_mn[reply::code];
        // 64 to 127 are the agent's own words about a reply that it does not pass on.
        return code < 64 || code > 127 || code == r.from_ha[reply::code];
      })
      .require([](const ReplyRelayed& r) { return protected_part_same(r.from_ha, r.to_mn); });

  book.add<ReplyRelayed>("RFC3344-3.7.3.2-03")
      .only(Role::foreign_agent)
      .when([](const ReplyRelayed& r) {
        return authenticator_index(r.from_ha) + 1 < r.from_ha.extensions().size();
      })
      .require([](const ReplyRelayed& r) { return consumed(r.from_ha, r.to_mn); });
}

}  // namespace mipvet::rules

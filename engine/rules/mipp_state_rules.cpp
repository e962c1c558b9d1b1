#include "engine/rules/rule_files.h"
#include "engine/rules/vocabulary.h"

// draft-adrangi-mobileip-vpn-traversal-02 §2.6.2-2.7: simultaneous bindings, NAI, home agent
// assignment, pending entries, ICMP errors, and the addresses of the figures.

namespace mipvet::rules {

using observer::ReplyRelayed;
using observer::ReplySent;
using observer::ReplySettled;
using observer::RequestRelayed;
using observer::RequestSent;
using observer::RequestSettled;
namespace ha_parameter = mip4::ha_parameter;

namespace {

/// The largest lifetime that the proxy still has to keep, in seconds (§2.6.2).
std::uint64_t longest_remaining(const RequestRelayed& r) {
  std::uint64_t longest = r.from_mn[request::lifetime];
  for (const observer::Binding& binding : r.bindings.all()) {
    if (binding.expires == net::Time::max()) return mip4::kInfiniteLifetime;
    if (binding.expires <= r.to_ha.time) continue;
    const auto left =
        std::chrono::duration_cast<std::chrono::seconds>(binding.expires - r.to_ha.time).count();
    longest = std::max<std::uint64_t>(longest, static_cast<std::uint64_t>(left));
  }
  return longest;
}

/// An unreachable with a code is answered by a denial, §2.6.7.
template <std::uint8_t code>
Outcome denied_after_icmp(const RequestSettled& r) {
  for (const Sighting* answer : r.replies)
    if (!is_acceptance(*answer)) return true;
  return false;
}

template <std::uint8_t code>
bool reported_unreachable(const RequestSettled& r) {
  return r.unreachables > 0 && r.unreachable_code == code && r.received.empty() &&
         came_properly(r, r.request);
}

/// The answer goes the way that the request came, the other way round (§2.7.2).
bool goes_back(const Sighting& answer, const Sighting& asked) {
  return answer.source == asked.destination && answer.destination == asked.source;
}

std::string addresses(const Sighting& message) {
  return fmt::format("IP {} -> {}", message.source.to_string(), message.destination.to_string());
}

}  // namespace

void add_mipp_state_rules(RuleBook& book) {
  // §2.6.2
  book.add<RequestRelayed>("MIPP-2.6.2-03")
      .when([](const RequestRelayed& r) { return !asks_deregistration(r.from_mn); })
      .require([](const RequestRelayed& r) {
        const std::uint64_t longest = longest_remaining(r);
        const std::uint64_t lifetime = r.to_ha[request::lifetime];
        return lifetime + 2 >= longest && lifetime <= longest + 2;
      })
      .evidence(request::lifetime);

  book.add<RequestSettled>("MIPP-2.6.2-10")
      .when([](const RequestSettled& r) {
        return is_sound(r.request) && r.request[request::reverse_tunneling] != 0 &&
               has_plain_ha_parameter(r.request) && names_home_agent(r, r.request) &&
               gets_a_home_agent(r, r.request) && came_properly(r, r.request) &&
               r.circumstances.has(Circumstance::external);
      })
      .require([](const RequestSettled& r) { return !r.relayed.empty(); });

  book.add<ReplyRelayed>("MIPP-2.6.2-14")
      .when([](const ReplyRelayed& r) { return is_acceptance(r.to_mn); })
      .equals(reply::code, [](const ReplyRelayed&) -> std::uint64_t { return 1; });

  // §2.6.3
  book.add<RequestSettled>("MIPP-2.6.3-06")
      .when([](const RequestSettled& r) {
        return r.request[request::home_address] == 0 && r.request.defects == 0 &&
               !r.request.udp_checksum_wrong;
      })
      .judge([](const RequestSettled& r) { return discarded(r); });

  book.add<RequestSettled>("MIPP-2.6.3-07")
      .itself({"nai"})
      .when([](const RequestSettled& r) {
        return r.node().declares("nai") && r.request[request::home_address] == 0 &&
               !r.request.carries(mip4::nai::layout) && r.request.defects == 0 &&
               !r.request.udp_checksum_wrong;
      })
      .judge([](const RequestSettled& r) { return discarded(r); });

  book.add<RequestSent>("MIPP-2.6.3-12")
      .itself({"nai"})
      .when([](const RequestSent& r) { return r.request.carries(mip4::nai::layout); })
      .require([](const RequestSent& r) {
        const observer::ExtensionPlace* nai = r.request.find(mip4::nai::layout);
        const observer::ExtensionPlace* boundary =
            r.request.find(mip4::authentication::mobile_home);
        return boundary == nullptr || nai->offset < boundary->offset;
      })
      .evidence(mip4::nai::layout);

  const auto accepted_by_nai = [](const ReplyRelayed& r) {
    return r.request.carries(mip4::nai::layout) && r.request[request::home_address] == 0 &&
           is_acceptance(r.from_ha);
  };
  book.add<ReplyRelayed>("MIPP-2.6.3-05").when(accepted_by_nai).same(reply::home_address);

  // §2.6.4
  book.add<RequestSent>("MIPP-2.6.4-06")
      .itself({"dynamic-ha"})
      .declared([](const model::Node& node) { return node.parameters.contains("ask_home_agent"); })
      .when([](const RequestSent& r) {
        return r.last_reply && accepts(r.last_reply.code) &&
               !r.last_reply.assigned_home_agent.is_zero() &&
               r.request.carries(ha_parameter::layout);
      })
      .require([](const RequestSent& r) {
        return r.request.extension(ha_parameter::layout)
                   .address(ha_parameter::home_agent_address) == r.last_reply.assigned_home_agent;
      })
      .evidence(ha_parameter::layout);

  // §2.6.5
  book.add<ReplySettled>("MIPP-2.6.5-02")
      .when([](const ReplySettled& r) {
        return r.relayed_request != nullptr && r.reply.source != r.relayed_request->destination;
      })
      .judge([](const ReplySettled& r) { return discarded(r); });

  book.add<ReplySettled>("MIPP-2.6.5-04")
      .when([](const ReplySettled& r) {
        return r.relayed_request != nullptr && r.request != nullptr &&
               (*r.request)[request::lifetime] != 0 &&
               r.reply.time - r.relayed_request->time >
                   std::chrono::seconds((*r.request)[request::lifetime] + 2);
      })
      .judge([](const ReplySettled& r) { return discarded(r); });

  // §2.6.7
  book.add<RequestSettled>("MIPP-2.6.7-01")
      .when(reported_unreachable<0>)
      .judge(denied_after_icmp<0>);
  book.add<RequestSettled>("MIPP-2.6.7-02")
      .when(reported_unreachable<1>)
      .judge(denied_after_icmp<1>);
  book.add<RequestSettled>("MIPP-2.6.7-03")
      .when(reported_unreachable<2>)
      .judge(denied_after_icmp<2>);
  book.add<RequestSettled>("MIPP-2.6.7-04")
      .when(reported_unreachable<3>)
      .judge(denied_after_icmp<3>);

  book.add<ReplySent>("MIPP-2.6.7-06")
      .when([](const ReplySent& r) { return r.was_relayed && !is_acceptance(r.reply); })
      .require([](const ReplySent& r) { return r.unreachables > 0; })
      .evidence(reply::code);

  // §2.7
  book.add<RequestSent>("MIPP-2.7.1-01")
      .when([](const RequestSent& r) {
        return r.request[request::home_address] != 0 && !asks_deregistration(r.request) &&
               !r.request.destination.is_multicast();
      })
      .require([](const RequestSent& r) {
        return r.request.source == r.request.address(request::home_address) &&
               belongs_to(r, r.request.destination, Role::foreign_agent);
      })
      .in_ip(wire::ip::destination)
      .observed([](const RequestSent& r) { return addresses(r.request); });

  book.add<RequestSent>("MIPP-2.7.1-02")
      .when([](const RequestSent& r) {
        return r.request[request::reverse_tunneling] != 0 && !r.request.destination.is_multicast();
      })
      .require([](const RequestSent& r) { return r.request.ttl == 255; })
      .in_ip(wire::ip::time_to_live);

  book.add<RequestRelayed>("MIPP-2.7.1-03")
      .when([](const RequestRelayed& r) { return r.from_mn.carries(ha_parameter::layout); })
      .require([](const RequestRelayed& r) {
        return r.to_ha.source == address_on(r, r.judged, r.to_ha.link) &&
               r.to_ha.destination == r.from_mn.address(request::home_agent) &&
               r.to_ha.destination_port == mip4::kPort &&
               std::equal(
                   r.from_mn.bytes().begin(),
                   r.from_mn.bytes().begin() + static_cast<std::ptrdiff_t>(request::layout.minimum),
                   r.to_ha.bytes().begin());
      });

  book.add<RequestRelayed>("MIPP-2.7.1-05")
      .require([](const RequestRelayed& r) {
        return r.to_ha.source == address_on(r, r.judged, r.to_ha.link);
      })
      .in_ip(wire::ip::source);

  book.add<RequestSent>("MIPP-2.7.1-06")
      .when([](const RequestSent& r) { return asks_proxy(r) && !asks_deregistration(r.request); })
      .require([](const RequestSent& r) {
        return r.request.source == r.request.address(request::care_of_address) &&
               r.request.destination == r.request.address(request::home_agent);
      })
      .in_ip(wire::ip::destination)
      .observed([](const RequestSent& r) { return addresses(r.request); });

  book.add<ReplySent>("MIPP-2.7.2-01")
      .only(Role::home_agent)
      .when([](const ReplySent& r) { return belongs_to(r, r.request.source, Role::mip_proxy); })
      .require([](const ReplySent& r) { return goes_back(r.reply, r.request); })
      .in_ip(wire::ip::destination)
      .observed([](const ReplySent& r) { return addresses(r.reply); });

  book.add<ReplyRelayed>("MIPP-2.7.2-02")
      .require([](const ReplyRelayed& r) { return goes_back(r.to_mn, r.request); })
      .in_ip(wire::ip::destination)
      .observed([](const ReplyRelayed& r) { return addresses(r.to_mn); });

  book.add<ReplyRelayed>("MIPP-2.7.2-03")
      .when([](const ReplyRelayed& r) { return r.request.carries(ha_parameter::layout); })
      .require([](const ReplyRelayed& r) {
        const wire::Ipv4Address home = r.to_mn.address(reply::home_address);
        return r.to_mn.address(reply::home_agent) == r.from_ha.address(reply::home_agent) &&
               r.to_mn.destination == (home.is_zero() ? wire::kLimitedBroadcast : home);
      })
      .evidence(reply::home_agent);

  book.add<ReplyRelayed>("MIPP-2.7.2-04")
      .require([](const ReplyRelayed& r) { return goes_back(r.to_mn, r.request); })
      .in_ip(wire::ip::destination)
      .observed([](const ReplyRelayed& r) { return addresses(r.to_mn); });

  book.add<ReplySent>("MIPP-2.7.2-05")
      .when([](const ReplySent& r) { return !is_acceptance(r.reply); })
      .require([](const ReplySent& r) { return goes_back(r.reply, r.request); })
      .in_ip(wire::ip::destination)
      .observed([](const ReplySent& r) { return addresses(r.reply); });

  // §2.2.1 and §2.4.1, the other nodes
  book.add<ReplySent>("MIPP-2.2.1-10")
      .when([](const ReplySent& r) {
        return belongs_to(r, r.request.source, Role::mip_proxy) && is_sound(r.request) &&
               r.request[request::decapsulation_by_mobile_node] == 0 &&
               r.request[request::reserved_r] == 0 && r.request[request::reserved_x] == 0;
      })
      .require([](const ReplySent& r) {
        const std::uint64_t code = r.reply[reply::code];
        return code != 132 && code != 134;
      })
      .evidence(reply::code);

  book.add<ReplyRelayed>("MIPP-2.4.1-10")
      .when([](const ReplyRelayed& r) {
        // One that does not come where it is waited for is not passed on.
        return r.from_ha[reply::code] >= 200 && r.from_ha[reply::code] <= 206 &&
               r.from_ha.destination_port == r.relayed_request.source_port &&
               crypto::low_order(r.from_ha[reply::identification]) ==
                   crypto::low_order(r.relayed_request[request::identification]);
      })
      .same(reply::code);
}

}  // namespace mipvet::rules

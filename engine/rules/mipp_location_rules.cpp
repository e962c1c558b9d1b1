#include "engine/rules/rule_files.h"
#include "engine/rules/time_words.h"
#include "engine/rules/vocabulary.h"

// draft-adrangi-mobileip-vpn-traversal-02 §2.6.1: where the mobile node is, and what follows from
// it.

namespace mipvet::rules {

using observer::ReplyReceived;
using observer::ReplyRelayed;
using observer::ReplySent;
using observer::RequestSent;
using observer::RequestSettled;
namespace ha_parameter = mip4::ha_parameter;

namespace {

/// The network has a proxy that the mobile node is to use.
bool knows_proxy(const model::Node& node) {
  return node.parameters.contains("registrar");
}

bool is_inside(const observer::Fact& fact) {
  return fact.circumstances.has(Circumstance::internal) &&
         !fact.circumstances.has(Circumstance::home_link);
}

constexpr std::uint64_t kAssignedHomeAgent = 206;

bool is_refused_as_inside(const RequestSettled& r) {
  return !r.replies.empty() &&
         std::all_of(r.replies.begin(), r.replies.end(), [](const Sighting* answer) {
           return (*answer)[reply::code] == kAssignedHomeAgent;
         });
}

/// Its next request was on its way when the reply came: it says nothing of that.
bool is_crossed(const ReplyReceived& r) {
  return r.next && r.next.time <= r.reply.time + kTolerance;
}

bool asks_home_agent(const RequestSent& r) {
  return is_a(r, Role::home_agent, r.request.agent);
}

}  // namespace

void add_mipp_location_rules(RuleBook& book) {
  // The proxy
  book.add<RequestSettled>("MIPP-2.6.1-02")
      .when([](const RequestSettled& r) {
        return is_inside(r) && is_sound(r.request) &&
               r.request.source == r.request.address(request::care_of_address);
      })
      .require([](const RequestSettled& r) { return r.relayed.empty(); });
  book.add<ReplySent>("MIPP-2.6.1-02")
      .when([](const ReplySent& r) {
        return is_sound(r.request) && r.circumstances.has(Circumstance::external) &&
               r.request.source == r.request.address(request::care_of_address);
      })
      .require([](const ReplySent& r) { return r.reply[reply::code] != kAssignedHomeAgent; })
      .evidence(reply::code);

  book.add<ReplySent>("MIPP-2.6.1-03")
      .itself({"nat"})
      .when([](const ReplySent& r) {
        return is_sound(r.request) && r.circumstances.has(Circumstance::external) &&
               !hides_its_place(r.request) &&
               r.request.source != r.request.address(request::care_of_address);
      })
      .require([](const ReplySent& r) { return r.reply[reply::code] != kAssignedHomeAgent; })
      .evidence(reply::code);
  book.add<ReplyRelayed>("MIPP-2.6.1-03")
      .itself({"nat"})
      .when([](const ReplyRelayed& r) {
        return r.circumstances.has(Circumstance::external) &&
               r.request.source != r.request.address(request::care_of_address);
      })
      .require([](const ReplyRelayed&) { return true; });

  book.add<RequestSettled>("MIPP-2.6.1-08")
      .when([](const RequestSettled& r) {
        return is_inside(r) && r.relayed.empty() && names_judged(r, r.request) &&
               r.request[request::reverse_tunneling] != 0 && has_plain_ha_parameter(r.request) &&
               gets_a_home_agent(r, r.request) && is_sound(r.request) &&
               came_properly(r, r.request);
      })
      .require([](const RequestSettled& r) {
        return !r.replies.empty() && (*r.replies.front())[reply::code] == kAssignedHomeAgent;
      });

  book.add<ReplySent>("MIPP-2.6.1-10")
      .when([](const ReplySent& r) {
        // Whom to name it has from the request.
        return is_inside(r) && r.reply[reply::code] == kAssignedHomeAgent &&
               has_plain_ha_parameter(r.request) &&
               r.network.owner(named_home_agent(r.request)) != r.judged;
      })
      .require([](const ReplySent& r) {
        const model::NodeId agent = r.network.owner(named_home_agent(r.reply));
        return !named_home_agent(r.reply).is_zero() && agent != r.judged;
      })
      .evidence(ha_parameter::layout);

  book.add<ReplySent>("MIPP-2.6.1-25")
      .when([](const ReplySent& r) { return is_inside(r); })
      .require([](const ReplySent& r) { return r.reply.source == r.request.destination; })
      .in_ip(wire::ip::source);

  book.add<ReplySent>("MIPP-2.6.1-30")
      .when([](const ReplySent& r) {
        return is_inside(r) && r.reply[reply::code] == kAssignedHomeAgent &&
               has_plain_ha_parameter(r.request) && !named_home_agent(r.request).is_zero() &&
               r.reply.carries(ha_parameter::layout);
      })
      .require([](const ReplySent& r) {
        return named_home_agent(r.reply) == named_home_agent(r.request);
      })
      .evidence(ha_parameter::layout);

  book.add<ReplyRelayed>("MIPP-2.6.1-21")
      .when([](const ReplyRelayed& r) { return is_acceptance(r.to_mn); })
      .require([](const ReplyRelayed& r) { return r.to_mn.carries(ha_parameter::layout); });

  book.add<ReplySent>("MIPP-2.6.1-29")
      .when([](const ReplySent& r) {
        const std::uint64_t code = r.reply[reply::code];
        return !is_acceptance(r.reply) && is_sound(r.request) && code != 200 && code != 201 &&
               code != kAssignedHomeAgent && r.request.carries(ha_parameter::layout);
      })
      .require([](const ReplySent& r) { return r.reply.carries(ha_parameter::layout); });

  book.add<ReplyRelayed>("MIPP-2.6.1-12")
      .when([](const ReplyRelayed& r) { return is_acceptance(r.to_mn); })
      .require([](const ReplyRelayed& r) { return named_home_agent(r.to_mn) == r.from_ha.source; })
      .evidence(ha_parameter::layout);

  book.add<RequestSettled>("MIPP-2.6.1-05")
      .when([](const RequestSettled& r) {
        return is_sound(r.request) && r.request.carries(ha_parameter::layout) &&
               r.request[request::reverse_tunneling] != 0;
      })
      .require([](const RequestSettled& r) {
        const bool from_inside = r.network.link(r.request.link).side != model::Side::external;
        return from_inside ? r.relayed.empty() && is_refused_as_inside(r)
                           : !is_refused_as_inside(r);
      });

  book.add<RequestSettled>("MIPP-2.6.1-11")
      .when([](const RequestSettled& r) {
        return is_sound(r.request) && has_plain_ha_parameter(r.request) &&
               !has_unknown_critical(r.request) && came_properly(r, r.request) &&
               !r.circumstances.has(Circumstance::home_link);
      })
      .require([](const RequestSettled& r) {
        return is_refused_as_inside(r) &&
               std::all_of(r.replies.begin(), r.replies.end(), [&](const Sighting* answer) {
                 return !named_home_agent(*answer).is_zero() && names_home_agent(r, *answer);
               });
      });

  // The home agent inside
  book.add<ReplySent>("MIPP-2.6.1-16")
      .when([](const ReplySent& r) {
        // A denial says something of it only where it is for that.
        return is_sound(r.request) && !asks_deregistration(r.request) &&
               r.request.carries(mip4::udp_tunnel_request::layout) &&
               (is_acceptance(r.reply) || r.reply[reply::code] == 129);
      })
      .require([](const ReplySent& r) {
        const wire::View answer = r.reply.extension(mip4::udp_tunnel_reply::layout);
        return answer && answer[mip4::udp_tunnel_reply::reply_code] < 64;
      })
      .evidence(mip4::udp_tunnel_reply::layout);

  // The mobile node
  book.add<RequestSent>("MIPP-2.6.1-01")
      .declared(knows_proxy)
      .when([](const RequestSent& r) {
        const bool arrives = !r.before || r.before.link != r.request.link;
        return arrives && !r.circumstances.has(Circumstance::home_link);
      })
      .require([](const RequestSent& r) {
        return r.request.address(request::home_agent) ==
               r.network.resolve(r.node().parameters["registrar"].get_ref<const std::string&>());
      })
      .evidence(request::home_agent);

  book.add<RequestSent>("MIPP-2.6.1-15")
      .when([](const RequestSent& r) {
        return asks_home_agent(r) && !asks_deregistration(r.request);
      })
      .require([](const RequestSent& r) {
        const observer::ExtensionPlace* tunnel = r.request.find(mip4::udp_tunnel_request::layout);
        const observer::ExtensionPlace* boundary =
            r.request.find(mip4::authentication::mobile_home);
        return tunnel != nullptr && boundary != nullptr && tunnel->offset < boundary->offset &&
               r.request[request::decapsulation_by_mobile_node] != 0;
      });

  book.add<ReplyReceived>("MIPP-2.6.1-27")
      .when([](const ReplyReceived& r) {
        return r.request != nullptr && is_acceptance(r.reply) && r.reply.defects == 0 &&
               !r.reply.udp_checksum_wrong && r.reply.carries(ha_parameter::layout) &&
               r.reply.authentication.mobile_home == Authentication::valid &&
               r.reply.destination_port == r.request->source_port &&
               (r.reply.destination == r.request->source || r.request->source.is_zero());
      })
      .require([](const ReplyReceived& r) {
        const bool repeats = r.next && r.next.link == r.request->link &&
                             r.next.lifetime == (*r.request)[request::lifetime] &&
                             r.next.home_agent == r.request->address(request::home_agent);
        return !repeats || is_crossed(r);
      });

  book.add<RequestSent>("MIPP-2.6.1-28")
      .declared(knows_proxy)
      .when([](const RequestSent& r) {
        return asks_home_agent(r) && r.registered.live(r.request.time);
      })
      .require([](const RequestSent& r) {
        return asks_deregistration(r.request) && r.request.address(request::care_of_address) ==
                                                     r.request.address(request::home_address);
      })
      .evidence(request::lifetime);

  book.add<ReplyReceived>("MIPP-2.6.1-13")
      .when([](const ReplyReceived& r) {
        return r.reply[reply::code] == kAssignedHomeAgent && r.request != nullptr &&
               r.reply.destination_port == r.request->source_port &&
               r.reply.authentication.mobile_home == Authentication::valid &&
               r.network.owner(named_home_agent(r.reply)) != model::kNobody;
      })
      .judge([](const ReplyReceived& r) -> Outcome {
        if (r.next && r.next.home_agent == named_home_agent(r.reply)) return true;
        return is_crossed(r) ? Outcome(Outcome::Kind::skip) : Outcome(false);
      });

  book.add<ReplyReceived>("MIPP-2.6.1-14")
      .itself({"internal"})
      .when([](const ReplyReceived& r) {
        return r.reply[reply::code] == kAssignedHomeAgent &&
               r.reply.authentication.mobile_home != Authentication::valid;
      })
      .require([](const ReplyReceived& r) {
        // It may have been told the same in earnest.
        return !r.next || r.next.home_agent != named_home_agent(r.reply) ||
               r.next.home_agent == r.next.assigned_home_agent;
      });

  book.add<RequestSent>("MIPP-2.6.1-17")
      .declared(knows_proxy)
      .when([](const RequestSent& r) {
        const bool home = r.network.link(r.request.link).side == model::Side::home;
        const bool told = r.last_reply && r.last_reply.code == kAssignedHomeAgent;
        return r.before && r.before.link != r.request.link && !home && !told;
      })
      .require([](const RequestSent& r) {
        return asks_proxy(r) && r.request.carries(ha_parameter::layout);
      })
      .evidence(request::home_agent);

  // The last reply says who accepted, unless that came after another answer, or from one who gives
  // himself out for another.
  const auto renews = [](const RequestSent& r) {
    return r.before && r.before.link == r.request.link && r.last_reply &&
           accepts(r.last_reply.code) && r.last_reply.time > r.before.time &&
           !r.last_reply.is_second && r.last_reply.home_agent == r.before.home_agent;
  };
  book.add<RequestSent>("MIPP-2.6.1-18")
      .declared(knows_proxy)
      .when(renews)
      .equals(request::home_agent,
              [](const RequestSent& r) -> std::uint64_t { return r.last_reply.home_agent.value; });
  book.add<RequestSent>("MIPP-2.6.1-19")
      .declared(knows_proxy)
      .when(renews)
      .equals(request::home_agent,
              [](const RequestSent& r) -> std::uint64_t { return r.last_reply.home_agent.value; });

  book.add<RequestSent>("MIPP-2.6.1-22")
      .declared(knows_proxy)
      .when([](const RequestSent& r) { return !asks_proxy(r); })
      .require([](const RequestSent& r) { return !r.request.carries(ha_parameter::layout); })
      .evidence(ha_parameter::layout);
}

}  // namespace mipvet::rules

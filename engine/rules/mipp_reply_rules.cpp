#include "engine/rules/rule_files.h"
#include "engine/rules/vocabulary.h"

// draft-adrangi-mobileip-vpn-traversal-02 §2.3: the reply on its way from the actual home agent
// through the MIP Proxy to the mobile node, and what the proxy sends by itself.

namespace mipvet::rules {

using observer::ReplyRelayed;
using observer::ReplySent;
using observer::ReplySettled;
namespace authentication = mip4::authentication;

namespace {

bool answers_pending_request(const ReplySettled& r) {
  return r.request != nullptr && r.relayed_request != nullptr;
}

/// Not later than the base specification lets the proxy give up (RFC 3344 §3.7.1).
bool is_in_time(const ReplySettled& r) {
  return r.reply.time - r.relayed_request->time <= std::chrono::seconds(5) &&
         r.reply.time - r.relayed_request->time <= std::chrono::seconds(std::max<std::uint64_t>(
                                                       (*r.relayed_request)[request::lifetime], 1));
}

bool is_accepted_s_request(const ReplyRelayed& r) {
  return is_acceptance(r.from_ha) && r.request[request::simultaneous_bindings] != 0;
}

/// The proxy's own codes for what is wrong with a home agent's reply (§2.4.1, §2.3.1, §2.6.3).
bool is_conversion(const ReplyRelayed& r) {
  const std::uint64_t code = r.to_mn[reply::code];
  return is_acceptance(r.from_ha) && ((code >= 203 && code <= 205) || code == 130 || code == 133);
}

}  // namespace

void add_mipp_reply_rules(RuleBook& book) {
  // §2
  book.add<ReplySent>("MIPP-2-05")
      .require([](const ReplySent& r) { return !is_acceptance(r.reply); })
      .evidence(reply::code);
  book.add<ReplyRelayed>("MIPP-2-05").require([](const ReplyRelayed& r) {
    return r.to_mn.time >= r.from_ha.time;
  });

  book.add<ReplyRelayed>("MIPP-2-06").only(Role::mip_proxy).require([](const ReplyRelayed& r) {
    return r.copies == 1;
  });

  book.add<ReplyRelayed>("MIPP-2-09")
      .require(
          [](const ReplyRelayed& r) { return r.to_mn.source_port == r.request.destination_port; })
      .in_udp(wire::udp::source_port);
  book.add<ReplySent>("MIPP-2-09")
      .require([](const ReplySent& r) { return r.reply.source_port == r.request.destination_port; })
      .in_udp(wire::udp::source_port);

  // §2.1
  book.add<ReplyRelayed>("MIPP-2.1-01")
      .when([](const ReplyRelayed& r) { return r.to_mn.carries(authentication::mobile_home); })
      .require([](const ReplyRelayed& r) {
        return r.to_mn.authentication.mobile_home == Authentication::valid;
      })
      .evidence(authentication::mobile_home);
  book.add<ReplySent>("MIPP-2.1-01")
      .when([](const ReplySent& r) {
        return is_sound(r.request) && r.reply.carries(authentication::mobile_home);
      })
      .require([](const ReplySent& r) {
        return r.reply.authentication.mobile_home == Authentication::valid;
      })
      .evidence(authentication::mobile_home);

  book.add<ReplySettled>("MIPP-2.1-06")
      .when([](const ReplySettled& r) {
        return r.reply.authentication.mobile_home != Authentication::valid &&
               answers_pending_request(r) && r.reply.defects == 0 && !r.reply.udp_checksum_wrong &&
               r.reply[reply::code] != 131 && r.reply.count(authentication::mobile_home) == 1;
      })
      .judge([](const ReplySettled& r) { return discarded(r); });

  book.add<ReplySettled>("MIPP-2.1-07")
      .when([](const ReplySettled& r) {
        return answers_pending_request(r) && r.reply.defects == 0 && !r.reply.udp_checksum_wrong &&
               r.reply.count(authentication::mobile_home) != 1;
      })
      .judge([](const ReplySettled& r) { return discarded(r); });

  // §2.3
  book.add<ReplySettled>("MIPP-2.3-01")
      .when([](const ReplySettled& r) {
        return answers_properly(r) && r.reply.source == r.relayed_request->destination &&
               is_in_time(r) && !r.reply.by_tester && r.reply.defects == 0 &&
               !r.reply.udp_checksum_wrong && !r.reply.clipped &&
               r.reply.authentication.mobile_home == Authentication::valid &&
               r.reply.count(authentication::mobile_home) == 1 &&
               can_reach(r.node(), r.request->source);
      })
      .require([](const ReplySettled& r) { return !r.relayed.empty(); });

  book.add<ReplySettled>("MIPP-2.3-03")
      .when([](const ReplySettled& r) { return r.request == nullptr; })
      .judge([](const ReplySettled& r) { return discarded(r); });

  book.add<ReplySettled>("MIPP-2.3-06")
      .when([](const ReplySettled& r) { return r.reply.udp_checksum_wrong; })
      .judge([](const ReplySettled& r) { return discarded(r); });

  book.add<ReplyRelayed>("MIPP-2.3-09")
      .require([](const ReplyRelayed& r) {
        return r.to_mn.destination == r.request.source &&
               r.to_mn.destination_port == r.request.source_port;
      })
      .in_ip(wire::ip::destination)
      .observed([](const ReplyRelayed& r) {
        return fmt::format("sent to {} port {}", r.to_mn.destination.to_string(),
                           r.to_mn.destination_port);
      });
  book.add<ReplyRelayed>("MIPP-2.3-10")
      .when([](const ReplyRelayed& r) { return r.is_overtaken; })
      .require([](const ReplyRelayed& r) {
        return r.to_mn.destination == r.request.source &&
               r.to_mn.destination_port == r.request.source_port;
      })
      .in_ip(wire::ip::destination)
      .observed([](const ReplyRelayed& r) {
        return fmt::format("the reply to a request of {} port {} went to {} port {}",
                           r.request.source.to_string(), r.request.source_port,
                           r.to_mn.destination.to_string(), r.to_mn.destination_port);
      });
  book.add<ReplySent>("MIPP-2.3-09")
      .require([](const ReplySent& r) {
        return r.reply.destination == r.request.source &&
               r.reply.destination_port == r.request.source_port;
      })
      .in_ip(wire::ip::destination)
      .observed([](const ReplySent& r) {
        return fmt::format("sent to {} port {}", r.reply.destination.to_string(),
                           r.reply.destination_port);
      });

  // §2.3.1
  book.add<ReplyRelayed>("MIPP-2.3.1-01")
      .when([](const ReplyRelayed& r) { return !is_accepted_s_request(r) && !is_conversion(r); })
      .same(reply::code);

  book.add<ReplyRelayed>("MIPP-2.3.1-04")
      .when([](const ReplyRelayed& r) {
        // §2.6.2 lets the lifetime of simultaneous bindings differ.
        return is_acceptance(r.from_ha) && is_acceptance(r.to_mn) &&
               !r.node().declares("simultaneous");
      })
      .same(reply::lifetime);

  book.add<ReplyRelayed>("MIPP-2.3.1-08").same(reply::home_address);

  book.add<ReplyRelayed>("MIPP-2.3.1-09")
      .require([](const ReplyRelayed& r) {
        return r.to_mn.address(reply::home_agent) == r.request.address(request::home_agent);
      })
      .evidence(reply::home_agent);

  book.add<ReplyRelayed>("MIPP-2.3.1-10").same(reply::identification);

  book.add<ReplyRelayed>("MIPP-2.3.1-11")
      .when([](const ReplyRelayed& r) {
        return !r.from_ha.clipped &&
               std::any_of(r.from_ha.extensions().begin(), r.from_ha.extensions().end(),
                           [](const auto& place) {
                             return place.layout != &authentication::mobile_home &&
                                    place.layout != &authentication::foreign_home;
                           });
      })
      .require([](const ReplyRelayed& r) {
        return std::all_of(r.from_ha.extensions().begin(), r.from_ha.extensions().end(),
                           [&](const auto& place) {
                             return place.layout == &authentication::mobile_home ||
                                    place.layout == &authentication::foreign_home ||
                                    holds_copy(r.to_mn, r.from_ha.view(place));
                           });
      });

  book.add<ReplyRelayed>("MIPP-2.3.1-12")
      .when([](const ReplyRelayed& r) { return r.from_ha.carries(authentication::mobile_home); })
      .require([](const ReplyRelayed& r) {
        return !holds_copy(r.to_mn, r.from_ha.extension(authentication::mobile_home));
      })
      .evidence(authentication::mobile_home);

  book.add<ReplyRelayed>("MIPP-2.3.1-13").require([](const ReplyRelayed& r) {
    return r.to_mn.carries(authentication::mobile_home);
  });

  book.add<ReplyRelayed>("MIPP-2.3.1-16")
      .itself({"fa-ha-sa"})
      .when([](const ReplyRelayed& r) {
        const model::NodeId agent = r.network.owner(r.request.source);
        return agent != model::kNobody && r.network.node(agent).role == Role::foreign_agent &&
               r.network.association(r.judged, agent) != nullptr;
      })
      .require([](const ReplyRelayed& r) {
        return r.to_mn.authentication.foreign_home == Authentication::valid &&
               r.to_mn.extensions().back().layout == &authentication::foreign_home;
      })
      .evidence(authentication::foreign_home);
}

}  // namespace mipvet::rules

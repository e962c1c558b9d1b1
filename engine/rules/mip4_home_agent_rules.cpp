#include "engine/rules/rule_files.h"
#include "engine/rules/vocabulary.h"

// RFC 3344 §3.8 and §5.7: how a home agent deals with registrations.

namespace mipvet::rules {

using observer::ReplySent;
using observer::RequestSettled;
namespace authentication = mip4::authentication;

namespace {

/// Well formed, authenticated, and of a kind that a home agent has to deal with.
bool can_be_dealt_with(const RequestSettled& r) {
  return is_sound(r.request) && came_properly(r, r.request) && r.received_copies == 1 &&
         !r.request.carries(mip4::ha_parameter::layout);
}

/// Answered with the code; silence is a weaker breach (the answer is a SHOULD).
Outcome refused_with(const RequestSettled& r, std::uint64_t code) {
  if (r.replies.empty()) return {Outcome::Kind::warn, "refused in silence"};
  return (*r.replies.front())[reply::code] == code;
}

bool uses(const observer::Fact& fact, crypto::Replay replay) {
  const auto* shared = fact.network.association(fact.mobile_node, fact.judged);
  return shared != nullptr && shared->association.replay == replay;
}

/// How far the request's timestamp is from the moment it was seen, in seconds.
std::int64_t clock_difference(const Sighting& asked) {
  constexpr std::int64_t kEpochs = 2208988800;  // 1900 to 1970
  const auto seen =
      std::chrono::duration_cast<std::chrono::seconds>(asked.time.time_since_epoch()).count() +
      kEpochs;
  return static_cast<std::int32_t>(crypto::high_order(asked[request::identification]) -
                                   static_cast<std::uint32_t>(seen));
}

}  // namespace

void add_mip4_home_agent_rules(RuleBook& book) {
  book.add<RequestSettled>("RFC3344-1.8-06")
      .when([](const RequestSettled& r) { return has_unknown_critical(r.request); })
      .judge([](const RequestSettled& r) { return discarded(r); });

  book.add<RequestSettled>("RFC3344-1.8-10")
      .only(Role::home_agent)
      .when([](const RequestSettled& r) {
        return std::any_of(r.request.extensions().begin(), r.request.extensions().end(),
                           [&](const auto& place) {
                             return place.layout == &mip4::extension::layout &&
                                    mip4::extension::is_skippable(
                                        r.request.view(place)[mip4::extension::type]);
                           }) &&
               can_be_dealt_with(r);
      })
      .judge([](const RequestSettled& r) -> Outcome {
        if (r.replies.empty()) return false;
        const std::uint64_t code = (*r.replies.front())[reply::code];
        return code != 131 && code != 134;
      });

  book.add<RequestSettled>("RFC3344-3.8.2-01")
      .when([](const RequestSettled& r) {
        // Where a firewall lets in what it should not, an answer may have no way back.
        return !r.request.carries(mip4::extension::layout) && can_be_dealt_with(r) &&
               can_reach(r.node(), r.request.source);
      })
      .require([](const RequestSettled& r) { return !r.replies.empty(); });

  book.add<RequestSettled>("RFC3344-3.8.2.1-01")
      .when([](const RequestSettled& r) { return r.request.udp_checksum_wrong; })
      .judge([](const RequestSettled& r) { return discarded(r); });

  book.add<RequestSettled>("RFC3344-3.8.2.1-02")
      .when([](const RequestSettled& r) {
        return !r.request.udp_checksum_wrong && r.request.defects == 0 && !r.request.clipped &&
               r.network.owner(r.request.destination) == r.judged && !r.request.is_authentic();
      })
      .judge([](const RequestSettled& r) { return refused_with(r, 131); });

  book.add<RequestSettled>("RFC3344-3.8.2.1-04")
      .when([](const RequestSettled& r) {
        return std::abs(clock_difference(r.request)) > 60 && uses(r, crypto::Replay::timestamps) &&
               can_be_dealt_with(r);
      })
      .judge([](const RequestSettled& r) { return refused_with(r, 133); });

  book.add<RequestSettled>("RFC3344-3.8.2.3-02")
      .when([](const RequestSettled& r) {
        return (r.request[request::reserved_r] != 0 || r.request[request::reserved_x] != 0) &&
               can_be_dealt_with(r);
      })
      .judge([](const RequestSettled& r) -> Outcome {
        const bool accepted = !r.replies.empty() && is_acceptance(*r.replies.front());
        if (accepted) return {Outcome::Kind::warn, "reserved bits ignored (§3.3)"};
        // A replay too may be what it is refused for; which is looked at first is free.
        if (!r.replies.empty() && (*r.replies.front())[reply::code] == 133)
          return Outcome::Kind::skip;
        return refused_with(r, 134);
      });

  book.add<ReplySent>("RFC3344-3.8.2.2-01")
      .when([](const ReplySent& r) { return is_acceptance(r.reply); })
      .judge([](const ReplySent& r) -> Outcome {
        const bool supports = r.node().declares("simultaneous-bindings");
        const std::uint64_t code = r.reply[reply::code];
        if (r.request[request::simultaneous_bindings] != 0) return code == (supports ? 0U : 1U);
        return supports ? Outcome(code == 0) : Outcome(true);
      })
      .evidence(reply::code);

  book.add<ReplySent>("RFC3344-3.8.2.2-09")
      .when([](const ReplySent& r) { return is_acceptance(r.reply); })
      .require([](const ReplySent& r) {
        return r.reply[reply::lifetime] <= r.request[request::lifetime];
      })
      .evidence(reply::lifetime);

  book.add<ReplySent>("RFC3344-3.8.3.1-01")
      .only(Role::home_agent)
      .require([](const ReplySent& r) {
        return r.request.destination.is_multicast() || r.request.destination.is_limited_broadcast()
                   ? r.network.owner(r.reply.source) == r.judged
                   : r.reply.source == r.request.destination;
      })
      .in_ip(wire::ip::source);

  book.add<ReplySent>("RFC3344-3.8.3.1-02")
      .only(Role::home_agent)
      .when([](const ReplySent& r) { return !r.request.source.is_zero(); })
      .require([](const ReplySent& r) {
        return r.reply.destination == r.request.source &&
               r.reply.destination_port == r.request.source_port &&
               r.reply.source_port == r.request.destination_port;
      })
      .in_ip(wire::ip::destination)
      .observed([](const ReplySent& r) {
        return fmt::format("to {} port {}, from port {}", r.reply.destination.to_string(),
                           r.reply.destination_port, r.reply.source_port);
      });

  book.add<ReplySent>("RFC3344-3.8.3.2-01")
      .only(Role::home_agent)
      .when([](const ReplySent& r) { return !r.request.address(request::home_address).is_zero(); })
      .copied(request::home_address, reply::home_address);

  book.add<ReplySent>("RFC3344-3.8.3.2-03")
      .only(Role::home_agent)
      .judge([](const ReplySent& r) -> Outcome {
        if (names_judged(r, r.request))
          return r.reply[reply::home_agent] == r.request[request::home_agent];
        return !is_acceptance(r.reply) && names_judged(r, r.reply);
      })
      .evidence(reply::home_agent);

  book.add<ReplySent>("RFC3344-3.8.3.3-01")
      .only(Role::home_agent)
      .when([](const ReplySent& r) {
        return r.request.is_authentic() && !is_of_nobody(r, r.request);
      })
      .require([](const ReplySent& r) {
        const std::size_t boundary = authenticator_index(r.reply);
        const auto extensions = r.reply.extensions();
        if (boundary == extensions.size()) return false;
        for (std::size_t i = 0; i < extensions.size(); ++i) {
          const wire::Layout* layout = extensions[i].layout;
          const bool for_mobile_node =
              layout == &mip4::nai::layout || layout == &mip4::udp_tunnel_reply::layout;
          if (for_mobile_node && i > boundary) return false;
          if (layout == &authentication::foreign_home && i + 1 != extensions.size()) return false;
        }
        return true;
      });

  book.add<ReplySent>("RFC3344-5.7-02")
      .only(Role::home_agent)
      .require([](const ReplySent& r) {
        return crypto::low_order(r.reply[reply::identification]) ==
               crypto::low_order(r.request[request::identification]);
      })
      .evidence(reply::identification);

  book.add<ReplySent>("RFC3344-5.7.1-05")
      .when([](const ReplySent& r) {
        return uses(r, crypto::Replay::timestamps) && is_acceptance(r.reply);
      })
      .copied(request::identification, reply::identification);

  book.add<ReplySent>("RFC3344-5.7.1-06")
      .when([](const ReplySent& r) {
        return uses(r, crypto::Replay::timestamps) && r.reply[reply::code] == 133 &&
               std::abs(clock_difference(r.request)) > 60;
      })
      .require([](const ReplySent& r) {
        return crypto::low_order(r.reply[reply::identification]) ==
                   crypto::low_order(r.request[request::identification]) &&
               crypto::high_order(r.reply[reply::identification]) !=
                   crypto::high_order(r.request[request::identification]);
      })
      .evidence(reply::identification);

  book.add<ReplySent>("RFC3344-5.7.2-01")
      .itself({"nonce"})
      .when([](const ReplySent& r) { return uses(r, crypto::Replay::nonces); })
      .require([](const ReplySent& r) {
        return crypto::high_order(r.reply[reply::identification]) !=
               crypto::high_order(r.request[request::identification]);
      })
      .evidence(reply::identification);
}

}  // namespace mipvet::rules

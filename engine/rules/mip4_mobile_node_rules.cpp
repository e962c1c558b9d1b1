#include "engine/rules/rule_files.h"
#include "engine/rules/time_words.h"
#include "engine/rules/vocabulary.h"

// RFC 3344 §3.6 and §5.7: how a mobile node registers.

namespace mipvet::rules {

using observer::RequestSent;
namespace authentication = mip4::authentication;

namespace {

bool is_retry(const RequestSent& r) {
  // The one before is unanswered: no valid reply came after it.
  return r.before && (!r.last_reply || r.last_reply.time < r.before.time);
}

/// It was told since the request before that its home agent is another one (MIPP §2.6.1): what it
/// sends that one is no repetition.
bool is_redirected(const RequestSent& r) {
  return r.last_reply && r.last_reply.time > r.before.time && r.last_reply.code == 206 &&
         r.before.home_agent != r.request.address(request::home_agent);
}

bool is_home(const RequestSent& r) {
  return r.network.link(r.request.link).side == model::Side::home;
}

bool uses(const RequestSent& r, crypto::Replay replay) {
  const auto* shared = r.network.association(r.judged, r.request.agent);
  return shared != nullptr && shared->association.replay == replay;
}

bool uses_nonces(const RequestSent& r) {
  return uses(r, crypto::Replay::nonces);
}

bool uses_timestamps(const RequestSent& r) {
  return uses(r, crypto::Replay::timestamps);
}

bool has_colocated_address(const RequestSent& r) {
  return r.circumstances.has(Circumstance::colocated);
}

bool through_foreign_agent(const RequestSent& r) {
  return r.request.receiver != model::kNobody &&
         r.network.node(r.request.receiver).role == Role::foreign_agent;
}

bool is_zero_home(const RequestSent& r) {
  return r.request.address(request::home_address).is_zero();
}

}  // namespace

void add_mip4_mobile_node_rules(RuleBook& book) {
  book.add<RequestSent>("RFC3344-1.7-02")
      .when([](const RequestSent& r) { return !asks_deregistration(r.request); })
      .require([](const RequestSent& r) {
        const wire::Ipv4Address care_of = r.request.address(request::care_of_address);
        return !care_of.is_zero() && !care_of.is_multicast() && !care_of.is_limited_broadcast() &&
               !care_of.is_loopback();
      })
      .evidence(request::care_of_address);

  book.add<RequestSent>("RFC3344-3.6-02")
      .itself({"nai"})
      .when(is_zero_home)
      .require([](const RequestSent& r) { return r.request.carries(mip4::nai::layout); })
      .evidence(request::home_address);

  book.add<RequestSent>("RFC3344-3.6-05")
      .when([](const RequestSent& r) {
        const auto* binding = r.registered.latest();
        return binding != nullptr && binding->expires != net::Time::max() && !is_retry(r) &&
               r.before.link == r.request.link;
      })
      .require([](const RequestSent& r) {
        return r.request.time <= r.registered.latest()->expires + kTolerance;
      });

  // §3.6 and §3.6.3 say it twice; a node that moved may register at once for the first.
  book.add<RequestSent>("RFC3344-3.6-07")
      .when([](const RequestSent& r) {
        return r.before && r.before.link == r.request.link &&
               r.before.destination == r.request.destination && !is_redirected(r);
      })
      .require([](const RequestSent& r) {
        return r.request.time - r.before.time + kTolerance >= kShortest;
      })
      .observed([](const RequestSent& r) {
        return fmt::format("{:.3f} s after frame {}", seconds(r.request.time - r.before.time),
                           r.before.frame);
      })
      .missed_by([](const RequestSent& r) { return kShortest - (r.request.time - r.before.time); });

  book.add<RequestSent>("RFC3344-3.6.1.1-01")
      .when([](const RequestSent& r) { return !is_home(r) && !through_foreign_agent(r); })
      .require([](const RequestSent& r) {
        return r.request.source == r.request.address(request::care_of_address);
      })
      .in_ip(wire::ip::source);

  book.add<RequestSent>("RFC3344-3.6.1.1-02")
      .itself({"nai"})
      .when([](const RequestSent& r) { return is_zero_home(r) && !has_colocated_address(r); })
      .require([](const RequestSent& r) { return r.request.source.is_zero(); })
      .in_ip(wire::ip::source);

  book.add<RequestSent>("RFC3344-3.6.1.1-03")
      .when([](const RequestSent& r) { return !is_zero_home(r) && !has_colocated_address(r); })
      .require([](const RequestSent& r) {
        return r.request.source == r.request.address(request::home_address);
      })
      .in_ip(wire::ip::source);

  book.add<RequestSent>("RFC3344-3.6.1.1-05")
      .when([](const RequestSent& r) {
        return r.circumstances.has(Circumstance::fa_coa) && !is_home(r) &&
               !r.request.destination.is_multicast();
      })
      .require([](const RequestSent& r) {
        return r.request.destination ==
               address_on(r, r.network.owner(r.request.address(request::care_of_address)),
                          r.request.link);
      })
      .in_ip(wire::ip::destination);

  book.add<RequestSent>("RFC3344-3.6.1.1-07")
      .when([](const RequestSent& r) { return through_foreign_agent(r); })
      .require([](const RequestSent& r) {
        const auto* agent = r.network.node(r.request.receiver).attachment(r.request.link);
        return agent != nullptr && agent->mac == r.request.destination_mac;
      })
      .in_ethernet(wire::ethernet::destination);

  book.add<RequestSent>("RFC3344-3.6.1.1-11")
      .when([](const RequestSent& r) { return r.request.destination == wire::kAllMobilityAgents; })
      .require([](const RequestSent& r) {
        // RFC 3024 §3.2 wants 255 where T is set (A9).
        return r.request.ttl == 1 ||
               (r.request.ttl == 255 && r.request[request::reverse_tunneling] != 0);
      })
      .in_ip(wire::ip::time_to_live);

  book.add<RequestSent>("RFC3344-3.6.1.2-02")
      .when([](const RequestSent& r) {
        return !asks_deregistration(r.request) && has_colocated_address(r);
      })
      .require([](const RequestSent& r) {
        return r.request[request::decapsulation_by_mobile_node] != 0;
      })
      .evidence(request::flags);

  book.add<RequestSent>("RFC3344-3.6.1.2-03")
      .when([](const RequestSent& r) { return r.circumstances.has(Circumstance::fa_coa); })
      .require([](const RequestSent& r) {
        return r.request[request::decapsulation_by_mobile_node] == 0;
      })
      .evidence(request::flags);

  book.add<RequestSent>("RFC3344-3.6.1.2-13")
      .when([](const RequestSent& r) { return asks_deregistration(r.request) && is_home(r); })
      .equals(request::care_of_address,
              [](const RequestSent& r) { return r.request[request::home_address]; });

  book.add<RequestSent>("RFC3344-3.6.1.2-14")
      .require([](const RequestSent& r) {
        const wire::Ipv4Address home = r.request.address(request::home_address);
        const auto& declared = r.node().home_address;
        return home.is_zero() || !declared || declared->contains(home);
      })
      .evidence(request::home_address);

  book.add<RequestSent>("RFC3344-3.6.1.2-15")
      .require([](const RequestSent& r) {
        // One that a reply named was learnt (MIPP §2.6.1).
        const wire::Ipv4Address named = r.request.address(request::home_agent);
        if (r.last_reply && named == r.last_reply.assigned_home_agent) return true;
        return is_a(r, Role::home_agent, r.request.agent) || asks_proxy(r);
      })
      .evidence(request::home_agent);

  book.add<RequestSent>("RFC3344-3.6.1.2-17")
      .when([](const RequestSent& r) {
        return !asks_deregistration(r.request) && through_foreign_agent(r) &&
               r.request[request::decapsulation_by_mobile_node] == 0;
      })
      .require([](const RequestSent& r) { return r.circumstances.has(Circumstance::fa_coa); })
      .evidence(request::care_of_address);

  book.add<RequestSent>("RFC3344-3.6.1.3-01").require([](const RequestSent& r) {
    const std::size_t boundary = authenticator_index(r.request);
    std::size_t index = 0;
    bool after_foreign = false;
    for (const observer::ExtensionPlace& place : r.request.extensions()) {
      const bool foreign = place.layout == &authentication::mobile_foreign;
      const bool for_home_agent = place.layout == &mip4::nai::layout ||
                                  place.layout == &mip4::udp_tunnel_request::layout ||
                                  place.layout == &mip4::ha_parameter::layout;
      if (after_foreign || (for_home_agent && index > boundary) || (foreign && index < boundary))
        return false;
      after_foreign = foreign;
      ++index;
    }
    return true;
  });

  book.add<RequestSent>("RFC3344-3.6.2.3-02")
      .when([](const RequestSent& r) {
        return r.last_reply && r.before && r.last_reply.code == 69 &&
               r.last_reply.time >= r.before.time && r.before.link == r.request.link;
      })
      .require([](const RequestSent& r) {
        return r.request[request::lifetime] <= r.last_reply.lifetime;
      })
      .evidence(request::lifetime);

  book.add<RequestSent>("RFC3344-3.6.2.3-03")
      .when([](const RequestSent& r) {
        return r.last_reply && r.before && r.last_reply.code == 133 &&
               r.last_reply.time > r.before.time;
      })
      .require([](const RequestSent& r) {
        const auto high = [](std::uint64_t identification) {
          return static_cast<std::int64_t>(identification >> 32);
        };
        const std::int64_t off =
            high(r.request[request::identification]) - high(r.last_reply.identification);
        const auto passed = static_cast<std::int64_t>(seconds(r.request.time - r.last_reply.time));
        return uses_nonces(r) ? off == 0 : off >= passed - 3 && off <= passed + 3;
      })
      .evidence(request::identification);

  book.add<RequestSent>("RFC3344-3.6.3-02")
      .when([](const RequestSent& r) { return is_retry(r) && uses_timestamps(r); })
      .require([](const RequestSent& r) {
        return r.request[request::identification] != r.before.identification;
      })
      .evidence(request::identification);

  book.add<RequestSent>("RFC3344-3.6.3-06")
      .when([](const RequestSent& r) {
        return is_retry(r) && r.before.link == r.request.link &&
               r.before.destination == r.request.destination;
      })
      .require([](const RequestSent& r) {
        return r.request.time - r.before.time + kTolerance >= kShortest;
      })
      .observed([](const RequestSent& r) {
        return fmt::format("{:.3f} s after frame {}", seconds(r.request.time - r.before.time),
                           r.before.frame);
      })
      .missed_by([](const RequestSent& r) { return kShortest - (r.request.time - r.before.time); });

  book.add<RequestSent>("RFC3344-3.6.3-07")
      .when([](const RequestSent& r) {
        return is_retry(r) && r.before.waits > 0 && r.before.link == r.request.link &&
               r.before.interval * 2 <= std::chrono::seconds(r.request[request::lifetime]);
      })
      .judge([](const RequestSent& r) -> Outcome {
        if (r.request.time - r.before.time + kTolerance * 2 >= r.before.interval * 2) return true;
        // It may be a new attempt - its user's wish, or what its link layer told it - where the
        // waits since the last had grown; but nobody wishes for it time and again.
        constexpr std::uint32_t kMostAttempts = 3;
        const bool again = r.before.restarts > 0;
        return again && (r.before.waits == 1 || r.before.restarts > kMostAttempts)
                   ? Outcome(false)
                   : Outcome(Outcome::Kind::skip);
      })
      .observed([](const RequestSent& r) {
        return fmt::format("{:.3f} s after {:.3f} s", seconds(r.request.time - r.before.time),
                           seconds(r.before.interval));
      })
      .missed_by([](const RequestSent& r) {
        return r.before.interval * 2 - (r.request.time - r.before.time);
      });

  book.add<RequestSent>("RFC3344-5.7-03")
      .when([](const RequestSent& r) { return r.before && !(uses_nonces(r) && is_retry(r)); })
      .require([](const RequestSent& r) {
        return r.request[request::identification] != r.before.identification;
      })
      .evidence(request::identification);

  book.add<RequestSent>("RFC3344-5.7.1-02")
      .when([](const RequestSent& r) {
        return uses_timestamps(r) && !(r.last_reply && r.last_reply.code == 133);
      })
      .require([](const RequestSent& r) {
        // Seconds since 1900; half a day allows for clocks that are badly set.
        constexpr std::int64_t kEpochs = 2208988800;
        const auto sent = static_cast<std::int64_t>(r.request[request::identification] >> 32);
        const auto seen =
            std::chrono::duration_cast<std::chrono::seconds>(r.request.time.time_since_epoch())
                .count() +
            kEpochs;
        const std::int64_t off = sent - (seen & 0xFFFFFFFF);
        return off > -43200 && off < 43200;
      })
      .evidence(request::identification);

  book.add<RequestSent>("RFC3344-5.7.1-03")
      .when([](const RequestSent& r) { return r.before && uses_timestamps(r); })
      .judge([](const RequestSent& r) -> Outcome {
        if (r.request[request::identification] > r.before.identification) return true;
        // Resynchronising with a home agent whose clock is behind (A12).
        if (r.last_reply && r.last_reply.code == 133 && r.last_reply.time > r.before.time)
          return {Outcome::Kind::pass, "a step back directly after a valid 133"};
        return false;
      })
      .evidence(request::identification);

  book.add<RequestSent>("RFC3344-5.7.2-02")
      .itself({"nonce"})
      .when([](const RequestSent& r) { return uses_nonces(r) && r.last_reply && !is_retry(r); })
      .require([](const RequestSent& r) {
        return r.request[request::identification] >> 32 == r.last_reply.identification >> 32;
      })
      .evidence(request::identification);

  book.add<RequestSent>("RFC3344-5.7.2-03")
      .itself({"nonce"})
      .when([](const RequestSent& r) { return uses_nonces(r) && r.before && !is_retry(r); })
      .require([](const RequestSent& r) {
        return (r.request[request::identification] & 0xFFFFFFFF) !=
               (r.before.identification & 0xFFFFFFFF);
      })
      .evidence(request::identification);
}

}  // namespace mipvet::rules

#include "engine/rules/rule_files.h"
#include "engine/rules/time_words.h"
#include "engine/rules/vocabulary.h"
#include "engine/wire/icmp.h"

// RFC 3344 §2: agent discovery.

namespace mipvet::rules {

using observer::AdvertisementSent;
using observer::SolicitationSent;
namespace mobility = wire::icmp::mobility_agent;
namespace advertisement = wire::icmp::advertisement;

namespace {

bool is_home_link(const AdvertisementSent& a) {
  return a.network.link(a.place.link).side == model::Side::home;
}

/// Room for randomised sending around a nominal interval.
constexpr double kAdvertisementTolerance = 0.5;

}  // namespace

void add_mip4_discovery_rules(RuleBook& book) {
  book.add<AdvertisementSent>("RFC3344-2.1-03")
      .require([](const AdvertisementSent& a) { return a.place.ttl == 1; })
      .in_ip(wire::ip::time_to_live);

  book.add<AdvertisementSent>("RFC3344-2.1-04")
      .when([](const AdvertisementSent& a) { return a.place.destination_mac.is_group(); })
      .require([](const AdvertisementSent& a) {
        return a.place.destination == wire::kAllSystems ||
               a.place.destination.is_limited_broadcast();
      });

  book.add<AdvertisementSent>("RFC3344-2.1-06")
      .require([](const AdvertisementSent& a) {
        const std::uint64_t code = a.message[wire::icmp::code];
        return code == 0 || code == advertisement::kNoCommonTraffic;
      })
      .evidence(wire::icmp::code);

  book.add<AdvertisementSent>("RFC3344-2.1-10")
      .when([](const AdvertisementSent& a) { return a.previous != net::Time{}; })
      .require([](const AdvertisementSent& a) {
        const auto lifetime = static_cast<double>(a.message[advertisement::lifetime]);
        return seconds(a.place.time - a.previous) <= lifetime / 3 * 1.2 + kAdvertisementTolerance;
      })
      .evidence(advertisement::lifetime)
      .missed_by([](const AdvertisementSent& a) {
        return a.place.time - a.previous -
               std::chrono::milliseconds(a.message[advertisement::lifetime] * 1000 / 3);
      });

  book.add<AdvertisementSent>("RFC3344-2.1.1-01").require([](const AdvertisementSent& a) {
    const std::uint64_t length = a.mobility[mobility::length];
    return length >= 6 && (length - 6) % 4 == 0;
  });

  book.add<AdvertisementSent>("RFC3344-2.1.1-02").require([](const AdvertisementSent& a) {
    return a.packet.find(mobility::layout, 1) == nullptr;
  });

  book.add<AdvertisementSent>("RFC3344-2.1.1-07").require([](const AdvertisementSent& a) {
    return a.mobility[mobility::reserved_r] == 0;
  });

  book.add<AdvertisementSent>("RFC3344-2.1.1-08").require([](const AdvertisementSent& a) {
    // X (RFC 3543) and I (RFC 4857) were assigned later.
    return (a.mobility[mobility::flags] & 0x1FU) == 0;
  });

  book.add<AdvertisementSent>("RFC3344-2.1.1-09")
      .when([](const AdvertisementSent& a) { return a.mobility[mobility::foreign_agent] != 0; })
      .require([](const AdvertisementSent& a) { return mobility::care_of_count(a.mobility) > 0; });

  book.add<AdvertisementSent>("RFC3344-2.1.1-15").require([](const AdvertisementSent& a) {
    return a.mobility[mobility::busy] == 0 || a.mobility[mobility::foreign_agent] != 0;
  });

  book.add<AdvertisementSent>("RFC3344-2.1.1-16").require([](const AdvertisementSent& a) {
    return a.mobility[mobility::foreign_agent] != 0 || a.mobility[mobility::home_agent] != 0;
  });

  book.add<AdvertisementSent>("RFC3344-2.1.1-17").require([](const AdvertisementSent& a) {
    return a.mobility[mobility::registration_required] == 0 ||
           a.mobility[mobility::foreign_agent] != 0;
  });

  const auto with_prefixes = [](const AdvertisementSent& a) {
    return a.packet.find(wire::icmp::prefix_lengths::layout) != nullptr;
  };
  book.add<AdvertisementSent>("RFC3344-2.1.2-01")
      .itself({"prefix-lengths"})
      .when(with_prefixes)
      .require([](const AdvertisementSent& a) {
        const wire::View prefixes =
            a.packet.view(*a.packet.find(wire::icmp::prefix_lengths::layout));
        return prefixes[wire::icmp::prefix_lengths::length] == a.message[advertisement::num_addrs];
      });
  book.add<AdvertisementSent>("RFC3344-2.1.2-03")
      .itself({"prefix-lengths"})
      .when(with_prefixes)
      .require([](const AdvertisementSent& a) {
        return a.packet.find(wire::icmp::prefix_lengths::layout)->offset >
               a.packet.find(mobility::layout)->offset;
      });

  book.add<AdvertisementSent>("RFC3344-2.3-08")
      .only(Role::home_agent)
      .when(is_home_link)
      .require([](const AdvertisementSent& a) { return a.mobility[mobility::home_agent] != 0; });

  book.add<AdvertisementSent>("RFC3344-2.3.1-01").require([](const AdvertisementSent& a) {
    for (std::size_t i = 0; i < a.message[advertisement::num_addrs]; ++i) {
      const wire::Ipv4Address router = advertisement::router_address(a.message, i);
      if (!router.is_zero() && a.network.owner(router) != a.judged) return false;
    }
    return true;
  });

  book.add<AdvertisementSent>("RFC3344-2.3.2-02")
      .when([](const AdvertisementSent& a) {
        return a.previous != net::Time{} && a.previous_sequence != 0xFFFF;
      })
      .judge([](const AdvertisementSent& a) -> Outcome {
        const std::uint64_t now = a.mobility[mobility::sequence_number];
        if (now == a.previous_sequence + 1U) return true;
        // A restart begins again at 0; several interfaces may share a counter (A17).
        if (now == 0) return {Outcome::Kind::pass, "the agent restarted its count"};
        return {now > a.previous_sequence + 1U && a.node().attachments.size() > 1
                    ? Outcome::Kind::inconclusive
                    : Outcome::Kind::fail};
      });
  book.add<AdvertisementSent>("RFC3344-2.3.2-03")
      .when([](const AdvertisementSent& a) {
        return a.previous != net::Time{} && a.previous_sequence == 0xFFFF;
      })
      .require(
          [](const AdvertisementSent& a) { return a.mobility[mobility::sequence_number] == 256; });

  book.add<AdvertisementSent>("RFC1256-3-01")
      .require([](const AdvertisementSent& a) {
        return !wire::has(a.packet.message().defects, wire::Defect::bad_checksum);
      })
      .evidence(wire::icmp::checksum);
  book.add<SolicitationSent>("RFC1256-3-01")
      .require([](const SolicitationSent& s) {
        return !wire::has(s.packet.message().defects, wire::Defect::bad_checksum) &&
               s.message[wire::icmp::solicitation::reserved] == 0;
      })
      .evidence(wire::icmp::checksum);

  book.add<SolicitationSent>("RFC3344-2.2-01")
      .require([](const SolicitationSent& s) { return s.place.ttl == 1; })
      .in_ip(wire::ip::time_to_live);

  book.add<SolicitationSent>("RFC1256-5.1-01").require([](const SolicitationSent& s) {
    const wire::Ipv4Address to = s.place.destination;
    return to == wire::kAllRouters || to == wire::kAllMobilityAgents || to.is_limited_broadcast();
  });

  book.add<SolicitationSent>("RFC3344-2.4-05")
      .when([](const SolicitationSent& s) { return s.unanswered > 0; })
      .require(
          [](const SolicitationSent& s) { return seconds(s.place.time - s.previous) >= 1.0 - 0.1; })
      .missed_by([](const SolicitationSent& s) {
        return std::chrono::seconds(1) - (s.place.time - s.previous);
      });

  book.add<SolicitationSent>("RFC3344-2.4-06")
      .when([](const SolicitationSent& s) {
        return s.unanswered >= 3 && seconds(s.previous_interval) > 0 &&
               seconds(s.previous_interval) < 60;
      })
      .require([](const SolicitationSent& s) {
        // Randomisation around the nominal value may take a quarter off each of the two.
        return seconds(s.place.time - s.previous) >= seconds(s.previous_interval) * 1.5;
      })
      .missed_by([](const SolicitationSent& s) {
        return s.previous_interval * 2 - (s.place.time - s.previous);
      });
}

}  // namespace mipvet::rules

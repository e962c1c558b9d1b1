#include "engine/rules/rule_files.h"
#include "engine/rules/vocabulary.h"

// RFC 3344 §1.6-1.11 and §3.3-3.5: what registration messages look like, whoever sends them.

namespace mipvet::rules {

using observer::ReplyRelayed;
using observer::ReplySent;
using observer::RequestRelayed;
using observer::RequestSent;
namespace authentication = mip4::authentication;

namespace {

bool spis_are_free(const Sighting& message) {
  return std::all_of(message.extensions().begin(), message.extensions().end(),
                     [&](const observer::ExtensionPlace& place) {
                       const bool authenticates = place.layout == &authentication::mobile_home ||
                                                  place.layout == &authentication::mobile_foreign ||
                                                  place.layout == &authentication::foreign_home;
                       return !authenticates ||
                              message.view(place)[authentication::spi] >= crypto::kFirstSpi;
                     });
}

bool extensions_fit(const Sighting& message) {
  return !wire::has(message.defects, wire::Defect::truncated) &&
         !wire::has(message.defects, wire::Defect::bad_length) &&
         !wire::has(message.defects, wire::Defect::trailing);
}

/// Codes that a home agent may give, RFC 3344 §3.4, RFC 3024 §3.4, RFC 3519 §8.
bool is_home_agent_code(std::uint64_t code) {
  return code <= 1 || (code >= 128 && code <= 192);
}

bool shares_foreign_association(const observer::Fact& fact, model::NodeId one,
                                model::NodeId other) {
  return fact.network.association(one, other) != nullptr;
}

}  // namespace

void add_mip4_message_rules(RuleBook& book) {
  book.add<RequestSent>("RFC3344-1.6-02").require([](const RequestSent& r) {
    return spis_are_free(r.request);
  });
  book.add<RequestRelayed>("RFC3344-1.6-02").require([](const RequestRelayed& r) {
    return spis_are_free(r.to_ha) || !spis_are_free(r.from_mn);
  });
  book.add<ReplySent>("RFC3344-1.6-02").require([](const ReplySent& r) {
    return spis_are_free(r.reply);
  });

  book.add<RequestSent>("RFC3344-1.8-01")
      .require([](const RequestSent& r) { return r.request.destination_port == mip4::kPort; })
      .in_udp(wire::udp::destination_port);

  book.add<RequestSent>("RFC3344-1.8-03").require([](const RequestSent& r) {
    return extensions_fit(r.request);
  });
  book.add<ReplySent>("RFC3344-1.8-03").require([](const ReplySent& r) {
    return extensions_fit(r.reply);
  });

  book.add<RequestSent>("RFC3344-3.3-02")
      .require([](const RequestSent& r) { return r.request.destination_port == mip4::kPort; })
      .in_udp(wire::udp::destination_port);

  book.add<RequestSent>("RFC3344-3.3-03")
      .require([](const RequestSent& r) {
        return r.request[request::reserved_r] == 0 && r.request[request::reserved_x] == 0;
      })
      .evidence(request::flags);

  book.add<ReplySent>("RFC3344-3.4-02")
      .only(Role::home_agent)
      .require([](const ReplySent& r) { return is_home_agent_code(r.reply[reply::code]); })
      .evidence(reply::code);
  book.add<ReplySent>("RFC3344-3.4-02")
      .only(Role::foreign_agent)
      .require([](const ReplySent& r) {
        const std::uint64_t code = r.reply[reply::code];
        // 136: RFC 3344 §3.7.2 lets a foreign agent that is asked to be the home agent say so.
        return (code >= 64 && code < 128) || code == 136;
      })
      .evidence(reply::code);

  book.add<ReplySent>("RFC3344-3.4-03")
      .require([](const ReplySent& r) { return r.reply[reply::code] != 73; })
      .evidence(reply::code);

  book.add<RequestSent>("RFC3344-3.5.1-01")
      .require([](const RequestSent& r) {
        return r.request.authentication.mobile_home != Authentication::invalid;
      })
      .evidence(authentication::mobile_home);
  book.add<ReplySent>("RFC3344-3.5.1-01")
      .only(Role::home_agent)
      .when([](const ReplySent& r) { return is_sound(r.request); })
      .require([](const ReplySent& r) {
        return r.reply.authentication.mobile_home != Authentication::invalid;
      })
      .evidence(authentication::mobile_home);

  book.add<RequestSent>("RFC3344-3.5.1-02")
      .when([](const RequestSent& r) { return r.request.carries(authentication::mobile_home); })
      .require([](const RequestSent& r) {
        const wire::View extension = r.request.extension(authentication::mobile_home);
        const auto* shared = r.network.association(
            r.judged, r.request.agent, static_cast<std::uint32_t>(extension[authentication::spi]));
        return shared == nullptr || extension.octets(authentication::authenticator).size() ==
                                        crypto::authenticator_size(shared->association.algorithm);
      })
      .evidence(authentication::mobile_home);

  book.add<RequestSent>("RFC3344-3.5.2-01")
      .when([](const RequestSent& r) {
        // Without an association with whom it names the node has no key.
        return r.request.agent == model::kNobody ||
               r.network.association(r.judged, r.request.agent) != nullptr;
      })
      .judge([](const RequestSent& r) -> Outcome {
        const std::size_t count = r.request.count(authentication::mobile_home);
        if (r.request.agent == model::kNobody && count == 0) return Outcome::Kind::skip;
        return count == 1;
      });

  book.add<ReplySent>("RFC3344-3.5.2-02")
      .only(Role::home_agent)
      .when([](const ReplySent& r) {
        return r.request.authentication.mobile_home != Authentication::unknown_spi &&
               !is_of_nobody(r, r.request);
      })
      .judge([](const ReplySent& r) -> Outcome {
        const std::size_t count = r.reply.count(authentication::mobile_home);
        // Without an authenticator in the request there may be no common key (A19).
        if (count == 0 && r.request.authentication.mobile_home == Authentication::absent)
          return Outcome::Kind::warn;
        return count == 1;
      });

  book.add<RequestSent>("RFC3344-3.5.3-01")
      .when([](const RequestSent& r) { return r.request.receiver != model::kNobody; })
      .require([](const RequestSent& r) {
        return !r.request.carries(authentication::mobile_foreign) ||
               shares_foreign_association(r, r.judged, r.request.receiver);
      })
      .evidence(authentication::mobile_foreign);

  book.add<RequestRelayed>("RFC3344-3.5.4-01")
      .only(Role::foreign_agent)
      .when([](const RequestRelayed& r) { return r.to_ha.receiver != model::kNobody; })
      .require([](const RequestRelayed& r) {
        return !r.to_ha.carries(authentication::foreign_home) ||
               shares_foreign_association(r, r.judged, r.to_ha.receiver);
      })
      .evidence(authentication::foreign_home);
  book.add<ReplyRelayed>("RFC3344-3.5.4-01")
      .only(Role::foreign_agent)
      .require([](const ReplyRelayed& r) { return !r.to_mn.carries(authentication::foreign_home); })
      .evidence(authentication::foreign_home);
}

}  // namespace mipvet::rules

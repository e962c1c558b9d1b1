#include "engine/rules/rule_files.h"
#include "engine/rules/vocabulary.h"

// draft-adrangi-mobileip-vpn-traversal-02 §2.2.4 and §2.4: the requests that the MIP Proxy refuses,
// and with what. A code is judged only for a request with that one fault.

namespace mipvet::rules {

using observer::ReplySent;
using observer::RequestSent;
using observer::RequestSettled;
namespace ha_parameter = mip4::ha_parameter;

namespace {

/// Codes of §2.4.1.
bool is_proxy_code(std::uint64_t code) {
  return code >= 200 && code <= 206;
}

bool is_outside(const RequestSettled& r) {
  return r.circumstances.has(Circumstance::external);
}

bool has_usable_home_agent(const RequestSettled& r) {
  return has_plain_ha_parameter(r.request) && is_home_agent(r, named_home_agent(r.request));
}

/// Apart from the fault in question the request is as it has to be.
bool is_right_but_for_home_agent(const RequestSettled& r) {
  return is_outside(r) && is_sound(r.request) && !has_unknown_critical(r.request) &&
         came_properly(r, r.request) && names_judged(r, r.request) &&
         r.request[request::reverse_tunneling] != 0 && r.request[request::home_address] != 0;
}

/// The code of the first reply; nothing where there is none.
std::optional<std::uint64_t> code_of(const RequestSettled& r) {
  if (r.replies.empty()) return std::nullopt;
  return (*r.replies.front())[reply::code];
}

Outcome refused_from_list(const RequestSettled& r) {
  if (!r.relayed.empty()) return false;
  const auto code = code_of(r);
  return code && is_proxy_code(*code);
}

bool is_local_denial(const ReplySent& r) {
  return !r.was_relayed && !is_acceptance(r.reply);
}

}  // namespace

void add_mipp_check_rules(RuleBook& book) {
  // §2.2.4
  book.add<RequestSettled>("MIPP-2.2.4-01")
      .when([](const RequestSettled& r) {
        return wire::has(r.request.defects, wire::Defect::truncated) ||
               wire::has(r.request.defects, wire::Defect::bad_length);
      })
      .judge([](const RequestSettled& r) { return refused(r); });

  book.add<RequestSettled>("MIPP-2.2.4-02")
      .when([](const RequestSettled& r) { return r.request.udp_checksum_wrong; })
      .judge([](const RequestSettled& r) { return discarded(r); });

  book.add<RequestSettled>("MIPP-2.2.4-03")
      .when([](const RequestSettled& r) {
        return is_outside(r) && !names_judged(r, r.request) && is_sound(r.request);
      })
      .judge([](const RequestSettled& r) -> Outcome {
        const Outcome outcome = refused(r);
        if (outcome.kind != Outcome::Kind::pass) return outcome;
        return names_judged(r, *r.replies.front());
      });

  book.add<RequestSettled>("MIPP-2.2.4-04")
      .when([](const RequestSettled& r) {
        return (r.request[request::gre_encapsulation] != 0 ||
                r.request[request::minimal_encapsulation] != 0) &&
               is_right_but_for_home_agent(r) && has_usable_home_agent(r);
      })
      .judge([](const RequestSettled& r) -> Outcome {
        if (!r.relayed.empty()) return false;
        const auto code = code_of(r);
        return code && !accepts(*code);
      });

  book.add<RequestSettled>("MIPP-2.2.4-05")
      .when([](const RequestSettled& r) {
        return is_outside(r) && r.request[request::reverse_tunneling] == 0 && is_sound(r.request) &&
               names_judged(r, r.request) && has_usable_home_agent(r) &&
               !asks_deregistration(r.request);
      })
      .judge([](const RequestSettled& r) -> Outcome {
        if (!r.relayed.empty()) return false;
        const auto code = code_of(r);
        if (code == 75U) return {Outcome::Kind::warn, "75, the code of foreign agents"};
        return code == 138U;
      });

  book.add<RequestSent>("MIPP-2.2.4-06")
      .when([](const RequestSent& r) { return !asks_deregistration(r.request) && asks_proxy(r); })
      .require([](const RequestSent& r) { return r.request[request::reverse_tunneling] != 0; })
      .evidence(request::flags);

  book.add<RequestSettled>("MIPP-2.2.4-09")
      .when([](const RequestSettled& r) {
        return !r.request.carries(ha_parameter::layout) && is_right_but_for_home_agent(r);
      })
      .judge([](const RequestSettled& r) { return refused_from_list(r); });

  book.add<RequestSettled>("MIPP-2.2.4-11")
      .when([](const RequestSettled& r) {
        const wire::Ipv4Address named = named_home_agent(r.request);
        return (named.is_multicast() || named.is_limited_broadcast()) &&
               has_plain_ha_parameter(r.request) && is_right_but_for_home_agent(r);
      })
      .judge([](const RequestSettled& r) { return refused(r); });

  book.add<RequestSettled>("MIPP-2.2.4-12")
      .when([](const RequestSettled& r) {
        return has_plain_ha_parameter(r.request) && named_home_agent(r.request).is_zero() &&
               is_right_but_for_home_agent(r);
      })
      .judge([](const RequestSettled& r) { return refused_from_list(r); });

  book.add<RequestSettled>("MIPP-2.2.4-13")
      .when([](const RequestSettled& r) {
        const wire::View parameter = r.request.extension(ha_parameter::layout);
        const wire::Ipv4Address named = parameter.address(ha_parameter::home_agent_address);
        return !named.is_zero() && !named.is_multicast() &&
               r.network.association(r.judged, r.network.owner(named)) == nullptr &&
               is_right_but_for_home_agent(r);
      })
      .require([](const RequestSettled& r) { return r.relayed.empty(); });

  book.add<RequestSettled>("MIPP-2.2.4-14")
      .when([](const RequestSettled& r) {
        const observer::ExtensionPlace* second = r.request.find(ha_parameter::layout, 1);
        return second != nullptr && is_sound(r.request) &&
               r.request.view(*second).address(ha_parameter::home_agent_address) !=
                   named_home_agent(r.request);
      })
      .judge([](const RequestSettled& r) { return refused(r); });

  book.add<RequestSettled>("MIPP-2.2.4-15")
      .when([](const RequestSettled& r) {
        return r.request.authentication.mobile_home == Authentication::invalid &&
               r.request.defects == 0 && !r.request.udp_checksum_wrong && !r.replies.empty();
      })
      .judge([](const RequestSettled& r) -> Outcome {
        const auto code = code_of(r);
        return code != 138U && code != 200U && code != 201U && code != 206U;
      });

  book.add<RequestSent>("MIPP-2.4.1-09")
      .when([](const RequestSent& r) {
        return r.before && r.last_reply && r.last_reply.time > r.before.time &&
               (r.last_reply.code == 200 || r.last_reply.code == 201);
      })
      .require([](const RequestSent& r) {
        const wire::View parameter = r.request.extension(ha_parameter::layout);
        const bool changed =
            static_cast<bool>(parameter) != r.before.has_ha_parameter ||
            parameter.address(ha_parameter::home_agent_address) != r.before.ha_parameter;
        return changed || r.request.time - r.before.time >= std::chrono::milliseconds(950);
      })
      .missed_by([](const RequestSent& r) {
        return std::chrono::seconds(1) - (r.request.time - r.before.time);
      });

  // §2.4
  book.add<ReplySent>("MIPP-2.4-02")
      .when(is_local_denial)
      .require([](const ReplySent& r) {
        const std::uint64_t code = r.reply[reply::code];
        return is_proxy_code(code) || (code >= 128 && code <= 192) || code == 75;
      })
      .evidence(reply::code);

  book.add<RequestSettled>("MIPP-2.4-03")
      .when([](const RequestSettled& r) {
        // 202 to 205 come after relaying.
        const auto code = code_of(r);
        if (!code || accepts(*code) || r.unreachables > 0) return false;
        return r.received.empty() || r.received.front()->time > r.replies.front()->time;
      })
      .require([](const RequestSettled& r) { return r.relayed.empty(); });

  book.add<ReplySent>("MIPP-2.4-04")
      .when([](const ReplySent& r) { return is_local_denial(r) && is_sound(r.request); })
      .require([](const ReplySent& r) {
        return r.reply[reply::home_address] == r.request[request::home_address] &&
               r.reply.address(reply::home_agent) == r.reply.source &&
               static_cast<std::uint32_t>(r.reply[reply::identification]) ==
                   static_cast<std::uint32_t>(r.request[request::identification]) &&
               r.reply.carries(mip4::authentication::mobile_home);
      })
      .evidence(reply::identification);

  book.add<RequestSettled>("MIPP-2.4.1-01")
      .when([](const RequestSettled& r) {
        return !r.request.carries(ha_parameter::layout) && is_right_but_for_home_agent(r) &&
               code_of(r) && is_proxy_code(*code_of(r));
      })
      .judge([](const RequestSettled& r) -> Outcome { return code_of(r) == 200U; });

  book.add<RequestSettled>("MIPP-2.4.1-02")
      .when([](const RequestSettled& r) {
        return has_plain_ha_parameter(r.request) && named_home_agent(r.request).is_zero() &&
               is_right_but_for_home_agent(r) && code_of(r) && is_proxy_code(*code_of(r));
      })
      .judge([](const RequestSettled& r) -> Outcome { return code_of(r) == 201U; });

  book.add<ReplySent>("MIPP-2.4.1-03")
      .when([](const ReplySent& r) {
        return r.was_relayed && r.unreachables > 0 && r.unreachable_code <= 3;
      })
      .equals(reply::code, [](const ReplySent&) -> std::uint64_t { return 202; });

  book.add<ReplySent>("MIPP-2.4.1-11")
      .when([](const ReplySent& r) { return is_proxy_code(r.reply[reply::code]); })
      .require([](const ReplySent& r) {
        const wire::View parameter = r.request.extension(ha_parameter::layout);
        switch (r.reply[reply::code]) {
          case 200:
            return !parameter || parameter[ha_parameter::length] != 6 ||
                   parameter.address(ha_parameter::home_agent_address).is_multicast() ||
                   parameter.address(ha_parameter::home_agent_address).is_zero();
          case 201:
            return !parameter || parameter[ha_parameter::home_agent_address] == 0;
          case 202:
            return r.unreachables > 0;
          case 206:
            return r.circumstances.has(Circumstance::internal) || hides_its_place(r.request);
          default:
            return true;
        }
      })
      .evidence(reply::code);
}

}  // namespace mipvet::rules

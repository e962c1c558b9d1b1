#include "engine/rules/rule_files.h"
#include "engine/rules/vocabulary.h"

// draft-adrangi-mobileip-vpn-traversal-02 §2, §2.1 and §2.2: the request on its way from the mobile
// node through the MIP Proxy to the actual home agent.

namespace mipvet::rules {

using observer::RequestRelayed;
using observer::RequestSent;
using observer::RequestSettled;
namespace authentication = mip4::authentication;
namespace ha_parameter = mip4::ha_parameter;

namespace {

bool knows_simultaneous(const observer::Fact& fact) {
  return fact.node().declares("simultaneous");
}

/// Nothing in the request gives the proxy a reason to refuse it (§2.2.4): what is left is relayed.
bool has_to_be_relayed(const RequestSettled& r) {
  if (!is_sound(r.request) || hides_its_place(r.request) || !came_properly(r, r.request) ||
      r.request[request::reverse_tunneling] == 0 || !names_judged(r, r.request) ||
      r.request.carries(mip4::extension::layout))
    return false;
  if (r.request[request::gre_encapsulation] != 0 ||
      r.request[request::minimal_encapsulation] != 0 || r.request[request::reserved_x] != 0 ||
      r.request[request::reserved_r] != 0)
    return false;
  if (r.request[request::home_address] == 0 && !r.node().declares("nai")) return false;
  const wire::View parameter = r.request.extension(ha_parameter::layout);
  if (r.request.count(ha_parameter::layout) != 1 || parameter[ha_parameter::length] != 6)
    return false;
  const wire::Ipv4Address named = named_home_agent(r.request);
  if (named.is_zero()) return r.node().declares("dynamic-ha");
  const model::NodeId agent = r.network.owner(named);
  if (agent == model::kNobody || r.network.association(r.judged, agent) == nullptr) return false;
  // Where proxy and FA share an association the FA's authenticator counts, too; others are odd.
  const std::size_t foreign = r.request.count(authentication::foreign_home);
  if (foreign > 0)
    return foreign == 1 && r.request.authentication.foreign_home == Authentication::valid;
  const model::NodeId near = r.network.owner(r.request.source);
  return !is_a(r, Role::foreign_agent, near) || r.network.association(r.judged, near) == nullptr;
}

/// An extension of the mobile node's that is for whom it registers with, §2.2.3.
bool is_carried_over(const wire::Layout* layout) {
  return layout != &ha_parameter::layout && layout != &mip4::udp_tunnel_request::layout &&
         layout != &authentication::mobile_home;
}

bool has_extension_to_carry(const RequestRelayed& r) {
  const auto extensions = r.from_mn.extensions();
  for (std::size_t i = 0; i < authenticator_index(r.from_mn) && i < extensions.size(); ++i)
    if (is_carried_over(extensions[i].layout)) return true;
  return false;
}

Outcome refused_as(const RequestSettled& r, std::initializer_list<std::uint64_t> codes) {
  const Outcome outcome = refused(r);
  if (outcome.kind != Outcome::Kind::pass) return outcome;
  for (const std::uint64_t code : codes)
    if ((*r.replies.front())[reply::code] == code) return true;
  return {Outcome::Kind::pass, "refused with another code than the base specification's"};
}

bool is_otherwise_authentic(const RequestSettled& r) {
  return r.request.defects == 0 && !r.request.udp_checksum_wrong && !r.request.clipped;
}

}  // namespace

void add_mipp_request_rules(RuleBook& book) {
  // §2
  book.add<RequestSent>("MIPP-2-01")
      .when([](const RequestSent& r) {
        // A node that was told 206 believes that it is inside (MIPP-2.6.1-13).
        return !(r.last_reply && r.last_reply.code == 206);
      })
      .judge([](const RequestSent& r) -> Outcome {
        if (asks_proxy(r)) return true;
        // It keeps to whom it asked before, which was right or has been judged.
        const bool keeps_to_it = r.before && r.before.link == r.request.link &&
                                 r.before.home_agent == r.request.address(request::home_agent);
        return keeps_to_it ? Outcome(Outcome::Kind::skip) : Outcome(false);
      })
      .evidence(request::home_agent);

  book.add<RequestRelayed>("MIPP-2-06").only(Role::mip_proxy).require([](const RequestRelayed& r) {
    return r.copies == 1;
  });

  book.add<RequestSent>("MIPP-2-08")
      .require([](const RequestSent& r) { return r.request.destination_port == mip4::kPort; })
      .in_udp(wire::udp::destination_port);
  book.add<RequestRelayed>("MIPP-2-08")
      .require([](const RequestRelayed& r) { return r.to_ha.destination_port == mip4::kPort; })
      .in_udp(wire::udp::destination_port);

  // §2.1
  book.add<RequestSent>("MIPP-2.1-01")
      .when(asks_proxy)
      .require([](const RequestSent& r) {
        return r.request.authentication.mobile_home == Authentication::valid;
      })
      .evidence(authentication::mobile_home);

  book.add<RequestSettled>("MIPP-2.1-02")
      .when([](const RequestSettled& r) {
        return r.request.authentication.mobile_home == Authentication::invalid &&
               is_otherwise_authentic(r) && r.request.count(authentication::mobile_home) == 1;
      })
      .judge([](const RequestSettled& r) { return refused_as(r, {131}); });

  book.add<RequestSettled>("MIPP-2.1-03")
      .when([](const RequestSettled& r) {
        return !r.request.carries(authentication::mobile_home) && is_otherwise_authentic(r);
      })
      .judge([](const RequestSettled& r) { return refused_as(r, {131}); });

  book.add<RequestSettled>("MIPP-2.1-04")
      .when([](const RequestSettled& r) {
        return r.request.count(authentication::mobile_home) > 1 && is_otherwise_authentic(r);
      })
      .judge([](const RequestSettled& r) { return refused_as(r, {131}); });

  book.add<RequestSettled>("MIPP-2.1-05")
      .when([](const RequestSettled& r) {
        return r.request.authentication.mobile_home == Authentication::unknown_spi &&
               is_otherwise_authentic(r);
      })
      .judge([](const RequestSettled& r) { return refused_as(r, {131}); });

  book.add<RequestSettled>("MIPP-2.1-10")
      .itself({"fa-ha-sa"})
      .when([](const RequestSettled& r) {
        const model::NodeId agent = r.network.owner(r.request.source);
        return is_a(r, Role::foreign_agent, agent) && is_sound(r.request) &&
               r.network.association(r.judged, agent) != nullptr &&
               (r.request.authentication.foreign_home != Authentication::valid ||
                r.request.count(authentication::foreign_home) != 1);
      })
      .judge([](const RequestSettled& r) { return refused_as(r, {132}); });

  // §2.2
  book.add<RequestSettled>("MIPP-2.2-01")
      .when(has_to_be_relayed)
      .require([](const RequestSettled& r) { return !r.relayed.empty(); });

  book.add<RequestSettled>("MIPP-2.2-05")
      .when([](const RequestSettled& r) { return r.received.empty() && has_to_be_relayed(r); })
      .require([](const RequestSettled& r) { return !r.relayed.empty(); });

  // §2.2.1
  book.add<RequestRelayed>("MIPP-2.2.1-05")
      .when([](const RequestRelayed& r) { return r.from_mn[request::broadcast_datagrams] != 0; })
      .require([](const RequestRelayed& r) { return r.to_ha[request::broadcast_datagrams] != 0; })
      .evidence(request::flags);

  book.add<RequestSettled>("MIPP-2.2.1-06")
      .when([](const RequestSettled& r) {
        return r.request[request::broadcast_datagrams] != 0 && has_to_be_relayed(r) &&
               r.circumstances.has(Circumstance::external);
      })
      .require([](const RequestSettled& r) { return !r.relayed.empty(); });

  book.add<RequestRelayed>("MIPP-2.2.1-07")
      .require([](const RequestRelayed& r) {
        return r.to_ha[request::broadcast_datagrams] == 0 ||
               (r.from_mn[request::broadcast_datagrams] != 0 && r.node().declares("broadcast"));
      })
      .evidence(request::flags);

  book.add<RequestRelayed>("MIPP-2.2.1-08")
      .require([](const RequestRelayed& r) {
        return r.to_ha[request::broadcast_datagrams] == 0 ||
               r.to_ha[request::decapsulation_by_mobile_node] == 0;
      })
      .evidence(request::flags);

  book.add<RequestRelayed>("MIPP-2.2.1-13")
      .require([](const RequestRelayed& r) { return r.to_ha[request::simultaneous_bindings] == 0; })
      .evidence(request::flags);

  book.add<RequestRelayed>("MIPP-2.2.1-15")
      .require([](const RequestRelayed& r) {
        return (r.to_ha[request::reserved_r] == 0 || r.from_mn[request::reserved_r] != 0) &&
               (r.to_ha[request::reserved_x] == 0 || r.from_mn[request::reserved_x] != 0);
      })
      .evidence(request::flags);

  // §2.2.2
  book.add<RequestRelayed>("MIPP-2.2.2-01")
      .when([](const RequestRelayed& r) {
        // §2.6.2 overrides it for simultaneous bindings; zero is MIPP-2.2.2-02.
        return !knows_simultaneous(r) && !asks_deregistration(r.from_mn);
      })
      .require([](const RequestRelayed& r) {
        return r.to_ha[request::lifetime] <= r.from_mn[request::lifetime];
      })
      .evidence(request::lifetime);

  book.add<RequestRelayed>("MIPP-2.2.2-02")
      .when([](const RequestRelayed& r) {
        return asks_deregistration(r.from_mn) && !knows_simultaneous(r);
      })
      .equals(request::lifetime, [](const RequestRelayed&) -> std::uint64_t { return 0; });

  book.add<RequestRelayed>("MIPP-2.2.2-03")
      .when([](const RequestRelayed& r) { return !asks_deregistration(r.from_mn); })
      .require([](const RequestRelayed& r) { return r.to_ha[request::lifetime] != 0; })
      .evidence(request::lifetime);

  book.add<RequestRelayed>("MIPP-2.2.2-04").same(request::identification);

  book.add<RequestRelayed>("MIPP-2.2.2-05").same(request::home_address);

  book.add<RequestRelayed>("MIPP-2.2.2-06")
      .require([](const RequestRelayed& r) {
        return !names_judged(r, r.to_ha) && r.to_ha[request::home_agent] != 0;
      })
      .evidence(request::home_agent);

  book.add<RequestRelayed>("MIPP-2.2.2-07")
      .when([](const RequestRelayed& r) { return !named_home_agent(r.from_mn).is_zero(); })
      .require([](const RequestRelayed& r) {
        return r.to_ha.destination == named_home_agent(r.from_mn);
      })
      .in_ip(wire::ip::destination);

  book.add<RequestRelayed>("MIPP-2.2.2-08")
      .when([](const RequestRelayed& r) {
        // A deregistration of all bindings is MIPP-2.2.2-09.
        return r.from_mn[request::care_of_address] != r.from_mn[request::home_address];
      })
      .equals(request::care_of_address, [](const RequestRelayed& r) -> std::uint64_t {
        return address_on(r, r.judged, r.to_ha.link).value;
      });

  book.add<RequestRelayed>("MIPP-2.2.2-09")
      .when([](const RequestRelayed& r) {
        return asks_deregistration(r.from_mn) && r.from_mn[request::home_address] != 0 &&
               r.from_mn[request::care_of_address] == r.from_mn[request::home_address];
      })
      .equals(request::care_of_address, [](const RequestRelayed& r) -> std::uint64_t {
        return address_on(r, r.judged, r.to_ha.link).value;
      });

  // §2.2.3
  book.add<RequestRelayed>("MIPP-2.2.3-01")
      .when([](const RequestRelayed& r) { return !r.from_mn.clipped && has_extension_to_carry(r); })
      .require([](const RequestRelayed& r) {
        const auto extensions = r.from_mn.extensions();
        for (std::size_t i = 0; i < authenticator_index(r.from_mn); ++i)
          if (is_carried_over(extensions[i].layout) &&
              !holds_copy(r.to_ha, r.from_mn.view(extensions[i])))
            return false;
        return true;
      });

  book.add<RequestRelayed>("MIPP-2.2.3-03")
      .require([](const RequestRelayed& r) { return !r.to_ha.carries(ha_parameter::layout); })
      .evidence(ha_parameter::layout);

  book.add<RequestRelayed>("MIPP-2.2.3-04")
      .when([](const RequestRelayed& r) {
        return r.from_mn.carries(mip4::udp_tunnel_request::layout);
      })
      .require([](const RequestRelayed& r) {
        return !r.to_ha.carries(mip4::udp_tunnel_request::layout);
      })
      .evidence(mip4::udp_tunnel_request::layout);

  book.add<RequestRelayed>("MIPP-2.2.3-05")
      .when([](const RequestRelayed& r) { return r.from_mn.carries(authentication::mobile_home); })
      .require([](const RequestRelayed& r) {
        return !holds_copy(r.to_ha, r.from_mn.extension(authentication::mobile_home));
      })
      .evidence(authentication::mobile_home);

  book.add<RequestRelayed>("MIPP-2.2.3-06").require([](const RequestRelayed& r) {
    return r.to_ha.carries(authentication::mobile_home);
  });

  book.add<RequestRelayed>("MIPP-1.4-07")
      .when([](const RequestRelayed& r) { return r.to_ha.carries(authentication::mobile_home); })
      .require([](const RequestRelayed& r) {
        return r.to_ha.authentication.mobile_home == Authentication::valid ||
               r.to_ha.receiver == model::kNobody;
      })
      .evidence(authentication::mobile_home);

  book.add<RequestRelayed>("MIPP-2.2.3-07")
      .when([](const RequestRelayed& r) { return has_extension_to_carry(r); })
      .require([](const RequestRelayed& r) {
        const auto extensions = r.to_ha.extensions();
        for (std::size_t i = authenticator_index(r.to_ha) + 1; i < extensions.size(); ++i)
          if (is_carried_over(extensions[i].layout) &&
              extensions[i].layout != &authentication::foreign_home)
            return false;
        return true;
      });

  book.add<RequestSettled>("MIPP-2.2.3-08")
      .when([](const RequestSettled& r) {
        return has_unknown_critical(r.request) && is_sound(r.request);
      })
      .judge([](const RequestSettled& r) { return discarded(r); });

  book.add<RequestRelayed>("MIPP-2.2.3-09")
      .itself({"fa-ha-sa"})
      .when([](const RequestRelayed& r) { return r.from_mn.carries(authentication::foreign_home); })
      .require([](const RequestRelayed& r) {
        return !holds_copy(r.to_ha, r.from_mn.extension(authentication::foreign_home));
      })
      .evidence(authentication::foreign_home);

  book.add<RequestRelayed>("MIPP-5.7.1-02")
      .require([](const RequestRelayed& r) {
        return r.to_ha[request::decapsulation_by_mobile_node] == 0;
      })
      .evidence(request::flags);
}

}  // namespace mipvet::rules

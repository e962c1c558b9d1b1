#include "engine/rules/binding_words.h"
#include "engine/rules/rule_files.h"

// draft-adrangi-mobileip-vpn-traversal-02 §2.6.6 and what else shows in the proxy's bindings: which
// care-of address gets the datagrams for a home address. The draft's datagrams are ESP from the VPN
// gateway (§5.4); the proxy does not look inside, so any datagram from its DMZ side stands for
// them.

namespace mipvet::rules {

namespace {

/// There are bindings, and the last that happened since the latest was granted is this.
template <Incident incident>
bool is_bound_after(const DatagramSettled& d) {
  return is_bound(d) && is_reachable(d) && d.story.incident == incident;
}

template <EndedBinding::How how>
bool ended_by(const DatagramSettled& d) {
  return d.story.ended.how == how && !is_bound(d);
}

bool is_denied_with(const DatagramSettled& d, std::uint8_t code) {
  return is_bound_after<Incident::denied>(d) && d.story.code == code;
}

}  // namespace

void add_mipp_binding_rules(RuleBook& book) {
  const auto add = [&](std::string_view id) -> Rule<DatagramSettled>& {
    return book.add<DatagramSettled>(id).in_ip(wire::ip::destination).observed(whereabouts);
  };

  // Bindings are there and are used.
  add("MIPP-2.6.6-01").when(is_bound_after<Incident::none>).require(is_served);

  add("MIPP-2.6.5-01")
      .when([](const DatagramSettled& d) {
        return is_bound_after<Incident::none>(d) && d.story.overlapped;
      })
      .require(is_served);

  add("MIPP-2.3-05")
      .when([](const DatagramSettled& d) {
        return just_moved(d) && d.story.incident == Incident::none;
      })
      .require(is_served);

  // What does not change them.
  add("MIPP-2.6.6-02")
      .when([](const DatagramSettled& d) {
        return is_bound_after<Incident::asked>(d) && d.bindings.to(d.story.asked_for) == nullptr;
      })
      .require(is_served);
  add("MIPP-2.1-08").when(is_bound_after<Incident::forged>).require(is_served);
  add("MIPP-2.3-08").when(is_bound_after<Incident::denied>).require(is_served);
  add("MIPP-2.1-09")
      .when([](const DatagramSettled& d) { return is_denied_with(d, 133); })
      .require(is_served);
  add("MIPP-2.3.1-07")
      .when([](const DatagramSettled& d) {
        return is_bound_after<Incident::denied>(d) && d.story.zero_lifetime;
      })
      .require(is_served);
  add("MIPP-2.6.7-07").when(is_bound_after<Incident::unreachable>).require(is_served);

  // How they end.
  add("MIPP-2.6.6-04").when(has_expired).judge(expired_is_unused);
  add("MIPP-2.6.1-24")
      .itself({"internal"})
      .when([](const DatagramSettled& d) {
        return has_expired(d) && d.story.incident == Incident::refused;
      })
      .judge(expired_is_unused);
  add("MIPP-2.6.6-05").when(ended_by<EndedBinding::How::deregistered>).judge(ended_is_unused);
  add("MIPP-2.3.1-05").when(ended_by<EndedBinding::How::retired>).judge(ended_is_unused);
  add("MIPP-2.3.1-06")
      .itself({"s-bit"})
      .when([](const DatagramSettled& d) {
        return d.story.ended.how == EndedBinding::How::deregistered &&
               !d.story.ended.asked_for_all && is_bound(d);
      })
      .require([](const DatagramSettled& d) {
        return is_served_everywhere(d) && !went_to(d, d.story.ended.endpoint);
      });
  add("MIPP-2.6.6-06").when(never_bound).judge([](const DatagramSettled& d) {
    return unused(!d.copies.empty(), d.story.tunnelled_to_anybody);
  });
}

}  // namespace mipvet::rules

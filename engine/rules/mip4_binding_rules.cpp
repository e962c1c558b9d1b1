#include "engine/rules/binding_words.h"
#include "engine/rules/rule_files.h"

// RFC 3344 §3.8.2.2 and §4.2.3, RFC 3519 §4.6: which care-of address gets the datagrams that the
// home agent has for a home address.

namespace mipvet::rules {

namespace {

using How = EndedBinding::How;

bool has_several(const DatagramSettled& d) {
  return std::count_if(d.bindings.all().begin(), d.bindings.all().end(),
                       [&](const Binding& binding) { return is_live(d, binding); }) > 1;
}

bool is_undisturbed(const DatagramSettled& d) {
  return is_bound(d) && d.story.incident == Incident::none && is_reachable(d);
}

}  // namespace

void add_mip4_binding_rules(RuleBook& book) {
  const auto add = [&](std::string_view id) -> Rule<DatagramSettled>& {
    return book.add<DatagramSettled>(id).in_ip(wire::ip::destination).observed(whereabouts);
  };

  // Bindings are there and are used.
  add("RFC3344-4.2.3-01").when(is_undisturbed).require(is_served);
  add("RFC3344-4.2.3-02").when(has_several).require(is_served_everywhere);
  add("RFC3344-4.2.3-04")
      .when([](const DatagramSettled& d) {
        return is_bound(d) && is_served(d) && !d.bindings.latest()->in_udp();
      })
      .require([](const DatagramSettled& d) {
        return std::all_of(d.copies.begin(), d.copies.end(), [&](const TunnelCopy& copy) {
          return copy.source == d.bindings.latest()->home_agent;
        });
      })
      .in_ip(wire::ip::source);
  add("RFC3344-3.8.2.2-05")
      .when([](const DatagramSettled& d) { return is_bound(d) && !d.copies.empty(); })
      .require([](const DatagramSettled& d) {
        return std::all_of(d.bindings.all().begin(), d.bindings.all().end(),
                           [&](const Binding& binding) { return copies_to(d, binding) <= 1; });
      });
  add("RFC3344-3.8.2.2-06")
      .when([](const DatagramSettled& d) { return just_moved(d) && is_undisturbed(d); })
      .require(is_served);
  add("RFC3344-3.8.2.2-10")
      .when([](const DatagramSettled& d) {
        const Binding* latest = d.bindings.latest();
        return is_undisturbed(d) && is_live(d, *latest) &&
               d.datagram.time - latest->since > std::chrono::seconds(latest->granted) / 2;
      })
      .require([](const DatagramSettled& d) { return !d.copies.empty(); });
  add("RFC3519-4.6-04")
      .when([](const DatagramSettled& d) {
        return is_undisturbed(d) && d.bindings.latest()->in_udp();
      })
      .require(is_served);

  // How they end.
  add("RFC3344-3.8.2.2-02")
      .when([](const DatagramSettled& d) {
        return d.story.ended.how == How::deregistered && d.story.ended.asked_for_all &&
               !is_bound(d);
      })
      .judge(ended_is_unused);
  add("RFC3344-3.8.2.2-03")
      .when([](const DatagramSettled& d) {
        return d.story.ended.how == How::deregistered && !d.story.ended.asked_for_all &&
               is_bound(d);
      })
      .require([](const DatagramSettled& d) {
        return is_served_everywhere(d) && !went_to(d, d.story.ended.endpoint);
      });
  add("RFC3344-3.8.2.2-04")
      .when([](const DatagramSettled& d) {
        return d.story.ended.how == How::replaced && is_bound(d);
      })
      .judge(ended_is_unused);
  add("RFC3344-3.8.2.2-11").when(has_expired).judge(expired_is_unused);
  add("RFC3344-4.2.3-03").when(never_bound).judge([](const DatagramSettled& d) {
    return unused(!d.copies.empty(), d.story.tunnelled_to_anybody);
  });
}

}  // namespace mipvet::rules

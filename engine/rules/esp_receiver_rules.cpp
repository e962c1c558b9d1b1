#include "engine/rules/esp_words.h"
#include "engine/rules/rule_files.h"

// RFC 4303 §2.6, §3.4, RFC 3948 §2.1, §3.1, §3.5, RFC 7296 §2.8, §2.23: what a VPN gateway does
// with ESP that reaches it.

namespace mipvet::rules {

namespace {

constexpr std::uint32_t kSmallestWindow = 32;
constexpr std::uint32_t kLargestWindow = 4096;

bool is_inside_window(const EspSettled& e) {
  return is_deliverable(e) && e.sequence_number < e.highest &&
         e.highest - e.sequence_number < kSmallestWindow;
}
bool is_delivered(const EspSettled& e) {
  return e.delivered > 0;
}
bool is_seen_before(const EspSettled& e) {
  return e.protection == Protection::opened && e.child != nullptr && e.is_repeated;
}
bool is_dummy(const EspSettled& e) {
  return e.protection == Protection::opened && e.next_header == wire::esp::trailer::kNoNextHeader;
}
/// The receiver did not answer it with a request of its own, such as a Delete of the CHILD_SA.
bool is_left_alone(const EspSettled& e) {
  return e.child == nullptr || e.sa == nullptr || e.child->is_alive() ||
         !(e.own().request && e.own().request.time >= e.place.time);
}

}  // namespace

void add_esp_receiver_rules(RuleBook& book) {
  // Dummies and whole packets (RFC 4303 §2.6, §3.4.4.1).
  book.add<EspSettled>("RFC4303-2.6-02")
      .when(is_dummy)
      .judge([](const EspSettled& e) -> Outcome {
        if (!is_left_alone(e)) return false;
        return is_dropped(e);
      })
      .observed(delivery);
  book.add<EspSettled>("RFC4303-3.4.4.1-01").when(is_dummy).judge(is_dropped).observed(delivery);
  book.add<EspSettled>("RFC4303-3.4.4.1-01")
      .when([](const EspSettled& e) { return is_deliverable(e) && is_delivered(e); })
      .require([](const EspSettled& e) { return !e.is_altered; })
      .observed(delivery);

  // Anti-replay (RFC 4303 §3.4.3).
  book.add<EspSettled>("RFC4303-3.4.3-01")
      .when(is_seen_before)
      .judge(is_dropped)
      .observed(delivery);
  book.add<EspSettled>("RFC4303-3.4.3-02")
      .when([](const EspSettled& e) {
        return e.protection == Protection::opened && e.child != nullptr &&
               e.highest > kLargestWindow && e.sequence_number < e.highest - kLargestWindow;
      })
      .judge(is_dropped)
      .observed(delivery);
  book.add<EspSettled>("RFC4303-3.4.3-03")
      .when(is_inside_window)
      .require(is_delivered)
      .observed(delivery);
  book.add<EspSettled>("RFC4303-3.4.3-04")
      .when([](const EspSettled& e) {
        // A smaller window shows in what has fallen far behind.
        return is_inside_window(e) && e.highest - e.sequence_number >= kSmallestWindow / 2;
      })
      .require(is_delivered)
      .observed(delivery);
  book.add<EspSettled>("RFC4303-3.4.3-05")
      .when([](const EspSettled& e) { return e.protection == Protection::not_authentic; })
      .judge(is_dropped)
      .observed(delivery);
  book.add<EspSettled>("RFC4303-3.4.3-05")
      .when(
          [](const EspSettled& e) { return is_fresh(e) && e.forged_highest >= e.sequence_number; })
      .require(is_delivered)
      .observed([](const EspSettled& e) {
        return fmt::format("{}; one with the number {} was not authentic", delivery(e),
                           e.forged_highest);
      });
  book.add<EspSettled>("RFC4303-3.4.3-06")
      .when([](const EspSettled& e) {
        return is_seen_before(e) && e.sa != nullptr && e.own().moved != net::Time{};
      })
      .judge(is_dropped)
      .observed(delivery);

  // Found by its SPI, from wherever it comes (RFC 4303 §3.4.2; A9).
  book.add<EspSettled>("RFC4303-3.4.2-01")
      .when([](const EspSettled& e) {
        return is_fresh(e) && e.own().path.is_known() && e.place.source != e.own().path.remote;
      })
      .require(is_delivered)
      .observed(delivery);
  book.add<EspSettled>("RFC4555-3.5-29")
      .when([](const EspSettled& e) {
        return is_fresh(e) && e.own().previous.is_known() &&
               e.place.source == e.own().previous.remote && e.place.source != e.own().path.remote;
      })
      .require(is_delivered)
      .observed(delivery);

  // New and old CHILD_SAs (RFC 7296 §2.8).
  book.add<EspSettled>("RFC7296-2.8-07")
      .itself({"rekey"})
      .when([](const EspSettled& e) {
        return is_fresh(e) && e.child->replaces != 0 &&
               e.place.time - e.child->created < observer::kSwitch;
      })
      .require(is_delivered)
      .observed(delivery);
  book.add<EspSettled>("RFC7296-2.8-04")
      .itself({"rekey"})
      .when([](const EspSettled& e) {
        return is_fresh(e) && e.child->is_alive() && e.sa->replaces != 0 &&
               e.child->created < e.sa->created;
      })
      .require(is_delivered)
      .observed(delivery);
  book.add<EspSettled>("RFC7296-2.8.1-01")
      .itself({"rekey"})
      .when([](const EspSettled& e) {
        return is_fresh(e) && e.child->is_alive() &&
               (e.child->replaces != 0 || e.child->replaced != net::Time{});
      })
      .require(is_delivered)
      .observed(delivery);

  // In UDP (RFC 3948 §2.1, §3.1.1, §3.5; RFC 7296 §2.23).
  book.add<EspSettled>("RFC3948-2.1-03")
      .when([](const EspSettled& e) {
        return is_fresh(e) && e.in_udp && !e.place.udp_checksum_wrong;
      })
      .judge([](const EspSettled& e) -> Outcome {
        if (is_delivered(e)) return true;
        // What is usual was not dropped for its checksum.
        return e.place.udp_checksum_zero ? Outcome(Outcome::Kind::skip) : Outcome(false);
      })
      .observed([](const EspSettled& e) {
        return fmt::format("{}; the checksum is {}", delivery(e),
                           e.place.udp_checksum_zero ? "zero" : "right");
      });
  book.add<EspSettled>("RFC3948-3.1.1-01")
      .itself({"cp"})
      .when([](const EspSettled& e) {
        return e.child != nullptr && e.protection == Protection::opened && e.is_well_formed &&
               e.sa != nullptr && !e.is_client() &&
               e.child->from[1U - e.side].selectors.count > 0 &&
               !e.child->from[1U - e.side].selectors.clipped &&
               !e.child->from[1U - e.side].selectors.contains(e.inner_source);
      })
      .judge(is_dropped)
      .observed(delivery);
  book.add<EspSettled>("RFC3948-3.5-01")
      .when([](const EspSettled& e) { return e.in_udp && is_deliverable(e) && is_delivered(e); })
      .require([](const EspSettled& e) { return !e.is_altered; })
      .observed(delivery);
  book.add<EspSettled>("RFC7296-2.23-08")
      .when([](const EspSettled& e) {
        return is_fresh(e) && !e.sa->nat() && e.child->from[e.side].packets > 0 &&
               e.in_udp != e.child->from[e.side].in_udp;
      })
      .require(is_delivered)
      .observed(delivery);
}

}  // namespace mipvet::rules

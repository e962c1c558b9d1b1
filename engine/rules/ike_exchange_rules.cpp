#include "engine/rules/ike_words.h"
#include "engine/rules/rule_files.h"
#include "engine/rules/time_words.h"

// RFC 7296 §1.2-1.4, §2.1-2.4, §2.11: requests and responses - protection, Message IDs, windows,
// repeats, addresses.

namespace mipvet::rules {

namespace {

/// Where an unprotected message may stand after IKE_SA_INIT: to say that nothing is known of an
/// SPI or a version (RFC 7296 §1.5, §2.21.4).
bool may_be_clear(const IkeMessage& m) {
  if (is_init(m)) return true;
  const std::uint16_t type = m.error_type();
  return type == error::kInvalidIkeSpi || type == error::kInvalidMajorVersion ||
         type == error::kInvalidSpi;
}

/// The first request of a side (again) with this Message ID.
bool is_new(const IkeRequestSent& r) {
  return r.original == nullptr;
}

/// The inner payloads of both say the same: what a node that repeats a request under another
/// Message ID would send. NAT detection, nonces and cookies tell real requests apart.
bool says_the_same(const IkeMessage& a, const IkeMessage& b) {
  const PayloadPlace* one = a.find(ike::encrypted::layout);
  const PayloadPlace* other = b.find(ike::encrypted::layout);
  if (one == nullptr || other == nullptr || a.exchange() != b.exchange()) return false;
  const auto inside = [](const IkeMessage& m, const PayloadPlace& sealed) {
    std::size_t begin = sealed.offset;
    for (const PayloadPlace& place : m.payloads())
      if (place.offset > sealed.offset) {
        begin = place.offset;
        break;
      }
    std::size_t end = begin;
    for (const PayloadPlace& place : m.payloads())
      if (is_payload(place) && place.offset > sealed.offset)
        end = place.offset + octets_of(m, place).size();
    return m.bytes().subspan(begin, end - begin);
  };
  return same_octets(inside(a, *one), inside(b, *other));
}

/// An IKE_SA_INIT that begins anew with a cookie or another group keeps its Message ID and is a new
/// request all the same (RFC 7296 §2.1).
bool is_retried_init(const IkeRequestSent& r) {
  return is_init(r.request) &&
         (r.request.carries(kCookie) != r.original->carries(kCookie) ||
          !same_octets(notified(r.request, kCookie), notified(*r.original, kCookie)) ||
          r.request.payload(ike::key_exchange::layout)[ike::key_exchange::group] !=
              r.original->payload(ike::key_exchange::layout)[ike::key_exchange::group]);
}

/// Tests of paths go out at constant intervals (RFC 4555 §3.10; A12).
bool is_path_test(const IkeRequestSent& r) {
  return is_mobike(r) && r.is_client() && is_informational(r.request) &&
         (!is_opened(r.request) || (has_nat_detection(r.request) && !is_update(r.request)));
}
bool has_moved_lately(const IkeRequestSent& r) {
  return (r.stay != nullptr && r.request.time - r.stay->began.time < observer::kConvergence &&
          r.stay->number > 1) ||
         (r.sa != nullptr && r.request.time - r.own().moved < observer::kConvergence);
}

}  // namespace

void add_ike_exchange_rules(RuleBook& book) {
  of_messages(book, "RFC7296-1.2-03", [](auto& rule) {
    rule.when([](const auto& f) {
          return f.sa != nullptr && !is_init(f.primary()) && !may_be_clear(f.primary());
        })
        .require([](const auto& f) {
          constexpr std::uint64_t kFragment = 53;
          const std::uint64_t first = f.primary()[ike::message::next_payload];
          return first == *ike::encrypted::layout.type_value || first == kFragment;
        })
        .evidence(ike::message::next_payload);
  });

  book.add<IkeRequestSent>("RFC7296-1.4-01")
      .when([](const IkeRequestSent& r) {
        return is_informational(r.request) && r.sa != nullptr && !may_be_clear(r.request) &&
               (is_opened(r.request) || r.request.protection == Protection::clear);
      })
      .judge([](const IkeRequestSent& r) -> Outcome {
        if (r.request.protection == Protection::clear) return false;
        // A client that cannot authenticate its gateway says so before there is an IKE SA.
        if (r.request.error() != nullptr || deletes_ike_sa(r.request)) return Outcome::Kind::skip;
        return r.sa->is_established() || r.sa->replaces != 0;
      });

  book.add<IkeRequestSettled>("RFC7296-1.4-02")
      .when([](const IkeRequestSettled& r) { return is_informational(r.request) && is_fair(r); })
      .require([](const IkeRequestSettled& r) { return r.response != nullptr; })
      .observed(reaction);

  book.add<IkeRequestSettled>("RFC7296-2-02")
      .when([](const IkeRequestSettled& r) {
        constexpr std::uint16_t kMust = 1280;
        constexpr std::uint16_t kLarge = 576;  // what every host takes (RFC 1122 §3.3.2)
        return is_fair(r) && r.request.size > kLarge && r.request.size <= kMust;
      })
      .require([](const IkeRequestSettled& r) { return r.response != nullptr; })
      .observed([](const IkeRequestSettled& r) {
        return fmt::format("{} octets: {}", r.request.size, reaction(r));
      });

  // Repeats (§2.1).
  book.add<IkeResponseSent>("RFC7296-2.1-01")
      .when([](const IkeResponseSent& r) {
        return r.sa != nullptr && r.request != nullptr && r.request_copies > 0;
      })
      .judge([](const IkeResponseSent& r) -> Outcome {
        if (r.copies <= r.request_copies) return true;
        const bool from_elsewhere =
            r.own().path.is_known() && !(received_on(*r.request) == r.own().path);
        if (from_elsewhere && r.copies <= 2 * r.request_copies)
          return {Outcome::Kind::pass, kSecondPath};
        return false;
      })
      .observed([](const IkeResponseSent& r) {
        return fmt::format("{} responses to {} requests", r.copies, r.request_copies);
      });
  book.add<IkeRequestSettled>("RFC7296-2.1-02")
      .when([](const IkeRequestSettled& r) {
        return came_in_force(r) && r.earlier != nullptr && r.earlier->digest == r.request.digest &&
               r.earlier_response != nullptr && r.response != nullptr && r.request.is_request();
      })
      .require([](const IkeRequestSettled& r) {
        return r.response->digest == r.earlier_response->digest;
      })
      .observed([](const IkeRequestSettled& r) {
        return fmt::format("the responses of frames {} and {} differ", r.earlier_response->frame,
                           r.response->frame);
      });
  book.add<IkeRequestSettled>("RFC7296-2.1-06")
      .when([](const IkeRequestSettled& r) {
        return is_init(r.request) && r.request.is_request() && r.earlier != nullptr &&
               r.earlier->digest == r.request.digest && r.earlier_response != nullptr &&
               // A half-open IKE SA may have been forgotten since.
               r.request.time - r.earlier->time < observer::kConvergence;
      })
      .judge([](const IkeRequestSettled& r) -> Outcome {
        if (r.response == nullptr) return Outcome::Kind::silence;
        if (r.response->digest != r.earlier_response->digest) return false;
        // Some repeat the response after IKE_AUTH as well.
        return came_in_force(r) ? Outcome(Outcome::Kind::warn) : Outcome(true);
      })
      .observed(reaction);
  book.add<IkeExchangeEnded>("RFC7296-2.1-04")
      .when([](const IkeExchangeEnded& x) { return x.response == nullptr || x.copies.size() >= 2; })
      .judge([](const IkeExchangeEnded& x) -> Outcome {
        if (x.copies.size() >= 2) return true;
        // The IKE SA ended otherwise, or the node had no time to repeat anything.
        const bool is_over = x.sa == nullptr || x.sa->state == observer::IkeSa::State::closed;
        const bool in_haste =
            x.next != nullptr && x.next->time - x.request.time < observer::kConvergence;
        if (in_haste || (is_over && !is_init(x.request) && !is_auth(x.request)))
          return Outcome::Kind::skip;
        return false;
      })
      .observed([](const IkeExchangeEnded&) -> std::string {
        return "not answered, and sent only once";
      });
  book.add<IkeRequestSent>("RFC7296-2.1-05")
      .when([](const IkeRequestSent& r) { return !is_new(r) && !is_retried_init(r); })
      .require([](const IkeRequestSent& r) { return r.request.digest == r.original->digest; })
      .observed([](const IkeRequestSent& r) {
        return fmt::format("other octets than in frame {}", r.original->frame);
      });

  // Message IDs (§2.2).
  book.add<IkeRequestSent>("RFC7296-2.2-01")
      .when([](const IkeRequestSent& r) {
        return !is_new(r) ||
               (r.previous != nullptr && r.previous_response == nullptr && is_opened(r.request) &&
                is_opened(*r.previous) && same_spis(r.request, *r.previous));
      })
      .require([](const IkeRequestSent& r) {
        return !is_new(r) || !says_the_same(r.request, *r.previous);
      })
      .evidence(ike::message::message_id);
  book.add<IkeRequestSent>("RFC7296-2.2-02")
      .when([](const IkeRequestSent& r) { return is_init(r.request) || is_auth(r.request); })
      .judge([](const IkeRequestSent& r) -> Outcome {
        if (is_init(r.request)) return r.request.message_id() == 0;
        if (!is_new(r)) return Outcome::Kind::skip;
        if (r.previous == nullptr) return Outcome::Kind::skip;
        return r.request.message_id() == (is_auth(*r.previous) ? r.previous->message_id() + 1 : 1);
      })
      .evidence(ike::message::message_id);
  book.add<IkeRequestSent>("RFC7296-2.2-03")
      .when([](const IkeRequestSent& r) {
        return is_new(r) && is_in_force(r) && r.sa->keys_known && is_opened(r.request);
      })
      .require(
          [](const IkeRequestSent& r) { return r.request.message_id() == r.own().next_request; })
      .evidence(ike::message::message_id)
      .observed([](const IkeRequestSent& r) {
        return fmt::format("message_id {} where {} is due", r.request.message_id(),
                           r.own().next_request);
      });
  book.add<IkeRequestSent>("RFC7296-1.3.2-03")
      .itself({"rekey"})
      .when([](const IkeRequestSent& r) {
        return r.sa != nullptr && r.sa->replaces != 0 && is_new(r) && r.own().next_request == 0;
      })
      .require([](const IkeRequestSent& r) { return r.request.message_id() == 0; })
      .evidence(ike::message::message_id);
  book.add<IkeResponseSent>("RFC7296-2.2-04")
      .when([](const IkeResponseSent& r) {
        return r.sa != nullptr && r.original == nullptr && r.response.is_response();
      })
      .require([](const IkeResponseSent& r) {
        return r.request != nullptr && r.request->message_id() == r.response.message_id();
      })
      .evidence(ike::message::message_id);
  book.add<IkeRequestSettled>("RFC7296-2.2-05")
      .when([](const IkeRequestSettled& r) {
        return came_in_force(r) && is_opened(r.request) && r.request.is_request() &&
               r.request.message_id() < r.expected_id &&
               r.expected_id - r.request.message_id() > r.own().window;
      })
      .judge([](const IkeRequestSettled& r) -> Outcome {
        if (r.response == nullptr) return Outcome::Kind::silence;
        // The response may still be stored (§2.1).
        return r.earlier_response != nullptr && r.response->digest == r.earlier_response->digest;
      })
      .observed(reaction);

  // Windows (§2.3).
  of_messages(book, "RFC7296-2.3-01", [](auto& rule) {
    rule.itself({"window"})
        .when([](const auto& f) {
          return is_opened(f.primary()) && f.primary().carries(notify::named("set-window-size"));
        })
        .require([](const auto& f) {
          return all_have(f.primary(), notify::named("set-window-size"), 4, 4);
        })
        .evidence(notify::named("set-window-size"));
  });
  const auto window_text = [](const IkeRequestSent& r) {
    return fmt::format("{} requests unanswered, the window is {}", r.own().unanswered + 1,
                       r.peer().window);
  };
  book.add<IkeRequestSent>("RFC7296-2.3-02")
      .when([](const IkeRequestSent& r) {
        return is_new(r) && is_in_force(r) && r.peer().window == 1;
      })
      .require([](const IkeRequestSent& r) { return r.own().unanswered < 1; })
      .evidence(ike::message::message_id)
      .observed(window_text);
  book.add<IkeRequestSent>("RFC7296-2.3-04")
      .when([](const IkeRequestSent& r) {
        return is_new(r) && is_in_force(r) && r.peer().window > 1;
      })
      .require([](const IkeRequestSent& r) { return r.own().unanswered < r.peer().window; })
      .evidence(ike::message::message_id)
      .observed(window_text);
  book.add<IkeRequestSettled>("RFC7296-2.3-03")
      .when([](const IkeRequestSettled& r) {
        return is_fair(r) && is_due(r) && r.own().unanswered > 0;
      })
      .require([](const IkeRequestSettled& r) { return r.response != nullptr; })
      .observed(reaction);
  book.add<IkeRequestSettled>("RFC7296-2.3-05")
      .when([](const IkeRequestSettled& r) {
        return came_in_force(r) && is_opened(r.request) && r.request.is_request() &&
               r.request.message_id() >= r.expected_id + r.own().window;
      })
      .judge(unanswered)
      .observed(reaction);

  // Repeats come at growing intervals, and only they tell that a peer is dead (§2.4).
  book.add<IkeRequestSent>("RFC7296-2.4-05")
      .when([](const IkeRequestSent& r) {
        constexpr std::uint32_t kCeiling = 5;  // from there on an implementation may cap them
        return !is_new(r) && r.copies <= kCeiling && r.previous_interval > observer::Duration{} &&
               !is_retried_init(r) && !is_path_test(r) && !has_moved_lately(r);
      })
      .require([](const IkeRequestSent& r) { return r.interval * 10 >= r.previous_interval * 11; })
      .observed([](const IkeRequestSent& r) {
        return fmt::format("repeated after {:.3f} s, the time before after {:.3f} s",
                           seconds(r.interval), seconds(r.previous_interval));
      })
      .missed_by([](const IkeRequestSent& r) { return r.previous_interval - r.interval; });
  book.add<IkeSaChanged>("RFC7296-2.4-03")
      .when([](const IkeSaChanged& c) {
        return c.what == IkeSaChanged::What::abandoned && c.other != nullptr && c.is_client() &&
               c.own().request && c.own().request.answered == net::Time{};
      })
      .require([](const IkeSaChanged& c) { return c.own().request.copies >= 2; })
      .observed([](const IkeSaChanged& c) {
        return fmt::format("given up for another one after one request, in frame {}",
                           c.own().request.frame);
      });

  // Addresses (§2.11, §2.6).
  book.add<IkeResponseSent>("RFC7296-2.11-02")
      .when([](const IkeResponseSent& r) { return r.request != nullptr; })
      .judge(goes_back)
      .observed(sent_path<IkeResponseSent>);
  book.add<IkeRequestSettled>("RFC7296-2.11-01")
      .when([](const IkeRequestSettled& r) {
        return is_fair(r) && r.request.source_port != ike::kPort &&
               r.request.source_port != ike::kNatPort;
      })
      .require([](const IkeRequestSettled& r) { return r.response != nullptr; })
      .observed(reaction);
  book.add<IkeRequestSettled>("RFC7296-2.6-02")
      .when([](const IkeRequestSettled& r) {
        return is_due(r) && is_fair(r) && r.own().path.is_known() &&
               r.request.source != r.own().path.remote;
      })
      .require([](const IkeRequestSettled& r) { return r.response != nullptr; })
      .observed(reaction);
}

}  // namespace mipvet::rules

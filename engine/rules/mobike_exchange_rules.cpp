#include "engine/rules/mobike_words.h"
#include "engine/rules/rule_files.h"

// RFC 4555 §1.2, §3.3, §3.5-3.8, §5.1: the exchanges of MOBIKE and what is answered to them.

namespace mipvet::rules {

namespace {

/// The IKE SA is not used any more: closed, or left alone.
bool is_given_up(const IkeExchangeEnded& x) {
  if (x.next != nullptr && same_spis(*x.next, x.request)) return deletes_ike_sa(*x.next);
  return x.sa == nullptr || !x.sa->is_alive() ||
         x.own().last_sent - x.response->time <= observer::kSwitch;
}
std::string goes_on(const IkeExchangeEnded& x) {
  return x.next == nullptr
             ? fmt::format("packets were sent after the response of frame {}", x.response->frame)
             : fmt::format("it goes on with frame {}", x.next->frame);
}

/// Its node moved while it was not answered.
bool saw_a_move(const IkeExchangeEnded& x) {
  return std::ranges::any_of(x.paths,
                             [&](const Path& path) { return path.local != x.request.source; });
}
bool is_another(const IkeMessage* m, const IkeExchangeEnded& x) {
  return m != nullptr && changes_addresses(*m) && m->message_id() != x.request.message_id();
}
bool is_repeated_anew(const IkeExchangeEnded& x) {
  return is_another(x.next, x) || is_another(x.next_but_one, x);
}
/// Its node could ask again in this IKE SA: it has the response, or did ask. One that went
/// elsewhere leaves it waiting.
bool may_go_on(const IkeExchangeEnded& x) {
  // A wrong COOKIE2 ends the IKE SA (RFC 4555 §3.7).
  if (has_wrong_cookie2(x)) return false;
  return has_its_response(x) || (x.next != nullptr && same_spis(*x.next, x.request));
}
/// A list is told again by a list: an update alone says nothing of other addresses.
bool is_listed_anew(const IkeExchangeEnded& x) {
  if (!is_list(x.request)) return is_repeated_anew(x);
  return (is_another(x.next, x) && is_list(*x.next)) ||
         (is_another(x.next_but_one, x) && is_list(*x.next_but_one));
}

/// An INFORMATIONAL request that asks for nothing but an answer.
bool is_check(const IkeMessage* message) {
  return message != nullptr && is_informational(*message) && is_opened(*message) &&
         std::ranges::all_of(message->payloads(), [](const observer::PayloadPlace& place) {
           return place.layout == &ike::encrypted::layout;
         });
}

/// Answered under the protection of the IKE SA, whatever became of that later.
bool is_answered(const IkeRequestSettled& r) {
  return r.sa != nullptr && is_opened(r.request) && r.request.is_request() &&
         r.request.message_id() == r.expected_id && r.earlier == nullptr && r.response != nullptr &&
         is_opened(*r.response);
}

/// A newer one of its kind had been answered before it came (RFC 4555 §3.5, §3.6).
bool was_overtaken(const IkeMessage& request, const observer::IkeRequestMemory& newest) {
  return newest && request.message_id() < newest.message_id && newest.answered != net::Time{} &&
         newest.answered < request.time;
}

bool comes_from_elsewhere(const IkeResponseSent& r) {
  return r.request != nullptr && r.own().path.is_known() &&
         !(received_on(*r.request) == r.own().path);
}

void add_path_rules(RuleBook& book) {
  book.add<IkeResponseSent>("RFC4555-1.2-03")
      .when([](const IkeResponseSent& r) { return !r.is_client() && comes_from_elsewhere(r); })
      .judge(goes_back)
      .observed(sent_path<IkeResponseSent>);
  book.add<IkeResponseSent>("RFC4555-1.2-04")
      .when([](const IkeResponseSent& r) { return r.is_client() && comes_from_elsewhere(r); })
      .judge(goes_back)
      .observed(sent_path<IkeResponseSent>);
  book.add<IkeRequestSettled>("RFC4555-3.10-02")
      .when([](const IkeRequestSettled& r) {
        return is_fair(r) && is_due(r) && is_informational(r.request) && r.own().path.is_known() &&
               r.request.destination != r.own().path.local;
      })
      .require([](const IkeRequestSettled& r) {
        return r.response != nullptr && mirrors(*r.response, r.request);
      })
      .observed(reaction);

  // Port 4500 (§3.3; A2).
  book.add<IkeRequestSent>("RFC4555-3.3-03")
      .when([](const IkeRequestSent& r) { return r.is_client() && is_in_force(r); })
      .require([](const IkeRequestSent& r) { return r.request.destination_port == ike::kNatPort; })
      .in_udp(wire::udp::destination_port);
  book.add<IkeRequestSent>("RFC4555-3.3-03")
      .itself({"mobike"})
      .when([](const IkeRequestSent& r) {
        return r.is_client() && is_auth(r.request) && is_opened(r.request) &&
               r.request.carries(kMobikeSupported);
      })
      .judge([](const IkeRequestSent& r) -> Outcome {
        return r.request.destination_port == ike::kNatPort ? Outcome(true)
                                                           : Outcome(Outcome::Kind::warn);
      })
      .in_udp(wire::udp::destination_port);
  book.add<IkeRequestSettled>("RFC4555-3.3-04")
      .itself({"mobike"})
      .when([](const IkeRequestSettled& r) {
        return is_auth(r.request) && r.request.is_request() && is_opened(r.request) &&
               !is_further_auth(r.request) && r.earlier == nullptr &&
               r.request.destination_port == ike::kNatPort;
      })
      .require([](const IkeRequestSettled& r) {
        return r.response != nullptr && r.response->source_port == ike::kNatPort &&
               r.response->has_marker;
      })
      .observed(reaction);
  book.add<IkeRequestSent>("RFC4555-3.3-05")
      .when([](const IkeRequestSent& r) {
        // A gateway goes where its client is.
        return !r.is_client() && is_in_force(r) && r.own().path.local_port != ike::kPort;
      })
      .require([](const IkeRequestSent& r) { return r.request.source_port == ike::kNatPort; })
      .in_udp(wire::udp::source_port);
}

void add_update_request_rules(RuleBook& book) {
  book.add<IkeRequestSent>("RFC4555-2.2-01")
      .when([](const IkeRequestSent& r) {
        return r.is_client() && r.original == nullptr && is_opened(r.request) &&
               is_update(r.request);
      })
      .require([](const IkeRequestSent& r) {
        return is_informational(r.request) && (r.stay == nullptr || r.stay->address.is_zero() ||
                                               r.request.source == r.stay->address);
      })
      .in_ip(wire::ip::source);
  // A new IKE SA without any try to keep the one that there was (A21).
  book.add<IkeRequestSent>("RFC4555-2.2-01")
      .itself({"mobike", "natt"})
      .when([](const IkeRequestSent& r) {
        return is_init(r.request) && r.original == nullptr && r.stay != nullptr &&
               r.stay->had_mobike && !r.stay->is_trusted() && !r.stay->ike_deleted;
      })
      .judge([](const IkeRequestSent& r) -> Outcome {
        return r.stay->update ? Outcome(Outcome::Kind::skip) : Outcome(Outcome::Kind::warn);
      })
      .observed([](const IkeRequestSent&) -> std::string {
        return "a new IKE_SA_INIT without any UPDATE_SA_ADDRESSES";
      });
  book.add<IkeRequestSent>("RFC4555-3.5-06")
      .when([](const IkeRequestSent& r) {
        return r.is_client() && r.original == nullptr && is_opened(r.request) &&
               is_update(r.request);
      })
      .require([](const IkeRequestSent& r) { return r.own().unanswered < r.peer().window; })
      .evidence(ike::message::message_id)
      .observed([](const IkeRequestSent& r) {
        return fmt::format("{} other requests are unanswered, the window is {}", r.own().unanswered,
                           r.peer().window);
      });
  const auto first_update = [](const IkeRequestSent& r) {
    return r.is_client() && r.original == nullptr && is_opened(r.request) && is_update(r.request);
  };
  book.add<IkeRequestSent>("RFC4555-3.5-08").when(first_update).require([](const auto& r) {
    return has_nat_detection(r.request);
  });
  book.add<IkeRequestSent>("RFC4555-3.5-09")
      .when([](const IkeRequestSent& r) {
        return r.is_client() && r.original == nullptr && is_opened(r.request) &&
               is_update(r.request) && r.request.nat_destination != Check::absent &&
               r.request.nat_destination != Check::unknown;
      })
      .require([](const IkeRequestSent& r) { return r.request.nat_destination == Check::valid; })
      .evidence(kNatDestination);
  book.add<IkeRequestSent>("RFC4555-3.8-05")
      .when([](const IkeRequestSent& r) {
        return r.is_client() && r.own().behind_nat && r.original == nullptr &&
               is_opened(r.request) && is_informational(r.request) &&
               std::ranges::all_of(r.request.payloads(), [](const PayloadPlace& place) {
                 return place.layout == &ike::encrypted::layout || place.layout == &kNatSource ||
                        place.layout == &kNatDestination;
               });
      })
      .require([](const IkeRequestSent& r) { return has_nat_detection(r.request); });
  book.add<IkeRequestSent>("RFC4555-3.6-04")
      .when([](const IkeRequestSent& r) {
        return is_in_force(r) && r.peer().address_count > 0 && r.own().path.is_known();
      })
      .require([](const IkeRequestSent& r) {
        const auto listed = r.peer().listed();
        return r.request.destination == r.own().path.remote ||
               std::ranges::find(listed, r.request.destination) != listed.end();
      })
      .in_ip(wire::ip::destination);

  // Unanswered while the node moves (§3.5, §3.6; A6, A12).
  book.add<IkeExchangeEnded>("RFC4555-3.5-05")
      .when([](const IkeExchangeEnded& x) {
        const bool left_behind = x.response == nullptr && x.next != nullptr &&
                                 same_spis(*x.next, x.request) && !x.paths.empty() &&
                                 x.next->source != x.paths.back().local;
        return x.is_client() && (saw_a_move(x) || left_behind);
      })
      .require([](const IkeExchangeEnded& x) { return saw_a_move(x) && x.identical; })
      .observed([](const IkeExchangeEnded& x) {
        return fmt::format(
            "{} copies, {}", x.copies.size(),
            !saw_a_move(x) ? "none of them from the new address" : "not all of them the same");
      });
  for (const char* id : {"RFC4555-3.5-10", "RFC4555-3.5-22"})
    book.add<IkeExchangeEnded>(id)
        .when([](const IkeExchangeEnded& x) {
          return x.is_client() && is_update(x.request) && saw_a_move(x) && may_go_on(x);
        })
        .require(is_repeated_anew);
  book.add<IkeExchangeEnded>("RFC4555-3.6-10")
      .when([](const IkeExchangeEnded& x) {
        return changes_addresses(x.request) && saw_a_move(x) && may_go_on(x);
      })
      .judge([](const IkeExchangeEnded& x) -> Outcome {
        if (is_listed_anew(x)) return true;
        // A check of the path may have come first; what was asked after these two is not told.
        return is_check(x.next) || is_check(x.next_but_one) ? Outcome(Outcome::Kind::skip)
                                                            : Outcome(false);
      });
}

void add_answer_rules(RuleBook& book) {
  book.add<IkeRequestSettled>("RFC4555-3.5-15")
      .when([](const IkeRequestSettled& r) {
        return ((is_fair(r) && is_due(r)) || is_answered(r)) && is_informational(r.request) &&
               is_update(r.request) && !is_refused(r.response);
      })
      .require([](const IkeRequestSettled& r) {
        return r.response != nullptr && is_informational(*r.response) &&
               r.response->error() == nullptr;
      })
      .observed(reaction);
  book.add<IkeRequestSettled>("RFC4555-1.3-01")
      .itself({"mobike", "rekey"})
      .when([](const IkeRequestSettled& r) {
        return ((is_fair(r) && is_due(r)) || is_answered(r)) && is_update(r.request) &&
               is_mobike(r) && r.sa->replaces != 0 && r.sa->initiator != observer::kClient;
      })
      .require([](const IkeRequestSettled& r) {
        return r.response != nullptr && r.response->error() == nullptr;
      })
      .observed(reaction);
  book.add<IkeRequestSettled>("RFC4555-3.5-11")
      .itself({"window"})
      .when([](const IkeRequestSettled& r) {
        return is_in_force(r) && is_opened(r.request) && is_update(r.request) &&
               r.earlier == nullptr && r.own().window > 1 &&
               was_overtaken(r.request, r.peer().update);
      })
      .require([](const IkeRequestSettled& r) {
        return r.response != nullptr && r.response->error() == nullptr;
      })
      .observed(reaction);
  book.add<IkeRequestSettled>("RFC4555-3.6-06")
      .itself({"window"})
      .when([](const IkeRequestSettled& r) {
        return is_in_force(r) && is_opened(r.request) && is_list(r.request) &&
               r.earlier == nullptr && r.own().window > 1 &&
               was_overtaken(r.request, r.peer().address_list);
      })
      .require([](const IkeRequestSettled& r) {
        return r.response != nullptr && r.response->error() == nullptr;
      })
      .observed(reaction);
  book.add<IkeRequestSettled>("RFC4555-3.6-05")
      .when([](const IkeRequestSettled& r) {
        return is_fair(r) && is_due(r) && is_informational(r.request) && is_list(r.request) &&
               !is_update(r.request) && !is_refused(r.response);
      })
      .require([](const IkeRequestSettled& r) {
        return r.response != nullptr && r.response->error() == nullptr;
      })
      .observed(reaction);
  book.add<IkeRequestSettled>("RFC4555-3.6-09")
      .when([](const IkeRequestSettled& r) {
        return ((is_fair(r) && is_due(r)) || is_answered(r)) && is_update(r.request) &&
               is_list(r.request) && !is_refused(r.response);
      })
      .require([](const IkeRequestSettled& r) {
        return r.response != nullptr && r.response->error() == nullptr;
      })
      .observed(reaction);

  // COOKIE2 (§3.7; A13).
  book.add<IkeResponseSent>("RFC4555-3.7-05")
      .when([](const IkeResponseSent& r) {
        return r.request != nullptr && is_informational(*r.request) && is_opened(*r.request) &&
               is_opened(r.response) && r.request->carries(kCookie2) &&
               all_have(*r.request, kCookie2, 8, 64) &&
               (r.response.carries(kCookie2) || !is_refused(&r.response));
      })
      .require([](const IkeResponseSent& r) {
        return r.response.count(kCookie2) == 1 &&
               same_octets(notified(r.response, kCookie2), notified(*r.request, kCookie2));
      })
      .evidence(kCookie2)
      .observed([](const IkeResponseSent& r) {
        return fmt::format("{} COOKIE2 with {} octets", r.response.count(kCookie2),
                           notified(r.response, kCookie2).size());
      });
  for (const char* id : {"RFC4555-3.7-06", "RFC4555-3.7-07"})
    book.add<IkeExchangeEnded>(id).when(has_wrong_cookie2).require(is_given_up).observed(goes_on);

  // NAT detection (§3.8).
  book.add<IkeResponseSent>("RFC4555-3.8-02")
      .when([](const IkeResponseSent& r) {
        return r.request != nullptr && is_informational(*r.request) && is_opened(*r.request) &&
               is_opened(r.response) && has_nat_detection(*r.request) && !is_refused(&r.response);
      })
      .require([](const IkeResponseSent& r) { return has_nat_detection(r.response); });
  book.add<IkeResponseSent>("RFC4555-3.8-03")
      .when([](const IkeResponseSent& r) {
        return is_informational(r.response) && r.original == nullptr &&
               (r.response.nat_destination == Check::valid ||
                r.response.nat_destination == Check::invalid);
      })
      .require([](const IkeResponseSent& r) { return r.response.nat_destination == Check::valid; })
      .evidence(kNatDestination);

  // Only what the IKE SA protects is obeyed (§5.1).
  book.add<IkeRequestSettled>("RFC4555-5.1-01")
      .itself({"mobike"})
      .when([](const IkeRequestSettled& r) {
        return is_mobike(r) && is_informational(r.request) && r.request.is_request() &&
               (r.request.protection == Protection::not_authentic ||
                (r.request.protection == Protection::clear && is_update(r.request)));
      })
      .judge([](const IkeRequestSettled& r) -> Outcome {
        // The answer to a good copy that came as well is none to this one.
        if (r.request_copies > 1 && r.response != nullptr) return Outcome::Kind::skip;
        return unanswered(r);
      })
      .observed(reaction);
  book.add<IkeRequestSettled>("RFC4555-5.1-02")
      .when([](const IkeRequestSettled& r) {
        return is_informational(r.request) && is_opened(r.request) && is_update(r.request) &&
               r.earlier != nullptr && r.earlier->digest == r.request.digest &&
               r.request.source != r.earlier->source;
      })
      .judge([](const IkeRequestSettled& r) -> Outcome {
        if (r.response == nullptr) return Outcome::Kind::silence;
        return r.earlier_response == nullptr || r.response->digest == r.earlier_response->digest;
      })
      .observed(reaction);
}

}  // namespace

void add_mobike_exchange_rules(RuleBook& book) {
  add_path_rules(book);
  add_update_request_rules(book);
  add_answer_rules(book);
}

}  // namespace mipvet::rules

#include "engine/rules/ike_proposal_words.h"
#include "engine/rules/rule_files.h"

// RFC 7296 §1.2 and §2.6, §2.7, §3.3.6: IKE_SA_INIT, cookies and the key exchange that was refused.

namespace mipvet::rules {

namespace {

bool is_complete(const IkeMessage& m) {
  return m.count(ike::security_association::layout) == 1 &&
         m.count(ike::key_exchange::layout) == 1 && m.count(ike::nonce::layout) == 1;
}

/// It goes on: neither refused nor put off by a cookie.
bool is_success(const IkeMessage& response) {
  return response.error() == nullptr && !response.carries(kCookie);
}

bool ended_with(const IkeExchangeEnded& x, std::uint16_t type) {
  return is_init(x.request) && x.response != nullptr && x.response->error_type() == type;
}
bool is_cookie(wire::Bytes data) {
  return !data.empty() && data.size() <= 64;
}
/// With what is a cookie: who gets another thing may do as it likes.
bool was_put_off(const IkeExchangeEnded& x) {
  return is_init(x.request) && x.response != nullptr && x.response->carries(kCookie) &&
         is_cookie(notified(*x.response, kCookie));
}
/// A genuine answer came as well, and the node went on with that.
bool went_on(const IkeExchangeEnded& x) {
  return x.next != nullptr && is_auth(*x.next);
}
bool begins_again(const IkeExchangeEnded& x) {
  return x.next != nullptr && is_init(*x.next);
}

std::uint64_t wanted_group(const IkeExchangeEnded& x) {
  return x.response->payload(kInvalidKePayload)[notify::group];
}
std::uint64_t group_of(const IkeMessage& m) {
  return m.payload(ike::key_exchange::layout)[ike::key_exchange::group];
}
bool names_offered_group(const IkeExchangeEnded& x) {
  return ended_with(x, error::kInvalidKePayload) && !went_on(x) &&
         offers_group(x.request, wanted_group(x));
}

/// Each transform of one message stands in the other.
bool keeps_offer(const IkeMessage& from, const IkeMessage& to) {
  return all_of(from, ike::transform::layout, [&](const PayloadPlace& place, const auto&) {
    return !all_of(to, ike::transform::layout, [&](const PayloadPlace& other, const auto&) {
      return !same_transform(from, place, to, other);
    });
  });
}

/// What stands behind the header and any cookie before it.
wire::Bytes behind_cookie(const IkeMessage& m) {
  std::size_t begin = ike::ike_sa_init.minimum;
  if (m.payload_count > 0 && m.payloads().front().layout == &kCookie)
    begin += octets_of(m, m.payloads().front()).size();
  return m.bytes().subspan(std::min<std::size_t>(begin, m.size));
}

bool has_cookie_first(const IkeMessage& m, wire::Bytes cookie) {
  return m.payload_count > 0 && m.payloads().front().layout == &kCookie &&
         same_octets(notified(m, kCookie), cookie);
}

/// It deletes the CHILD_SA that was to be replaced, as if there were another one.
bool deletes_rekeyed(const IkeMessage& m, const IkeMessage& rekey) {
  const wire::View old = rekey.payload(kRekeySa);
  const wire::View deletion = m.payload(ike::delete_::layout);
  if (!old || !deletion || deletion[ike::delete_::protocol_id] != ike::kProtocolEsp) return false;
  const wire::Bytes spi = old.octets(notify::spi);
  const wire::Bytes deleted = deletion.octets(ike::delete_::spis);
  // Not std::ranges::search: clang 14 cannot read that of g++ 12's library.
  return !spi.empty() &&
         std::search(deleted.begin(), deleted.end(), spi.begin(), spi.end()) != deleted.end();
}

/// Nothing about its nonce and its key exchange data gives a reason to refuse it.
bool has_usable_keys(const IkeRequestSettled& r) {
  const std::size_t nonce = r.request.payload(ike::nonce::layout).octets(ike::nonce::data).size();
  const wire::View exchange = r.request.payload(ike::key_exchange::layout);
  const std::size_t size = key_exchange_size(exchange[ike::key_exchange::group]);
  return nonce >= 16 && nonce <= 256 &&
         (size == 0 || exchange.octets(ike::key_exchange::data).size() == size);
}

}  // namespace

void add_ike_init_rules(RuleBook& book) {
  book.add<IkeRequestSent>("RFC7296-1.2-01")
      .when([](const IkeRequestSent& r) { return is_init(r.request) && is_read(r.request); })
      .require([](const IkeRequestSent& r) { return is_complete(r.request); });

  book.add<IkeResponseSent>("RFC7296-1.2-02")
      .when([](const IkeResponseSent& r) {
        return is_init(r.response) && is_read(r.response) && is_success(r.response);
      })
      .require([](const IkeResponseSent& r) {
        return is_complete(r.response) && chosen(r.response) != nullptr;
      });

  // A refused group (§1.2, §2.7).
  book.add<IkeExchangeEnded>("RFC7296-1.2-09")
      .when(names_offered_group)
      .require([](const IkeExchangeEnded& x) {
        return begins_again(x) && group_of(*x.next) == wanted_group(x);
      })
      .observed([](const IkeExchangeEnded& x) {
        return begins_again(x)
                   ? fmt::format("group {} where {} is wanted", group_of(*x.next), wanted_group(x))
                   : std::string("it does not begin again");
      });
  book.add<IkeExchangeEnded>("RFC7296-1.2-10")
      .when([](const IkeExchangeEnded& x) { return names_offered_group(x) && begins_again(x); })
      .require([](const IkeExchangeEnded& x) { return keeps_offer(x.request, *x.next); });
  book.add<IkeExchangeEnded>("RFC7296-1.2-11")
      .when([](const IkeExchangeEnded& x) {
        return ended_with(x, error::kInvalidKePayload) && !offers_group(x.request, wanted_group(x));
      })
      .require([](const IkeExchangeEnded& x) {
        return !begins_again(x) || group_of(*x.next) != wanted_group(x);
      });

  // SPIs (§2.6).
  book.add<IkeRequestSent>("RFC7296-2.6-01")
      .when([](const IkeRequestSent& r) { return is_init(r.request); })
      .require([](const IkeRequestSent& r) { return r.request.initiator_spi() != 0; })
      .evidence(ike::message::initiator_spi);
  book.add<IkeResponseSent>("RFC7296-2.6-01")
      .when([](const IkeResponseSent& r) {
        return is_init(r.response) && is_read(r.response) && is_success(r.response);
      })
      .require([](const IkeResponseSent& r) { return r.response.responder_spi() != 0; })
      .evidence(ike::message::responder_spi);

  book.add<IkeSaChanged>("RFC7296-2.6-01")
      .when([](const IkeSaChanged& c) { return c.what == IkeSaChanged::What::rekeyed; })
      .require([](const IkeSaChanged& c) {
        // Both are there until the old one is deleted.
        return c.own().spi != c.other->sides[c.side].spi;
      })
      .observed([](const IkeSaChanged& c) {
        return fmt::format("SPI {:016x} for the IKE SA that has it and for the new one",
                           c.own().spi);
      });

  // Cookies (§2.6).
  book.add<IkeExchangeEnded>("RFC7296-2.6-03")
      .when([](const IkeExchangeEnded& x) {
        return was_put_off(x) && x.response->responder_spi() != 0 && !went_on(x);
      })
      .require([](const IkeExchangeEnded& x) {
        return begins_again(x) && x.next->carries(kCookie) && x.next->responder_spi() == 0;
      });
  book.add<IkeResponseSent>("RFC7296-2.6-05")
      .itself({"cookie"})
      .when([](const IkeResponseSent& r) {
        return is_init(r.response) && r.response.carries(kCookie);
      })
      .require([](const IkeResponseSent& r) { return is_cookie(notified(r.response, kCookie)); })
      .evidence(kCookie);
  book.add<IkeExchangeEnded>("RFC7296-2.6-06")
      .when([](const IkeExchangeEnded& x) { return was_put_off(x) && !went_on(x); })
      .require([](const IkeExchangeEnded& x) {
        return begins_again(x) && has_cookie_first(*x.next, notified(*x.response, kCookie)) &&
               x.next->initiator_spi() == x.request.initiator_spi() &&
               same_octets(behind_cookie(*x.next), behind_cookie(x.request));
      })
      .observed([](const IkeExchangeEnded& x) -> std::string {
        if (!begins_again(x)) return "it does not begin again";
        return fmt::format("frame {} is not the request of frame {} with this cookie before it",
                           x.next->frame, x.request.frame);
      });
  book.add<IkeRequestSettled>("RFC7296-2.6-07")
      .when([](const IkeRequestSettled& r) {
        return is_fresh_init(r) && is_fair(r) && r.request.carries(kCookie) && has_usable_keys(r);
      })
      .require(is_taken)
      .observed(reaction);
  book.add<IkeExchangeEnded>("RFC7296-2.6.1-01")
      .when([](const IkeExchangeEnded& x) {
        return (names_offered_group(x) && x.request.carries(kCookie)) ||
               (was_put_off(x) && !went_on(x) && x.request.carries(kCookie));
      })
      .require([](const IkeExchangeEnded& x) {
        if (!begins_again(x)) return false;
        return x.response->carries(kCookie)
                   ? has_cookie_first(*x.next, notified(*x.response, kCookie))
                   : group_of(*x.next) == wanted_group(x);
      });

  // The client keeps to what it offered (§3.3.6).
  book.add<IkeExchangeEnded>("RFC7296-3.3.6-02")
      .when([](const IkeExchangeEnded& x) {
        return is_init(x.request) && x.response != nullptr && is_success(*x.response) &&
               x.response->carries(ike::proposal::layout) && !is_malformed(*x.response);
      })
      .judge([](const IkeExchangeEnded& x) -> Outcome {
        const PayloadPlace* choice = chosen(*x.response);
        const PayloadPlace* proposal =
            choice == nullptr ? nullptr : offered(x.request, *x.response, *choice);
        const bool fits = proposal != nullptr && was_offered(x.request, *x.response) &&
                          picks_one_each(x.request, *proposal, *x.response, *choice);
        return fits || !went_on(x);
      })
      .observed([](const IkeExchangeEnded& x) {
        return fmt::format("it goes on with frame {}, with a suite that it did not offer",
                           x.next->frame);
      });

  // An error that is not known is an error all the same (§3.10.1).
  book.add<IkeExchangeEnded>("RFC7296-3.10.1-01")
      .when([](const IkeExchangeEnded& x) {
        return x.response != nullptr && is_read(*x.response) && x.response->error() != nullptr &&
               x.response->error()->layout == &notify::layout && !is_informational(x.request);
      })
      .require([](const IkeExchangeEnded& x) {
        if (is_init(x.request)) return !went_on(x);
        if (is_child(x.request)) return x.next == nullptr || !deletes_rekeyed(*x.next, x.request);
        // Refused in IKE_AUTH, all that may follow is the end of it.
        return x.next == nullptr || is_init(*x.next) || deletes_ike_sa(*x.next) ||
               x.response->carries(ike::authentication::layout);
      });
}

}  // namespace mipvet::rules

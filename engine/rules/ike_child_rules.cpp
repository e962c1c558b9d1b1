#include "engine/rules/ike_proposal_words.h"
#include "engine/rules/rule_files.h"
#include "engine/wire/esp.h"

// RFC 7296 §1.3, §1.4.1, §2.8, §2.25: CREATE_CHILD_SA, rekeying and deleting.

namespace mipvet::rules {

using observer::ChildSaChanged;
using observer::EspSent;

namespace {

constexpr auto kAtOnce = std::chrono::seconds(1);

bool is_success(const IkeResponseSent& r) {
  return is_child(r.response) && is_opened(r.response) && r.response.error() == nullptr &&
         r.request != nullptr && is_opened(*r.request);
}
bool is_child_sa_answer(const IkeMessage& m) {
  return m.carries(ike::security_association::layout) && m.carries(ike::nonce::layout) &&
         m.carries(ike::traffic_selectors::initiator) &&
         m.carries(ike::traffic_selectors::responder);
}
bool is_ike_rekey_complete(const IkeMessage& m) {
  return m.carries(ike::nonce::layout) && m.carries(ike::key_exchange::layout) &&
         !m.carries(ike::traffic_selectors::initiator) &&
         !m.carries(ike::traffic_selectors::responder) &&
         all_of(m, ike::proposal::layout, [](const PayloadPlace&, const wire::View& view) {
           return view[ike::proposal::spi_size] == 8;
         });
}

std::uint64_t group_of(const IkeMessage& m) {
  return m.payload(ike::key_exchange::layout)[ike::key_exchange::group];
}

/// Whether something holds of each SPI of a CHILD_SA that a message deletes.
template <typename Holds>
bool all_deleted(const IkeMessage& m, Holds holds) {
  return !any_payload(m, [&](const PayloadPlace& place, const wire::View& view) {
    if (place.layout != &ike::delete_::layout ||
        view[ike::delete_::protocol_id] != ike::kProtocolEsp)
      return false;
    const wire::Bytes spis = data_of(m, place, ike::delete_::layout.minimum);
    for (std::size_t i = 0; i + 4 <= spis.size(); i += 4)
      if (!holds(
              static_cast<std::uint32_t>(wire::read(spis.subspan(i), wire::number("spi", 0, 4)))))
        return true;
    return false;
  });
}
bool deletes(const IkeMessage& m, std::uint32_t spi) {
  return !all_deleted(m, [&](std::uint32_t one) { return one != spi; });
}
/// Of those below no CHILD_SA can have one (RFC 4303 §2.1): a peer that chose it is to blame for
/// what comes of it.
constexpr std::uint32_t kFirstSpi = 256;
bool deletes_usable_child_sa(const IkeMessage& m) {
  return !all_deleted(m, [](std::uint32_t spi) { return spi < kFirstSpi; });
}
/// Who answers a Delete has asked for one itself, and waits for the answer (RFC 7296 §1.4.1).
bool is_crossing(const IkeResponseSent& r) {
  return r.own_request != nullptr && is_opened(*r.own_request) && deletes_child_sa(*r.own_request);
}

/// The answer keeps to what was asked for; else nothing is rekeyed.
bool is_acceptable(const IkeExchangeEnded& x) {
  const auto keeps = [&](const wire::Layout& which) {
    return covers(selectors(x.request, which), selectors(*x.response, which));
  };
  return was_offered(x.request, *x.response) && keeps(ike::traffic_selectors::initiator) &&
         keeps(ike::traffic_selectors::responder);
}

/// What an old CHILD_SA has is offered for the new one, whatever else is.
bool offers_the_same(const IkeMessage& request, const observer::Suite& suite) {
  const auto offers = [&](std::uint64_t type, std::uint16_t id) {
    return id == 0 || !all_of(request, ike::transform::layout,
                              [&](const PayloadPlace&, const wire::View& view) {
                                return view[ike::transform::transform_type] != type ||
                                       view[ike::transform::transform_id] != id;
                              });
  };
  return offers(ike::transform::kEncryption, suite.encryption) &&
         offers(ike::transform::kIntegrity, suite.integrity);
}
bool same_suite(const observer::Suite& a, const observer::Suite& b) {
  return a.encryption == b.encryption && a.key_bits == b.key_bits && a.integrity == b.integrity &&
         a.esn == b.esn;
}
/// What a rekey asks for holds all that the old CHILD_SA had.
bool asks_for_the_same(const ChildSaChanged& c) {
  const std::uint8_t asking = c.by_judged ? c.side : std::uint8_t(1U - c.side);
  return offers_the_same(c.request, c.other->suite) &&
         covers(selectors(c.request, ike::traffic_selectors::initiator),
                c.other->from[asking].selectors) &&
         covers(selectors(c.request, ike::traffic_selectors::responder),
                c.other->from[1U - asking].selectors);
}
bool is_the_same(const ChildSaChanged& c) {
  return same_suite(c.child.suite, c.other->suite) &&
         std::ranges::all_of(std::array{0U, 1U}, [&](std::size_t side) {
           return covers(c.child.from[side].selectors, c.other->from[side].selectors) &&
                  covers(c.other->from[side].selectors, c.child.from[side].selectors);
         });
}

}  // namespace

void add_ike_child_rules(RuleBook& book) {
  // Making one (§1.3.1), rekeying the IKE SA (§1.3.2) or a CHILD_SA (§1.3.3).
  book.add<IkeResponseSent>("RFC7296-1.3-03")
      .itself({"rekey"})
      .when([](const IkeResponseSent& r) {
        return is_child(r.response) && is_opened(r.response) && r.request != nullptr &&
               r.request->carries(ike::key_exchange::layout);
      })
      .judge([](const IkeResponseSent& r) -> Outcome {
        if (r.response.error_type() == error::kInvalidKePayload) {
          const wire::Bytes data = notified(r.response, kInvalidKePayload);
          return data.size() == 2 &&
                 offers_group(*r.request, r.response.payload(kInvalidKePayload)[notify::group]);
        }
        const PayloadPlace* choice = chosen(r.response);
        const PayloadPlace* group =
            choice == nullptr ? nullptr : transform(r.response, *choice, ike::transform::kGroup);
        if (group == nullptr || transform_id(r.response, *group) == 0) return Outcome::Kind::skip;
        return transform_id(r.response, *group) == group_of(*r.request) &&
               group_of(r.response) == group_of(*r.request);
      })
      .evidence(ike::key_exchange::layout);
  book.add<IkeResponseSent>("RFC7296-1.3.1-01")
      .itself({"rekey"})
      .when([](const IkeResponseSent& r) {
        return is_success(r) && r.request->carries(ike::traffic_selectors::initiator);
      })
      .require([](const IkeResponseSent& r) { return is_child_sa_answer(r.response); });
  book.add<IkeResponseSent>("RFC7296-1.3.1-02")
      .itself({"transport"})
      .when([](const IkeResponseSent& r) {
        return r.request != nullptr && is_opened(*r.request) && is_opened(r.response) &&
               r.response.carries(ike::security_association::layout) &&
               !rekeys_ike_sa(r.response) &&
               (r.request->carries(kUseTransportMode) || r.response.carries(kUseTransportMode));
      })
      .require([](const IkeResponseSent& r) { return r.request->carries(kUseTransportMode); })
      .evidence(kUseTransportMode);
  of_messages(book, "RFC7296-1.3.2-01", [](auto& rule) {
    rule.itself({"rekey"})
        .when([](const auto& f) { return is_opened(f.primary()) && rekeys_ike_sa(f.primary()); })
        .require([](const auto& f) { return is_ike_rekey_complete(f.primary()); });
  });
  of_messages(book, "RFC7296-2.18-01", [](auto& rule) {
    rule.itself({"rekey"})
        .when([](const auto& f) { return is_opened(f.primary()) && rekeys_ike_sa(f.primary()); })
        .require([](const auto& f) { return f.primary().carries(ike::key_exchange::layout); });
  });
  book.add<IkeRequestSent>("RFC7296-1.3.3-01")
      .itself({"rekey"})
      .when([](const IkeRequestSent& r) {
        return is_opened(r.request) && r.request.carries(kRekeySa);
      })
      .require([](const IkeRequestSent& r) {
        const wire::View view = r.request.payload(kRekeySa);
        return view[notify::protocol_id] == ike::kProtocolEsp && view[notify::spi_size] == 4 &&
               view[ike::payload::length] == 12;
      })
      .evidence(kRekeySa);
  book.add<ChildSaChanged>("RFC7296-1.3.3-01")
      .itself({"rekey"})
      .when([](const ChildSaChanged& c) {
        return c.what == ChildSaChanged::What::rekeyed && c.by_judged && c.other != nullptr &&
               is_opened(c.request) && c.request.carries(kRekeySa);
      })
      .require([](const ChildSaChanged& c) {
        // Its inbound SPI: what its peer puts into packets for it.
        return c.request.payload(kRekeySa)[notify::spi] == c.other->from[1U - c.side].spi;
      })
      .observed([](const ChildSaChanged& c) {
        return fmt::format("REKEY_SA names SPI 0x{:08x}, the inbound one is 0x{:08x}",
                           c.request.payload(kRekeySa)[notify::spi],
                           c.other->from[1U - c.side].spi);
      });
  book.add<IkeResponseSent>("RFC7296-1.3.3-02")
      .itself({"rekey"})
      .when([](const IkeResponseSent& r) { return is_success(r) && r.request->carries(kRekeySa); })
      .require([](const IkeResponseSent& r) { return is_child_sa_answer(r.response); });
  book.add<IkeResponseSent>("RFC7296-2.22-01")
      .when([](const IkeResponseSent& r) {
        return r.request != nullptr && is_opened(*r.request) && is_opened(r.response) &&
               r.response.carries(ike::traffic_selectors::initiator);
      })
      .require([](const IkeResponseSent& r) {
        static constexpr const wire::Layout& kIpcomp = notify::named("ipcomp-supported");
        return r.response.count(kIpcomp) <= std::min<std::size_t>(1, r.request->count(kIpcomp));
      });

  // Deleting (§1.4.1).
  book.add<IkeRequestSettled>("RFC7296-1.4.1-01")
      .when([](const IkeRequestSettled& r) {
        return is_fair(r) && is_due(r) && deletes_child_sa(r.request);
      })
      .require([](const IkeRequestSettled& r) {
        return r.response != nullptr && r.response->error() == nullptr;
      })
      .observed(reaction);
  book.add<EspSent>("RFC7296-1.4.1-01")
      .when([](const EspSent& e) {
        // Reserved SPIs that a peer gives may stand for several SAs.
        return e.child != nullptr && !e.child->is_alive() &&
               e.message[wire::esp::spi] >= kFirstSpi &&
               e.place.time - e.child->deleted > kUnderWay;
      })
      .require([](const EspSent&) { return false; })
      .observed([](const EspSent& e) {
        return fmt::format("ESP with SPI 0x{:08x}, which was deleted", e.message[wire::esp::spi]);
      });
  book.add<IkeResponseSent>("RFC7296-1.4.1-02")
      .when([](const IkeResponseSent& r) {
        return r.request != nullptr && is_opened(*r.request) && is_opened(r.response) &&
               is_in_force(r) && deletes_usable_child_sa(*r.request) &&
               r.response.error() == nullptr && !is_crossing(r);
      })
      .require([](const IkeResponseSent& r) { return deletes_child_sa(r.response); });
  book.add<ChildSaChanged>("RFC7296-1.4.1-02")
      .when([](const ChildSaChanged& c) {
        return c.what == ChildSaChanged::What::deleted && !c.by_judged && c.response != nullptr &&
               is_opened(*c.response) && deletes_child_sa(*c.response) &&
               c.child.from[c.side].spi >= kFirstSpi;
      })
      .require([](const ChildSaChanged& c) {
        return deletes(*c.response, c.child.from[1U - c.side].spi);
      });
  book.add<IkeResponseSent>("RFC7296-1.4.1-03")
      .when([](const IkeResponseSent& r) {
        return r.request != nullptr && is_opened(*r.request) && is_opened(r.response) &&
               deletes_child_sa(*r.request) && is_crossing(r);
      })
      .require([](const IkeResponseSent& r) {
        return all_deleted(*r.own_request,
                           [&](std::uint32_t spi) { return !deletes(r.response, spi); });
      })
      .evidence(ike::delete_::layout);
  book.add<IkeRequestSettled>("RFC7296-1.4.1-04")
      .when([](const IkeRequestSettled& r) { return is_due(r) && deletes_ike_sa(r.request); })
      .judge([](const IkeRequestSettled& r) -> Outcome {
        if (r.response == nullptr || r.response->error() != nullptr) return false;
        const bool is_empty =
            !is_opened(*r.response) ||
            std::ranges::all_of(r.response->payloads(), [](const PayloadPlace& place) {
              return place.layout == &ike::encrypted::layout;
            });
        return is_empty ? Outcome(true) : Outcome(Outcome::Kind::warn);
      })
      .observed(reaction);

  book.add<EspSent>("RFC7296-1.4.1-04")
      .when([](const EspSent& e) {
        return e.child != nullptr && !e.child->is_alive() && e.sa != nullptr &&
               e.sa->state == observer::IkeSa::State::closed &&
               e.place.time - e.child->deleted > kUnderWay;
      })
      .require([](const EspSent&) { return false; })
      .observed([](const EspSent& e) {
        return fmt::format("ESP with SPI 0x{:08x}, of an IKE SA that was deleted",
                           e.message[wire::esp::spi]);
      });

  // Rekeying (§2.8).
  book.add<IkeRequestSettled>("RFC7296-2.8-04")
      .itself({"rekey"})
      .when([](const IkeRequestSettled& r) {
        // CHILD_SA_NOT_FOUND may be right: the request may name an SPI that nobody has.
        return is_fair(r) && is_due(r) && r.sa->replaces != 0 &&
               (r.request.carries(kRekeySa) || deletes_child_sa(r.request)) &&
               !(r.response != nullptr && r.response->error_type() == error::kChildSaNotFound);
      })
      .require(is_taken)
      .observed(reaction);
  // What rekeys an IKE SA deletes the old one; later than this is no more than remarkable.
  book.add<IkeExchangeEnded>("RFC7296-2.8-05")
      .itself({"rekey"})
      .when([](const IkeExchangeEnded& x) {
        return is_opened(x.request) && rekeys_ike_sa(x.request) && x.response != nullptr &&
               is_opened(*x.response) && x.response->error() == nullptr;
      })
      .judge([](const IkeExchangeEnded& x) -> Outcome {
        for (const IkeMessage* m : {x.next, x.next_but_one})
          if (m != nullptr && deletes_ike_sa(*m)) return same_spis(*m, x.request);
        return Outcome::Kind::warn;
      })
      .observed([](const IkeExchangeEnded&) -> std::string {
        return "no Delete of the IKE SA that was replaced";
      });
  book.add<IkeExchangeEnded>("RFC7296-2.8-05")
      .itself({"rekey"})
      .when([](const IkeExchangeEnded& x) {
        return is_opened(x.request) && deletes_ike_sa(x.request);
      })
      .require([](const IkeExchangeEnded& x) {
        return x.next == nullptr || !same_spis(*x.next, x.request);
      })
      .observed([](const IkeExchangeEnded& x) {
        return fmt::format("another request on the deleted IKE SA in frame {}", x.next->frame);
      });
  book.add<IkeSaChanged>("RFC7296-2.8-05")
      .itself({"rekey"})
      .when([](const IkeSaChanged& c) {
        return c.what == IkeSaChanged::What::abandoned && c.other != nullptr &&
               c.other->replaces == c.sa->number && c.other->initiator == c.side;
      })
      .judge([](const IkeSaChanged&) -> Outcome { return Outcome::Kind::warn; })
      .observed([](const IkeSaChanged&) -> std::string {
        return "the IKE SA that was replaced is not deleted";
      });
  book.add<ChildSaChanged>("RFC7296-2.8-03")
      .itself({"rekey"})
      .when([](const ChildSaChanged& c) {
        return c.what == ChildSaChanged::What::rekeyed && c.other != nullptr &&
               c.other->suite.encryption != 0 && is_opened(c.request);
      })
      .judge([](const ChildSaChanged& c) -> Outcome {
        if (is_the_same(c)) return true;
        // Either what was asked for was another, or the answer made another of it.
        return c.by_judged == asks_for_the_same(c) ? Outcome(Outcome::Kind::skip) : Outcome(false);
      });
  book.add<IkeExchangeEnded>("RFC7296-2.8-06")
      .itself({"rekey"})
      .when([](const IkeExchangeEnded& x) {
        return is_opened(x.request) && x.request.carries(kRekeySa) && x.response != nullptr &&
               is_opened(*x.response) && is_child_sa_answer(*x.response) && is_acceptable(x);
      })
      .require([](const IkeExchangeEnded& x) {
        if (x.next == nullptr) return false;
        return deletes_child_sa(*x.next) || deletes_ike_sa(*x.next) ||
               (x.next_but_one != nullptr && deletes_child_sa(*x.next_but_one));
      })
      .observed([](const IkeExchangeEnded&) -> std::string {
        return "no Delete of the CHILD_SA that was replaced";
      });
  book.add<ChildSaChanged>("RFC7296-2.9.2-01")
      .itself({"rekey"})
      .when([](const ChildSaChanged& c) {
        return c.what == ChildSaChanged::What::rekeyed && c.other != nullptr &&
               is_opened(c.request) && c.response != nullptr && is_opened(*c.response);
      })
      .judge([](const ChildSaChanged& c) -> Outcome {
        const std::uint8_t asking = c.by_judged ? c.side : std::uint8_t(1U - c.side);
        const auto keeps = [&](const IkeMessage& m) {
          return covers(selectors(m, ike::traffic_selectors::initiator),
                        c.other->from[asking].selectors) &&
                 covers(selectors(m, ike::traffic_selectors::responder),
                        c.other->from[1U - asking].selectors);
        };
        if (c.by_judged) return keeps(c.request);
        // Who answers is not to blame for what it was not offered.
        return keeps(c.request) ? Outcome(keeps(*c.response)) : Outcome(Outcome::Kind::skip);
      });

  // Not now, and not known (§2.25).
  book.add<IkeExchangeEnded>("RFC7296-2.25-02")
      .itself({"rekey"})
      .when([](const IkeExchangeEnded& x) {
        return is_child(x.request) && x.response != nullptr &&
               x.response->error_type() == error::kTemporaryFailure;
      })
      .require([](const IkeExchangeEnded& x) {
        return x.next == nullptr || !is_child(*x.next) ||
               x.next->time - x.response->time >= kAtOnce;
      })
      .observed([](const IkeExchangeEnded& x) {
        return fmt::format("asked again in frame {}", x.next->frame);
      });
  book.add<ChildSaChanged>("RFC7296-2.25-03")
      .itself({"rekey"})
      .when([](const ChildSaChanged& c) {
        return c.what == ChildSaChanged::What::created && !c.by_judged && is_opened(c.request) &&
               c.request.carries(kRekeySa) && c.request.payload(kRekeySa)[notify::spi] >= kFirstSpi;
      })
      .require([](const ChildSaChanged&) { return false; })
      .observed([](const ChildSaChanged& c) {
        return fmt::format("a new CHILD_SA in the place of SPI 0x{:08x}, which no CHILD_SA has",
                           c.request.payload(kRekeySa)[notify::spi]);
      });
  book.add<IkeResponseSent>("RFC7296-2.25-03")
      .itself({"rekey"})
      .when([](const IkeResponseSent& r) {
        return r.request != nullptr && is_opened(r.response) && r.request->carries(kRekeySa) &&
               r.response.error_type() == error::kChildSaNotFound;
      })
      .require([](const IkeResponseSent& r) {
        const wire::View view = r.response.view(*r.response.error());
        return view[notify::protocol_id] == ike::kProtocolEsp &&
               view[notify::spi] == r.request->payload(kRekeySa)[notify::spi];
      })
      .observed([](const IkeResponseSent& r) {
        const wire::View view = r.response.view(*r.response.error());
        if (view[notify::spi_size] == 0) return std::string("CHILD_SA_NOT_FOUND without an SPI");
        return fmt::format("CHILD_SA_NOT_FOUND about SPI 0x{:08x}, not 0x{:08x}", view[notify::spi],
                           r.request->payload(kRekeySa)[notify::spi]);
      });
}

}  // namespace mipvet::rules

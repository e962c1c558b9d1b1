#include "engine/rules/mobike_words.h"
#include "engine/rules/rule_files.h"

// RFC 4555 §3.2, §3.6, §3.9 and §4: what the messages of MOBIKE look like, and where they belong.

namespace mipvet::rules {

namespace {

/// Carries a notification that can be judged.
template <typename F>
bool carries(const F& f, const wire::Layout& type) {
  return is_opened(f.primary()) && f.primary().carries(type);
}

bool lists_source(const IkeMessage& m) {
  for (std::size_t n = 0; const PayloadPlace* place = m.find(kAdditionalIp4, n); ++n)
    if (m.view(*place).address(notify::address) == m.source) return true;
  return false;
}

bool lists_addresses(const IkeMessage& m) {
  return m.carries(kAdditionalIp4) || m.carries(kAdditionalIp6);
}

/// NO_NATS_ALLOWED says where its message really goes.
bool says_where_it_goes(const IkeMessage& m) {
  const wire::View view = m.payload(kNoNats);
  return !names_other_addresses(m) && view[notify::source_port] == m.source_port &&
         view[notify::destination_port] == m.destination_port;
}

/// NAT traversal is off in the sender itself: it did not offer NAT detection (A8).
bool prohibits_nats(const observer::IkeFact& f) {
  return f.sa != nullptr && !f.own().sent_nat_detection;
}

void add_support_rules(RuleBook& book) {
  book.add<IkeRequestSent>("RFC4555-3.2-01")
      .itself({"mobike-wanted"})
      .when([](const IkeRequestSent& r) {
        return r.is_client() && is_auth(r.request) && is_opened(r.request) &&
               r.request.carries(ike::security_association::layout) && wants_mobike(r.node());
      })
      .require([](const IkeRequestSent& r) { return r.request.carries(kMobikeSupported); });
  book.add<IkeRequestSent>("RFC4555-3.2-01")
      .itself({"mobike-wanted"})
      .when([](const IkeRequestSent& r) {
        return is_in_force(r) && r.is_client() && is_opened(r.request) && uses_mobike(r.request) &&
               r.own().auth != Check::absent;
      })
      .require([](const IkeRequestSent& r) { return r.own().sent_mobike; });
  book.add<IkeResponseSent>("RFC4555-3.2-02")
      .itself({"mobike-wanted"})
      .when([](const IkeResponseSent& r) {
        return is_auth(r.response) && is_opened(r.response) && r.request != nullptr &&
               r.request->carries(kMobikeSupported) &&
               r.response.carries(ike::security_association::layout) && wants_mobike(r.node());
      })
      .require([](const IkeResponseSent& r) { return r.response.carries(kMobikeSupported); });
  book.add<IkeRequestSent>("RFC4555-3.2-02")
      .itself({"mobike-wanted"})
      .when([](const IkeRequestSent& r) {
        return is_in_force(r) && !r.is_client() && is_opened(r.request) && uses_mobike(r.request) &&
               r.own().auth != Check::absent && r.peer().sent_mobike;
      })
      .require([](const IkeRequestSent& r) { return r.own().sent_mobike; });
  // Of several IKE_AUTH exchanges, in that message which has the SA payload. Where the CHILD_SA was
  // refused none has one.
  of_messages(book, "RFC4555-3.2-05", [](auto& rule) {
    rule.itself({"mobike", "eap"})
        .when([](const auto& f) {
          const IkeMessage& m = f.primary();
          return is_auth(m) && is_opened(m) && m.carries(kMobikeSupported) && m.error() == nullptr;
        })
        .require(
            [](const auto& f) { return f.primary().carries(ike::security_association::layout); })
        .evidence(kMobikeSupported);
  });
  // Nothing of MOBIKE towards a peer that has not announced it.
  const auto is_without = [](const IkeRequestSent& r) {
    return is_in_force(r) && is_opened(r.request) && is_informational(r.request) &&
           r.peer().auth != Check::absent && !r.peer().sent_mobike;
  };
  book.add<IkeRequestSent>("RFC4555-3.2-03").when(is_without).require([](const IkeRequestSent& r) {
    return !uses_mobike(r.request);
  });
  book.add<IkeRequestSent>("RFC4555-3.2-04").when(is_without).require([](const IkeRequestSent& r) {
    return !is_update(r.request);
  });

  of_messages(book, "RFC4555-4.2.1-01", [](auto& rule) {
    rule.itself({"mobike"})
        .when([](const auto& f) { return carries(f, kMobikeSupported); })
        .require([](const auto& f) {
          const wire::View view = f.primary().payload(kMobikeSupported);
          return view[notify::protocol_id] == 0 && view[notify::spi_size] == 0;
        })
        .evidence(kMobikeSupported);
  });
  of_messages(book, "RFC4555-4.2.1-02", [](auto& rule) {
    rule.itself({"mobike"})
        .when([](const auto& f) { return carries(f, kMobikeSupported); })
        .require([](const auto& f) {
          return f.primary().payload(kMobikeSupported)[ike::payload::length] == 8;
        })
        .evidence(kMobikeSupported);
  });
  book.add<IkeRequestSettled>("RFC4555-4.2.1-03")
      .itself({"mobike"})
      .when([](const IkeRequestSettled& r) {
        return is_auth(r.request) && r.request.is_request() && is_opened(r.request) &&
               r.earlier == nullptr && r.request.auth != Check::invalid &&
               !notified(r.request, kMobikeSupported).empty() && wants_mobike(r.node()) &&
               (r.response == nullptr || r.response->error() == nullptr);
      })
      .require([](const IkeRequestSettled& r) {
        return r.response != nullptr && r.response->carries(kMobikeSupported);
      })
      .observed(reaction);
  // The client, too: where IKE_AUTH was the last that it asked, its next request shows it.
  book.add<IkeRequestSent>("RFC4555-4.2.1-03")
      .itself({"mobike"})
      .when([](const IkeRequestSent& r) {
        return r.original == nullptr && (is_init(r.request) || is_update(r.request)) &&
               r.previous != nullptr && is_auth(*r.previous) && r.previous_response != nullptr &&
               is_opened(*r.previous_response) && wants_mobike(r.node()) &&
               !notified(*r.previous_response, kMobikeSupported).empty() && r.stay != nullptr &&
               !r.stay->is_trusted() && !r.stay->ike_deleted;
      })
      .require([](const IkeRequestSent& r) { return is_update(r.request); })
      .observed([](const IkeRequestSent&) -> std::string {
        return "a new IKE_SA_INIT without any UPDATE_SA_ADDRESSES";
      });
}

void add_list_rules(RuleBook& book) {
  book.add<IkeRequestSent>("RFC4555-3.6-01")
      .when([](const IkeRequestSent& r) { return is_opened(r.request) && is_list(r.request); })
      .require([](const IkeRequestSent& r) {
        return !(r.request.carries(kNoAdditional) && lists_addresses(r.request));
      })
      .evidence(kNoAdditional);
  book.add<IkeRequestSent>("RFC4555-3.6-02")
      .when([](const IkeRequestSent& r) {
        const std::size_t listed =
            r.request.count(kAdditionalIp4) + r.request.count(kAdditionalIp6);
        return is_opened(r.request) && is_informational(r.request) && is_list(r.request) &&
               listed <= 1 && r.original == nullptr;
      })
      .require([](const IkeRequestSent& r) { return !lists_source(r.request); })
      .evidence(kAdditionalIp4);
  of_messages(book, "RFC4555-3.6-03", [](auto& rule) {
    rule.itself({"mobike", "multi-initiator"})
        .when([](const auto& f) {
          return is_opened(f.primary()) && lists_addresses(f.primary()) && f.original == nullptr;
        })
        .require([](const auto& f) { return !lists_source(f.primary()); })
        .evidence(kAdditionalIp4);
  });
  of_messages(book, "RFC4555-4.2.2-01", [](auto& rule) {
    rule.itself({"mobike"})
        .when([](const auto& f) { return is_opened(f.primary()) && lists_addresses(f.primary()); })
        .require([](const auto& f) {
          return all_have(f.primary(), kAdditionalIp4, 4, 4) &&
                 all_have(f.primary(), kAdditionalIp6, 16, 16);
        })
        .evidence(kAdditionalIp4);
  });
  of_messages(book, "RFC4555-4.2.2-02", [](auto& rule) {
    rule.itself({"mobike"})
        .when([](const auto& f) { return is_opened(f.primary()) && lists_addresses(f.primary()); })
        .require([](const auto& f) {
          return is_auth(f.primary()) ||
                 (is_informational(f.primary()) && f.primary().is_request());
        })
        .evidence(kAdditionalIp4);
  });
  of_messages(book, "RFC4555-4.2.3-01", [](auto& rule) {
    rule.itself({"mobike"})
        .when([](const auto& f) { return carries(f, kNoAdditional); })
        .require([](const auto& f) { return is_bare(f.primary(), kNoAdditional); })
        .evidence(kNoAdditional);
  });
}

void add_update_format_rules(RuleBook& book) {
  book.add<IkeRequestSent>("RFC4555-2.1-01")
      .when([](const IkeRequestSent& r) { return !r.is_client() && is_opened(r.request); })
      .require([](const IkeRequestSent& r) { return !is_update(r.request); })
      .evidence(kUpdate);
  book.add<IkeRequestSent>("RFC4555-3.5-07")
      .when([](const IkeRequestSent& r) { return carries(r, kUpdate); })
      .require([](const IkeRequestSent& r) {
        return is_informational(r.request) && notified(r.request, kUpdate).empty();
      })
      .evidence(kUpdate);
  of_messages(book, "RFC4555-4.2.4-01", [](auto& rule) {
    rule.when([](const auto& f) { return carries(f, kUpdate); })
        .require([](const auto& f) { return is_bare(f.primary(), kUpdate); })
        .evidence(kUpdate);
  });
  of_messages(book, "RFC4555-4.2.4-02", [](auto& rule) {
    rule.itself({"mobike"})
        .when([](const auto& f) { return is_opened(f.primary()); })
        .require([](const auto& f) {
          return !is_update(f.primary()) ||
                 (is_informational(f.primary()) && f.primary().is_request());
        })
        .evidence(kUpdate);
  });
  of_messages(book, "RFC4555-4.2.5-01", [](auto& rule) {
    rule.when([](const auto& f) {
          // A response has to copy whatever it was given.
          return carries(f, kCookie2) && f.primary().is_request();
        })
        .require([](const auto& f) { return all_have(f.primary(), kCookie2, 8, 64); })
        .evidence(kCookie2);
  });
  book.add<IkeRequestSent>("RFC4555-4.2.5-02")
      .when([](const IkeRequestSent& r) {
        return r.original == nullptr && carries(r, kCookie2) && r.previous != nullptr &&
               is_opened(*r.previous) && r.previous->carries(kCookie2);
      })
      .require([](const IkeRequestSent& r) {
        return !same_octets(notified(r.request, kCookie2), notified(*r.previous, kCookie2));
      })
      .evidence(kCookie2);
}

void add_refusal_rules(RuleBook& book) {
  book.add<IkeResponseSent>("RFC4555-4.1.1-01")
      .itself({"update-refused"})
      .when([](const IkeResponseSent& r) {
        return r.response.error_type() == error::kUnacceptableAddresses;
      })
      .require([](const IkeResponseSent& r) {
        return is_bare(r.response, notify::named("unacceptable-addresses"));
      })
      .evidence(notify::named("unacceptable-addresses"));
  book.add<IkeResponseSent>("RFC4555-4.1.1-02")
      .when([](const IkeResponseSent& r) {
        return r.request != nullptr && is_opened(*r.request) && is_opened(r.response) &&
               is_informational(r.response);
      })
      .require([](const IkeResponseSent& r) {
        return r.response.error_type() != error::kUnacceptableAddresses || is_update(*r.request);
      });
  book.add<IkeResponseSent>("RFC4555-4.1.2-01")
      .itself({"mobike", "no-natt", "nat-prohibition"})
      .when([](const IkeResponseSent& r) {
        return r.response.error_type() == error::kUnexpectedNatDetected;
      })
      .require([](const IkeResponseSent& r) {
        return is_bare(r.response, notify::named("unexpected-nat-detected"));
      })
      .evidence(notify::named("unexpected-nat-detected"));
}

void add_no_nats_rules(RuleBook& book) {
  book.add<IkeRequestSent>("RFC4555-3.9-01")
      .itself({"mobike", "no-natt"})
      .when([](const IkeRequestSent& r) {
        return is_auth(r.request) && r.request.message_id() == 1 && prohibits_nats(r) &&
               carries(r, kMobikeSupported);
      })
      .require([](const IkeRequestSent& r) { return r.request.carries(kNoNats); });
  book.add<IkeRequestSent>("RFC4555-3.9-02")
      .when([](const IkeRequestSent& r) {
        return prohibits_nats(r) && is_opened(r.request) && changes_addresses(r.request);
      })
      .require([](const IkeRequestSent& r) { return r.request.carries(kNoNats); });
  of_messages(book, "RFC4555-3.9-03", [](auto& rule) {
    rule.itself({"mobike"})
        .when([](const auto& f) { return is_opened(f.primary()); })
        .require([](const auto& f) { return !f.primary().carries(kNoNats); })
        .evidence(kNoNats);
  });
  book.add<IkeRequestSent>("RFC4555-3.9-04")
      .itself({"mobike", "no-natt"})
      .when([](const IkeRequestSent& r) {
        return carries(r, kNoNats) && r.original == nullptr && prohibits_nats(r);
      })
      .require([](const IkeRequestSent& r) { return says_where_it_goes(r.request); })
      .evidence(kNoNats);
  const auto is_checked = [](const IkeRequestSettled& r) {
    return r.sa != nullptr && is_opened(r.request) && r.request.carries(kNoNats) &&
           r.earlier == nullptr && prohibits_nats(r) && !r.peer().sent_nat_detection &&
           notified(r.request, kNoNats).size() == 12 && names_other_addresses(r.request) &&
           (is_auth(r.request) || is_update(r.request));
  };
  book.add<IkeRequestSettled>("RFC4555-3.9-05")
      .itself({"mobike", "no-natt"})
      .when(is_checked)
      .require([](const IkeRequestSettled& r) {
        return r.response == nullptr || r.response->error() != nullptr;
      })
      .observed(reaction);
  book.add<IkeRequestSettled>("RFC4555-3.9-06")
      .itself({"mobike", "no-natt"})
      .when(is_checked)
      .require([](const IkeRequestSettled& r) {
        return r.response != nullptr && r.response->error_type() == error::kUnexpectedNatDetected;
      })
      .observed(reaction);
  book.add<IkeResponseSent>("RFC4555-3.9-07")
      .itself({"mobike", "no-natt"})
      .when([](const IkeResponseSent& r) {
        return r.response.error_type() == error::kUnexpectedNatDetected && r.request != nullptr;
      })
      .require([](const IkeResponseSent& r) { return mirrors(r.response, *r.request); })
      .observed(sent_path<IkeResponseSent>);
  book.add<IkeExchangeEnded>("RFC4555-3.9-10")
      .when([](const IkeExchangeEnded& x) {
        // A wrong COOKIE2 ends the IKE SA (§3.7).
        return is_informational(x.request) && has_its_response(x) && is_opened(*x.response) &&
               x.response->error_type() == error::kUnexpectedNatDetected && !has_wrong_cookie2(x);
      })
      .require([](const IkeExchangeEnded& x) {
        // One of several may be the last.
        const bool is_repeated = x.previous_response != nullptr &&
                                 x.previous_response->error_type() == error::kUnexpectedNatDetected;
        return is_repeated ||
               (x.next != nullptr && is_informational(*x.next) &&
                x.next->message_id() != x.request.message_id() && changes_addresses(*x.next));
      });
  of_messages(book, "RFC4555-4.2.6-01", [](auto& rule) {
    rule.itself({"mobike", "no-natt"})
        .when([](const auto& f) { return carries(f, kNoNats); })
        .require([](const auto& f) { return notified(f.primary(), kNoNats).size() == 12; })
        .evidence(kNoNats);
  });
  of_messages(book, "RFC4555-4.2.6-03", [](auto& rule) {
    rule.itself({"mobike", "no-natt"})
        .when([](const auto& f) { return carries(f, kNoNats); })
        .require([](const auto& f) {
          const wire::View view = f.primary().payload(kNoNats);
          return view[notify::protocol_id] == 0 && view[notify::spi_size] == 0;
        })
        .evidence(kNoNats);
  });
}

}  // namespace

void add_mobike_message_rules(RuleBook& book) {
  add_support_rules(book);
  add_list_rules(book);
  add_update_format_rules(book);
  add_refusal_rules(book);
  add_no_nats_rules(book);
}

}  // namespace mipvet::rules

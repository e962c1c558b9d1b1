#include "engine/rules/ike_proposal_words.h"
#include "engine/rules/rule_files.h"

// RFC 7296 §1.2, §2.15, §2.21.2: IKE_AUTH, who proves what to whom, and what it does not take back.

namespace mipvet::rules {

namespace {

const wire::Layout& kChildless = notify::named("childless-ikev2-supported");
const wire::Layout& kInitialContact = notify::named("initial-contact");

bool has_child_payloads(const IkeMessage& m) {
  return m.carries(ike::security_association::layout) &&
         m.carries(ike::traffic_selectors::initiator) &&
         m.carries(ike::traffic_selectors::responder);
}
bool uses_shared_key(const IkeMessage& m) {
  return m.carries(ike::authentication::layout) &&
         m.payload(ike::authentication::layout)[ike::authentication::method] ==
             ike::authentication::kSharedKey;
}
/// AUTH of the judged node itself, where the secret is known.
template <typename F>
bool proves_itself(const F& f) {
  return is_auth(f.primary()) && is_opened(f.primary()) && uses_shared_key(f.primary()) &&
         (f.primary().auth == Check::valid || f.primary().auth == Check::invalid);
}
/// IKE_AUTH whose AUTH is wrong although the message itself is authentic.
bool is_forged(const IkeRequestSettled& r) {
  return is_auth(r.request) && r.request.is_request() && is_opened(r.request) &&
         r.request.auth == Check::invalid;
}
Outcome rejects_forged(const IkeRequestSettled& r) {
  if (r.response == nullptr) return Outcome::Kind::silence;
  return r.response->error_type() == error::kAuthenticationFailed;
}

/// The client was let in, but not given a CHILD_SA.
bool has_no_child(const IkeExchangeEnded& x) {
  return is_auth(x.request) && x.response != nullptr && is_opened(*x.response) &&
         refuses_child(x.response->error_type()) &&
         x.response->carries(ike::authentication::layout) && x.response->auth != Check::invalid;
}
bool fails_authentication(const IkeMessage* m) {
  return m != nullptr && is_opened(*m) && m->error_type() == error::kAuthenticationFailed;
}
/// The client does not go on with what it was answered.
bool turns_away(const IkeExchangeEnded& x) {
  return x.next == nullptr || is_init(*x.next) || deletes_ike_sa(*x.next) ||
         fails_authentication(x.next);
}
std::string goes_on(const IkeExchangeEnded& x) {
  return fmt::format("it goes on with frame {}", x.next->frame);
}

/// The name in IDr is the one that belongs to the secret of these two nodes.
bool has_declared_name(const IkeExchangeEnded& x) {
  const auto* declared = x.network.ike_credentials(x.judged, x.peer().node);
  const wire::View id = x.response->payload(ike::identification::responder);
  if (declared == nullptr || !id) return true;
  const std::string& name = declared->id_of(x.peer().node);
  const wire::Bytes said = id.octets(ike::identification::data);
  if (id[ike::identification::id_type] == ike::identification::kIpv4Address)
    return said.size() == 4 && name == wire::View(ike::identification::responder, id.bytes())
                                           .address(wire::ipv4("address", 8))
                                           .to_string();
  return std::ranges::equal(said, name, {}, {},
                            [](char one) { return static_cast<std::uint8_t>(one); });
}

}  // namespace

void add_ike_auth_rules(RuleBook& book) {
  book.add<IkeRequestSent>("RFC7296-1.2-04")
      .when([](const IkeRequestSent& r) {
        return is_auth(r.request) && is_opened(r.request) && r.request.message_id() == 1;
      })
      .judge([](const IkeRequestSent& r) -> Outcome {
        const IkeMessage& m = r.request;
        if (!m.carries(ike::identification::initiator)) return false;
        if (!m.carries(ike::authentication::layout) && !r.node().declares("eap")) return false;
        if (has_child_payloads(m)) return true;
        // No CHILD_SA at all is what RFC 6023 adds, for gateways that announce it.
        const bool childless = r.previous_response != nullptr &&
                               r.previous_response->carries(kChildless) &&
                               !m.carries(ike::security_association::layout);
        return childless ? Outcome(Outcome::Kind::skip) : Outcome(false);
      });

  book.add<IkeResponseSent>("RFC7296-1.2-05")
      .when([](const IkeResponseSent& r) {
        return is_auth(r.response) && is_opened(r.response) && r.response.error() == nullptr &&
               !r.response.carries(ike::eap::layout) && r.request != nullptr &&
               r.request->carries(ike::authentication::layout);
      })
      .require([](const IkeResponseSent& r) {
        const IkeMessage& m = r.response;
        return m.carries(ike::identification::responder) &&
               m.carries(ike::authentication::layout) &&
               (has_child_payloads(m) || !r.request->carries(ike::security_association::layout));
      });

  book.add<IkeRequestSent>("RFC7296-1.2-14")
      .when([](const IkeRequestSent& r) {
        return is_auth(r.request) && is_opened(r.request) &&
               r.request.carries(ike::security_association::layout);
      })
      .require([](const IkeRequestSent& r) {
        return all_of(r.request, ike::transform::layout,
                      [](const PayloadPlace&, const wire::View& view) {
                        return view[ike::transform::transform_type] != ike::transform::kGroup;
                      });
      })
      .evidence(ike::security_association::layout);

  // Wrong AUTH is not believed.
  book.add<IkeRequestSettled>("RFC7296-1.2-07")
      .when(is_forged)
      .judge(rejects_forged)
      .observed(reaction);
  book.add<IkeExchangeEnded>("RFC7296-1.2-07")
      .when([](const IkeExchangeEnded& x) {
        return is_auth(x.request) && x.response != nullptr && is_opened(*x.response) &&
               x.response->auth == Check::invalid;
      })
      .require(turns_away)
      .observed(goes_on);
  book.add<IkeRequestSettled>("RFC7296-1.2-08")
      .itself({"psk"})
      .when([](const IkeRequestSettled& r) { return is_forged(r) && uses_shared_key(r.request); })
      .judge(rejects_forged)
      .observed(reaction);
  book.add<IkeExchangeEnded>("RFC7296-1.2-08")
      .itself({"psk"})
      .when([](const IkeExchangeEnded& x) {
        return is_auth(x.request) && x.response != nullptr && is_opened(*x.response) &&
               uses_shared_key(*x.response) && !has_declared_name(x);
      })
      .require(turns_away)
      .observed(goes_on);
  book.add<IkeRequestSettled>("RFC7296-2.21.2-01")
      .when(is_forged)
      .judge([](const IkeRequestSettled& r) -> Outcome {
        return r.response != nullptr && is_opened(*r.response) &&
               r.response->error_type() == error::kAuthenticationFailed &&
               !r.response->carries(ike::authentication::layout);
      })
      .observed(reaction);

  for (const char* id : {"RFC7296-2.15-01", "RFC7296-2.15-02"})
    of_messages(book, id, [](auto& rule) {
      rule.itself({"psk"})
          .when([](const auto& f) { return proves_itself(f); })
          .require([](const auto& f) { return f.primary().auth == Check::valid; })
          .evidence(ike::authentication::layout)
          .observed([](const auto&) -> std::string {
            return "AUTH is not what the declared secret, the IKE_SA_INIT message and ID give";
          });
    });

  // The CHILD_SA may fail, the IKE SA is there all the same.
  book.add<IkeResponseSent>("RFC7296-1.2-12")
      .when([](const IkeResponseSent& r) {
        return is_auth(r.response) && is_opened(r.response) &&
               refuses_child(r.response.error_type()) && r.request != nullptr &&
               r.request->auth != Check::invalid;
      })
      .require([](const IkeResponseSent& r) {
        return r.response.carries(ike::identification::responder) &&
               r.response.carries(ike::authentication::layout);
      });
  book.add<IkeExchangeEnded>("RFC7296-1.2-13")
      .when(has_no_child)
      .require([](const IkeExchangeEnded& x) {
        return !fails_authentication(x.next) && (x.next == nullptr || !is_init(*x.next));
      });
  book.add<IkeExchangeEnded>("RFC7296-2.21.2-03")
      .when(has_no_child)
      .require([](const IkeExchangeEnded& x) { return !fails_authentication(x.next); });

  book.add<IkeRequestSettled>("RFC7296-2.21.2-02")
      .when([](const IkeRequestSettled& r) {
        return is_auth(r.request) && r.request.is_request() && is_opened(r.request) &&
               r.earlier == nullptr &&
               (is_broken(r.request) || has_unknown_payload(r.request, true));
      })
      .judge([](const IkeRequestSettled& r) -> Outcome {
        if (r.response == nullptr) return Outcome::Kind::warn;
        const std::uint16_t type = r.response->error_type();
        return type == error::kUnsupportedCriticalPayload || type == error::kInvalidSyntax;
      })
      .observed(reaction);

  of_messages(book, "RFC7296-2.4-01", [](auto& rule) {
    rule.when([](const auto& f) {
          return is_opened(f.primary()) && f.primary().carries(kInitialContact);
        })
        .require(
            [](const auto& f) { return is_auth(f.primary()) && f.primary().message_id() == 1; })
        .evidence(kInitialContact);
  });

  book.add<IkeExchangeEnded>("RFC4555-3.9-11")
      .itself({"mobike", "no-natt"})
      .when([](const IkeExchangeEnded& x) {
        return is_auth(x.request) && x.response != nullptr && is_opened(*x.response) &&
               x.response->error_type() == error::kUnexpectedNatDetected;
      })
      .require([](const IkeExchangeEnded& x) { return x.next != nullptr && is_init(*x.next); });
}

}  // namespace mipvet::rules

#include "engine/rules/ike_proposal_words.h"
#include "engine/rules/rule_files.h"

// RFC 7296 §1.5, §2.5, §2.21, §3.1, §3.3.6, §3.10: what a receiver ignores, and what it refuses.

namespace mipvet::rules {

namespace {

bool is_clear_error(const IkeRequestSettled& r, const wire::Layout& type) {
  return came_in_force(r) && r.request.protection == Protection::clear && r.request.carries(type);
}
Outcome changes_nothing(const IkeRequestSettled& r) {
  if (r.response != nullptr || (r.sa != nullptr && !r.sa->is_alive())) return false;
  return Outcome::Kind::silence;
}

bool has_reserved_bits(const IkeMessage& m) {
  return std::ranges::any_of(m.payloads(), [&](const PayloadPlace& place) {
    const wire::View view = m.view(place);
    return std::ranges::any_of(place.layout->fields, [&](const wire::Field& field) {
      return field.name.starts_with("reserved") && view[field] != 0;
    });
  });
}

bool is_shuffled(const IkeMessage& m) {
  const PayloadPlace* offer = m.find(ike::security_association::layout);
  const PayloadPlace* random = m.find(ike::nonce::layout);
  const PayloadPlace* key = m.find(ike::key_exchange::layout);
  const PayloadPlace* proof = m.find(ike::authentication::layout);
  const PayloadPlace* theirs = m.find(ike::traffic_selectors::responder);
  const PayloadPlace* ours = m.find(ike::traffic_selectors::initiator);
  const auto turned = [](const PayloadPlace* first, const PayloadPlace* second) {
    return first != nullptr && second != nullptr && first->offset > second->offset;
  };
  return turned(offer, random) || turned(offer, ours) || turned(ours, theirs) ||
         turned(proof, offer) || (is_init(m) && (turned(offer, key) || turned(key, random)));
}

/// Transforms that no table knows (RFC 7296 §3.3.2: 1024 and up are private use).
bool is_unknown_transform(const wire::View& view) {
  constexpr std::uint64_t kLastType = 13;  // RFC 9370
  return view[ike::transform::transform_type] > kLastType ||
         view[ike::transform::transform_id] >= 1024;
}

bool names_needless_protocol(const IkeMessage& m) {
  return any_payload(m, [](const PayloadPlace& place, const wire::View& view) {
    return is_notification(place) && view[notify::spi_size] == 0 && view[notify::protocol_id] != 0;
  });
}

bool has_unknown_notification(const IkeMessage& m) {
  return any_payload(m, [](const PayloadPlace& place, const wire::View&) {
    return place.layout == &notify::layout;
  });
}

/// Where an answer is a MAY or a SHOULD, silence says nothing.
Outcome answered_by(const IkeRequestSettled& r, std::uint16_t type) {
  if (r.response == nullptr) return is_init(r.request) ? Outcome::Kind::warn : Outcome::Kind::fail;
  return r.response->error_type() == type;
}

}  // namespace

void add_ike_receiver_rules(RuleBook& book) {
  // Messages that belong to no IKE SA, or are not protected.
  book.add<IkeRequestSettled>("RFC7296-1.5-02")
      .when([](const IkeRequestSettled& r) {
        // It names the SPI of a packet and not always those of an IKE SA.
        return (r.sa == nullptr || came_in_force(r)) && r.request.carries(kInvalidSpi) &&
               r.request.protection == Protection::clear;
      })
      .judge(changes_nothing)
      .observed(reaction);
  book.add<IkeRequestSettled>("RFC7296-2.21.4-03")
      .when([](const IkeRequestSettled& r) { return is_clear_error(r, kInvalidIkeSpi); })
      .judge(changes_nothing)
      .observed(reaction);
  book.add<IkeRequestSettled>("RFC7296-2.4-02")
      .when([](const IkeRequestSettled& r) {
        return is_clear_error(r, kInvalidSpi) || is_clear_error(r, kInvalidIkeSpi);
      })
      .judge([](const IkeRequestSettled& r) -> Outcome { return r.sa->is_alive(); });
  book.add<IkeResponseSent>("RFC7296-1.5-03")
      .when([](const IkeResponseSent& r) {
        return r.request != nullptr && r.response.protection == Protection::clear &&
               (r.response.error_type() == error::kInvalidIkeSpi ||
                r.response.error_type() == error::kInvalidMajorVersion);
      })
      .require([](const IkeResponseSent& r) {
        return same_spis(r.response, *r.request) &&
               r.response.message_id() == r.request->message_id() &&
               r.response.exchange() == r.request->exchange() && mirrors(r.response, *r.request);
      });
  book.add<IkeRequestSettled>("RFC7296-2.21.4-01")
      .when([](const IkeRequestSettled& r) {
        return r.sa == nullptr && r.request.is_response() && !is_init(r.request);
      })
      .judge(unanswered)
      .observed(reaction);
  book.add<IkeRequestSettled>("RFC7296-2.21.4-02")
      .when([](const IkeRequestSettled& r) {
        return r.sa == nullptr && r.request.is_request() && !is_init(r.request) &&
               r.request[ike::message::major_version] == 2;
      })
      .require([](const IkeRequestSettled& r) {
        return r.response == nullptr || (r.response->protection == Protection::clear &&
                                         r.response->error_type() == error::kInvalidIkeSpi &&
                                         same_spis(*r.response, r.request) &&
                                         r.response->message_id() == r.request.message_id() &&
                                         mirrors(*r.response, r.request));
      })
      .observed(reaction);
  book.add<IkeRequestSettled>("RFC7296-3.1-05")
      .when([](const IkeRequestSettled& r) {
        return r.request.is_response() && !(is_init(r.request) && !came_in_force(r));
      })
      .judge(unanswered)
      .observed(reaction);
  book.add<IkeRequestSettled>("RFC7296-3.14-03")
      .when([](const IkeRequestSettled& r) {
        // With the wrong initiator flag a message is opened by the keys of the other direction.
        return came_in_force(r) && r.request.protection == Protection::not_authentic &&
               r.request_copies <= 1 && r.earlier == nullptr &&
               r.request.by_initiator() == (r.sa->initiator != r.side);
      })
      .judge(changes_nothing)
      .observed(reaction);

  // Versions, flags, bits (§2.5, §3.1).
  book.add<IkeRequestSettled>("RFC7296-2.5-01")
      .when([](const IkeRequestSettled& r) {
        return is_fair(r) && r.request[ike::message::minor_version] != 0;
      })
      .require(is_taken)
      .observed(reaction);
  book.add<IkeRequestSettled>("RFC7296-2.5-02")
      .when([](const IkeRequestSettled& r) {
        return r.request.is_request() && r.request[ike::message::major_version] > 2 &&
               r.request[ike::message::length] == r.request.size;
      })
      .judge([](const IkeRequestSettled& r) -> Outcome {
        if (r.response == nullptr) return Outcome::Kind::warn;
        return r.response->error_type() == error::kInvalidMajorVersion;
      })
      .observed(reaction);
  book.add<IkeRequestSettled>("RFC7296-2.5-03")
      .when([](const IkeRequestSettled& r) { return is_fair(r) && has_reserved_bits(r.request); })
      .require(is_taken)
      .observed(reaction);
  book.add<IkeRequestSettled>("RFC7296-3.1-04")
      .when([](const IkeRequestSettled& r) {
        return is_fair(r) && (flag_bits(r.request) & ~(kResponseFlag | kInitiatorFlag)) != 0;
      })
      .require(is_taken)
      .observed(reaction);

  // Payloads (§2.5).
  book.add<IkeRequestSettled>("RFC7296-2.5-04")
      .when([](const IkeRequestSettled& r) {
        return is_fair(r) && has_unknown_payload(r.request, false);
      })
      .require(is_taken)
      .observed(reaction);
  book.add<IkeRequestSettled>("RFC7296-2.5-05")
      .when([](const IkeRequestSettled& r) {
        return (is_due(r) || is_fresh_init(r)) && !is_malformed(r.request) &&
               has_unknown_payload(r.request, true);
      })
      .judge([](const IkeRequestSettled& r) {
        return answered_by(r, error::kUnsupportedCriticalPayload);
      })
      .observed(reaction);
  book.add<IkeRequestSettled>("RFC7296-2.5-07")
      .when([](const IkeRequestSettled& r) {
        return is_fair(r) &&
               any_payload(r.request, [](const PayloadPlace& place, const wire::View& view) {
                 return !is_unknown(place) && view[ike::payload::critical] != 0;
               });
      })
      .require(is_taken)
      .observed(reaction);
  book.add<IkeRequestSettled>("RFC7296-2.5-09")
      .when([](const IkeRequestSettled& r) { return is_fair(r) && is_shuffled(r.request); })
      .require(is_taken)
      .observed(reaction);

  // Faults (§2.21).
  book.add<IkeExchangeEnded>("RFC7296-2.21-01")
      .when([](const IkeExchangeEnded& x) {
        return x.response != nullptr && is_opened(*x.response) && is_malformed(*x.response) &&
               !is_auth(x.request);
      })
      .require([](const IkeExchangeEnded& x) {
        return x.next == nullptr || deletes_ike_sa(*x.next) || x.next->error() == nullptr;
      })
      .observed([](const IkeExchangeEnded& x) {
        return fmt::format("error {} in frame {}", x.next->error_type(), x.next->frame);
      });
  book.add<IkeRequestSettled>("RFC7296-2.21.3-01")
      .when([](const IkeRequestSettled& r) {
        return is_due(r) && (is_broken(r.request) || has_unknown_payload(r.request, true));
      })
      .require([](const IkeRequestSettled& r) {
        return r.response != nullptr && r.response->error() != nullptr;
      })
      .observed(reaction);

  book.add<IkeRequestSettled>("RFC7296-2.21.3-01")
      .when([](const IkeRequestSettled& r) {
        return is_due(r) && is_child(r.request) && r.response != nullptr && is_opened(*r.response);
      })
      .require([](const IkeRequestSettled& r) {
        // It makes an SA, or says why there is none.
        return r.response->error() != nullptr ||
               r.response->carries(ike::security_association::layout);
      })
      .observed([](const IkeRequestSettled& r) {
        return fmt::format("neither SA nor error in frame {}", r.response->frame);
      });

  // Proposals that hold what is not known (§3.3.6).
  book.add<IkeRequestSettled>("RFC7296-3.3.6-03")
      .when([](const IkeRequestSettled& r) {
        return is_fair(r) && !all_of(r.request, ike::transform::layout,
                                     [](const PayloadPlace&, const wire::View& view) {
                                       return !is_unknown_transform(view);
                                     });
      })
      .require([](const IkeRequestSettled& r) {
        return is_taken(r) && r.response->error_type() != error::kNoProposalChosen;
      })
      .observed(reaction);

  // Notifications (§3.10), configuration attributes (§3.15.1).
  book.add<IkeRequestSettled>("RFC7296-3.10-02")
      .when([](const IkeRequestSettled& r) {
        return is_fair(r) && names_needless_protocol(r.request);
      })
      .require(is_taken)
      .observed(reaction);
  book.add<IkeRequestSettled>("RFC7296-3.10.1-02")
      .when([](const IkeRequestSettled& r) {
        return is_fair(r) && has_unknown_notification(r.request);
      })
      .require(is_taken)
      .observed(reaction);
  book.add<IkeRequestSettled>("RFC7296-3.15.1-04")
      .itself({"cp"})
      .when([](const IkeRequestSettled& r) {
        return is_fair(r) &&
               !all_of(r.request, ike::configuration_attribute::layout,
                       [](const PayloadPlace&, const wire::View& view) {
                         constexpr std::uint64_t kPrivate = 16384;
                         return view[ike::configuration_attribute::attribute_type] < kPrivate;
                       });
      })
      .require(is_taken)
      .observed(reaction);
}

}  // namespace mipvet::rules

#include "engine/rules/ike_proposal_words.h"
#include "engine/rules/rule_files.h"

// RFC 7296 §2.7, §2.9, §3.3, §3.4, §3.13: proposals, key exchange and traffic selectors, as they
// are offered and chosen.

namespace mipvet::rules {

using observer::ChildSaChanged;

namespace {

bool has_proposals(const IkeMessage& m) {
  return is_read(m) && m.carries(ike::proposal::layout) && !is_malformed(m);
}

/// Numbers from 1 upwards, and an SPI of the size that its protocol has here.
bool proposals_fit(const IkeMessage& m) {
  std::uint64_t number = 0;
  return all_of(m, ike::proposal::layout, [&](const PayloadPlace&, const wire::View& view) {
    const bool is_ike = view[ike::proposal::protocol_id] == ike::kProtocolIke;
    const std::uint64_t spi_size = !is_ike ? 4 : is_init(m) ? 0 : 8;
    const bool in_turn = m.is_response() || view[ike::proposal::number_] == ++number;
    return in_turn && view[ike::proposal::spi_size] == spi_size;
  });
}

bool has_mandatory(const IkeMessage& m, const PayloadPlace& proposal) {
  namespace transform_type = ike::transform;
  const auto count = [&](std::uint64_t type) { return transforms(m, proposal, type); };
  if (count(transform_type::kEncryption) == 0) return false;
  const std::uint64_t protocol = m.view(proposal)[ike::proposal::protocol_id];
  if (protocol == ike::kProtocolEsp) return count(transform_type::kExtendedSequenceNumbers) > 0;
  const bool combined =
      is_aead(transform_id(m, *transform(m, proposal, transform_type::kEncryption)));
  return count(transform_type::kPrf) > 0 && count(transform_type::kGroup) > 0 &&
         (combined || count(transform_type::kIntegrity) > 0);
}

/// Ciphers with an integrity check of their own stand apart from those without.
bool is_of_one_kind(const IkeMessage& m, const PayloadPlace& proposal) {
  bool combined = false;
  bool ordinary = false;
  bool integrity = false;
  each_part(m, proposal, ike::transform::layout, [&](const PayloadPlace& place) {
    const std::uint64_t type = m.view(place)[ike::transform::transform_type];
    const std::uint64_t id = transform_id(m, place);
    if (type == ike::transform::kEncryption) (is_aead(id) ? combined : ordinary) = true;
    if (type == ike::transform::kIntegrity && id != 0) integrity = true;
  });
  return !combined || (!ordinary && !integrity);
}

/// Neither cipher nor integrity: RFC 4303 §3.2.
bool protects_something(const IkeMessage& m, const PayloadPlace& proposal) {
  constexpr std::uint64_t kNull = 11;
  if (m.view(proposal)[ike::proposal::protocol_id] != ike::kProtocolEsp) return true;
  const PayloadPlace* cipher = transform(m, proposal, ike::transform::kEncryption);
  if (cipher == nullptr || transform_id(m, *cipher) != kNull) return true;
  const PayloadPlace* integrity = transform(m, proposal, ike::transform::kIntegrity);
  return integrity != nullptr && transform_id(m, *integrity) != 0;
}

bool key_exchange_fits(const IkeMessage& m) {
  const wire::View view = m.payload(ike::key_exchange::layout);
  const std::uint64_t group = view[ike::key_exchange::group];
  const std::size_t size = key_exchange_size(group);
  return (size == 0 || view.octets(ike::key_exchange::data).size() == size) &&
         (!m.carries(ike::proposal::layout) || offers_group(m, group));
}

bool counts_selectors(const IkeMessage& m, const wire::Layout& which) {
  const PayloadPlace* payload = m.find(which);
  if (payload == nullptr) return true;
  std::uint64_t found = 0;
  each_part(m, *payload, ike::traffic_selector::layout, [&](const PayloadPlace&) { ++found; });
  each_part(m, *payload, ike::traffic_selector::other, [&](const PayloadPlace&) { ++found; });
  const wire::View view = m.view(*payload);
  return view[ike::traffic_selectors::count] == found && found > 0 &&
         view[ike::traffic_selectors::reserved_2] == 0;
}

bool selector_fits(const wire::View& view) {
  namespace field = ike::traffic_selector;
  const std::uint64_t type = view[field::ts_type];
  if (type == field::kIpv4Range && view[field::length] != 16) return false;
  if (type == field::kIpv6Range && view[field::length] != 40) return false;
  if (type == field::kIpv4Range && view[field::start_address] > view[field::end_address])
    return false;
  const std::uint64_t first = view[field::start_port];
  const std::uint64_t last = view[field::end_port];
  const bool is_opaque = first == 0xFFFF && last == 0;
  return is_opaque || (view[field::protocol] == 0 ? first == 0 && last == 0xFFFF : first <= last);
}

bool has_selectors(const IkeMessage& m) {
  return is_opened(m) && m.carries(ike::traffic_selectors::initiator);
}
bool selectors_fit(const IkeMessage& m) {
  const auto fits = [](const PayloadPlace&, const wire::View& view) { return selector_fits(view); };
  return all_of(m, ike::traffic_selector::layout, fits) &&
         all_of(m, ike::traffic_selector::other, fits);
}

/// Ports are named of protocols alone, in all selectors of a CHILD_SA.
bool ports_fit(const observer::ChildSa& child) {
  return std::ranges::all_of(child.from, [](const observer::EspStream& stream) {
    return std::ranges::all_of(stream.selectors.all(), [](const observer::Selector& one) {
      return one.protocol != 0 || (one.first_port == 0 && one.last_port == 0xFFFF);
    });
  });
}

void add_proposal_rules(RuleBook& book) {
  of_messages(book, "RFC7296-3.3.1-01", [](auto& rule) {
    rule.when([](const auto& f) { return has_proposals(f.primary()); })
        .require([](const auto& f) { return proposals_fit(f.primary()); })
        .evidence(ike::security_association::layout);
  });

  of_messages(book, "RFC7296-3.3.3-01", [](auto& rule) {
    rule.when([](const auto& f) { return has_proposals(f.primary()); })
        .require([](const auto& f) {
          const IkeMessage& m = f.primary();
          return all_of(m, ike::proposal::layout, [&](const PayloadPlace& place, const auto&) {
            return has_mandatory(m, place);
          });
        })
        .evidence(ike::security_association::layout);
  });

  book.add<IkeRequestSent>("RFC7296-2.7-03")
      .when([](const IkeRequestSent& r) { return has_proposals(r.request); })
      .require([](const IkeRequestSent& r) {
        return all_of(r.request, ike::proposal::layout,
                      [&](const PayloadPlace& place, const auto&) {
                        return is_of_one_kind(r.request, place);
                      });
      })
      .evidence(ike::security_association::layout);

  of_messages(book, "RFC4303-3.2-01", [](auto& rule) {
    rule.when([](const auto& f) {
          return has_proposals(f.primary()) && !is_init(f.primary()) && !rekeys_ike_sa(f.primary());
        })
        .require([](const auto& f) {
          const IkeMessage& m = f.primary();
          return all_of(m, ike::proposal::layout, [&](const PayloadPlace& place, const auto&) {
            return protects_something(m, place);
          });
        })
        .evidence(ike::security_association::layout);
  });

  of_messages(book, "RFC7296-3.4-01", [](auto& rule) {
    rule.when([](const auto& f) {
          return is_read(f.primary()) && f.primary().carries(ike::key_exchange::layout);
        })
        .require([](const auto& f) { return key_exchange_fits(f.primary()); })
        .evidence(ike::key_exchange::layout);
  });

  book.add<IkeRequestSent>("RFC7296-1.3-02")
      .itself({"rekey"})
      .when([](const IkeRequestSent& r) {
        return is_child(r.request) && is_opened(r.request) &&
               r.request.carries(ike::key_exchange::layout);
      })
      .require([](const IkeRequestSent& r) {
        return offers_group(r.request,
                            r.request.payload(ike::key_exchange::layout)[ike::key_exchange::group]);
      })
      .evidence(ike::key_exchange::layout);

  const auto answers_offer = [](const IkeResponseSent& r) {
    return r.request != nullptr && is_read(*r.request) && has_proposals(r.response) &&
           r.request->carries(ike::proposal::layout) && r.original == nullptr;
  };
  book.add<IkeResponseSent>("RFC7296-2.7-01")
      .when(answers_offer)
      .require([](const IkeResponseSent& r) {
        const PayloadPlace* choice = chosen(r.response);
        return choice != nullptr && offered(*r.request, r.response, *choice) != nullptr;
      })
      .evidence(ike::security_association::layout);
  book.add<IkeResponseSent>("RFC7296-2.7-02")
      .when(answers_offer)
      .judge([](const IkeResponseSent& r) -> Outcome {
        const PayloadPlace* choice = chosen(r.response);
        const PayloadPlace* proposal =
            choice == nullptr ? nullptr : offered(*r.request, r.response, *choice);
        if (proposal == nullptr) return Outcome::Kind::skip;
        return picks_one_each(*r.request, *proposal, r.response, *choice);
      })
      .evidence(ike::security_association::layout);
  book.add<IkeResponseSent>("RFC7296-3.3.6-01")
      .when(answers_offer)
      .judge([](const IkeResponseSent& r) -> Outcome {
        const PayloadPlace* choice = chosen(r.response);
        if (choice == nullptr || offered(*r.request, r.response, *choice) == nullptr)
          return Outcome::Kind::skip;
        return was_offered(*r.request, r.response);
      })
      .evidence(ike::security_association::layout);
}

void add_selector_rules(RuleBook& book) {
  of_messages(book, "RFC7296-3.13-01", [](auto& rule) {
    rule.when([](const auto& f) {
          return is_opened(f.primary()) && f.primary().carries(ike::traffic_selectors::initiator);
        })
        .require([](const auto& f) {
          return counts_selectors(f.primary(), ike::traffic_selectors::initiator) &&
                 counts_selectors(f.primary(), ike::traffic_selectors::responder);
        })
        .evidence(ike::traffic_selectors::initiator);
  });

  // Who rekeys with the selectors that were agreed on, or answers with those that it was given, is
  // not to blame for them.
  book.add<IkeRequestSent>("RFC7296-3.13.1-01")
      .when([](const IkeRequestSent& r) {
        return has_selectors(r.request) && !r.request.carries(kRekeySa);
      })
      .require([](const IkeRequestSent& r) { return selectors_fit(r.request); })
      .evidence(ike::traffic_selectors::initiator);
  book.add<ChildSaChanged>("RFC7296-3.13.1-01")
      .when([](const ChildSaChanged& c) {
        return c.what == ChildSaChanged::What::rekeyed && c.by_judged && c.other != nullptr &&
               has_selectors(c.request) && ports_fit(*c.other);
      })
      .require([](const ChildSaChanged& c) { return selectors_fit(c.request); });
  book.add<IkeResponseSent>("RFC7296-3.13.1-01")
      .when([](const IkeResponseSent& r) {
        return has_selectors(r.response) && r.request != nullptr && selectors_fit(*r.request);
      })
      .require([](const IkeResponseSent& r) { return selectors_fit(r.response); })
      .evidence(ike::traffic_selectors::initiator);

  book.add<IkeResponseSent>("RFC7296-2.9-01")
      .when([](const IkeResponseSent& r) {
        return r.request != nullptr && is_opened(*r.request) && is_opened(r.response) &&
               r.response.carries(ike::traffic_selectors::initiator) &&
               r.request->carries(ike::traffic_selectors::initiator);
      })
      .require([](const IkeResponseSent& r) {
        const auto narrows = [&](const wire::Layout& which) {
          return covers(selectors(*r.request, which), selectors(r.response, which));
        };
        return narrows(ike::traffic_selectors::initiator) &&
               narrows(ike::traffic_selectors::responder);
      })
      .evidence(ike::traffic_selectors::initiator);
}

}  // namespace

void add_ike_payload_rules(RuleBook& book) {
  add_proposal_rules(book);
  add_selector_rules(book);
}

}  // namespace mipvet::rules

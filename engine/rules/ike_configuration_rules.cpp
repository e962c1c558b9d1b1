#include "engine/rules/ike_proposal_words.h"
#include "engine/rules/rule_files.h"

// RFC 7296 §2.19 and §3.15: the configuration payload, by which a gateway gives its client an
// address.

namespace mipvet::rules {

namespace {

/// RFC 7296 §3.15.1, as a CFG_REPLY has them; types that are not in its table are free.
bool attribute_fits(const wire::View& view) {
  namespace field = ike::configuration_attribute;
  const std::uint64_t length = view[field::length];
  switch (view[field::attribute_type]) {
    case 1:
    case 2:
    case 3:
    case 4:
    case 6:
      return length == 0 || length == 4;
    case 8:
    case 15:
      return length == 0 || length == 17;
    case 10:
    case 12:
      return length == 0 || length == 16;
    case 13:
      return length == 0 || length == 8;
    default:
      return true;
  }
}

std::size_t attributes(const IkeMessage& m, std::uint64_t type) {
  std::size_t result = 0;
  all_of(m, ike::configuration_attribute::layout, [&](const PayloadPlace&, const wire::View& view) {
    result += view[ike::configuration_attribute::attribute_type] == type ? 1 : 0;
    return true;
  });
  return result;
}
constexpr std::uint64_t kInternalIp6Address = 8;
bool names_address(const IkeMessage& m) {
  return attributes(m, ike::configuration_attribute::kInternalIp4Address) > 0 ||
         attributes(m, kInternalIp6Address) > 0;
}
bool has_configuration(const IkeMessage& m, std::uint64_t type) {
  return m.carries(ike::configuration::layout) &&
         m.payload(ike::configuration::layout)[ike::configuration::cfg_type] == type;
}

/// The request asked, the answer came through and both can be read.
bool answers_configuration(const IkeResponseSent& r) {
  return r.request != nullptr && is_opened(*r.request) && is_opened(r.response) &&
         is_auth(r.response) && has_configuration(*r.request, ike::configuration::kRequest);
}

}  // namespace

void add_ike_configuration_rules(RuleBook& book) {
  book.add<IkeRequestSent>("RFC7296-2.19-01")
      .when([](const IkeRequestSent& r) {
        return is_auth(r.request) && is_opened(r.request) &&
               r.request.carries(ike::security_association::layout);
      })
      .require([](const IkeRequestSent& r) {
        return has_configuration(r.request, ike::configuration::kRequest) &&
               names_address(r.request);
      })
      .evidence(ike::configuration::layout);

  of_messages(book, "RFC7296-2.19-02", [](auto& rule) {
    rule.itself({"cp"})
        .when([](const auto& f) {
          return is_auth(f.primary()) && is_opened(f.primary()) &&
                 f.primary().carries(ike::configuration::layout);
        })
        .require([](const auto& f) {
          const PayloadPlace* offer = f.primary().find(ike::security_association::layout);
          return offer == nullptr ||
                 f.primary().find(ike::configuration::layout)->offset < offer->offset;
        })
        .evidence(ike::configuration::layout);
  });

  book.add<IkeRequestSent>("RFC7296-2.19-03")
      .itself({"cp"})
      .when([](const IkeRequestSent& r) {
        return is_auth(r.request) && is_opened(r.request) &&
               has_configuration(r.request, ike::configuration::kRequest);
      })
      .require([](const IkeRequestSent& r) { return names_address(r.request); })
      .evidence(ike::configuration::layout);

  book.add<IkeResponseSent>("RFC7296-2.19-04")
      .when([](const IkeResponseSent& r) {
        return r.request != nullptr && is_opened(*r.request) && is_opened(r.response) &&
               is_auth(r.response);
      })
      .require([](const IkeResponseSent& r) {
        return !has_configuration(r.response, ike::configuration::kReply) ||
               r.request->carries(ike::configuration::layout);
      })
      .evidence(ike::configuration::layout);

  // Whether a client needs an address is the gateway's policy. If it does, this is how to say so.
  book.add<IkeResponseSent>("RFC7296-2.19-05")
      .itself({"cp"})
      .when([](const IkeResponseSent& r) {
        return r.request != nullptr && is_opened(*r.request) && is_opened(r.response) &&
               is_auth(r.response) && r.request->carries(ike::security_association::layout) &&
               !r.request->carries(ike::configuration::layout);
      })
      .judge([](const IkeResponseSent& r) -> Outcome {
        switch (r.response.error_type()) {
          case error::kFailedCpRequired:
            return true;
          case error::kTsUnacceptable:
            return Outcome::Kind::warn;
          case error::kInternalAddressFailure:
            return false;
          default:
            return Outcome::Kind::skip;
        }
      })
      .observed([](const IkeResponseSent& r) {
        return fmt::format("error {} for a client that asked for no address",
                           r.response.error_type());
      });

  book.add<IkeResponseSent>("RFC7296-2.19-06")
      .itself({"cp"})
      .when([](const IkeResponseSent& r) {
        return answers_configuration(r) &&
               attributes(r.response, ike::configuration_attribute::kInternalIp4Address) == 1 &&
               r.response.carries(ike::traffic_selectors::initiator);
      })
      .require([](const IkeResponseSent& r) {
        wire::Ipv4Address assigned;
        all_of(r.response, ike::configuration_attribute::layout,
               [&](const PayloadPlace& place, const wire::View& view) {
                 if (view[ike::configuration_attribute::attribute_type] ==
                     ike::configuration_attribute::kInternalIp4Address)
                   assigned.value = static_cast<std::uint32_t>(wire::read(
                       r.response.bytes().subspan(place.offset), wire::ipv4("address", 4)));
                 return true;
               });
        const auto ours = selectors(r.response, ike::traffic_selectors::initiator);
        return std::ranges::all_of(ours.all(), [&](const observer::Selector& one) {
          return one.first == assigned && one.last == assigned;
        });
      })
      .evidence(ike::traffic_selectors::initiator);

  of_messages(book, "RFC7296-3.15-01", [](auto& rule) {
    rule.itself({"cp"})
        .when([](const auto& f) {
          return is_opened(f.primary()) && f.primary().carries(ike::configuration::layout);
        })
        .require([](const auto& f) {
          const IkeMessage& m = f.primary();
          const wire::View view = m.payload(ike::configuration::layout);
          const std::uint64_t type = view[ike::configuration::cfg_type];
          const bool fits = m.is_request() ? type == ike::configuration::kRequest
                                           : type == ike::configuration::kReply;
          return fits && view[ike::configuration::reserved_2] == 0 &&
                 all_of(m, ike::configuration_attribute::layout,
                        [](const PayloadPlace&, const wire::View& attribute) {
                          return attribute[ike::configuration_attribute::reserved] == 0;
                        });
        })
        .evidence(ike::configuration::layout);
  });

  book.add<IkeResponseSent>("RFC7296-3.15.1-01")
      .itself({"cp"})
      .when([](const IkeResponseSent& r) {
        return is_opened(r.response) && has_configuration(r.response, ike::configuration::kReply);
      })
      .require([](const IkeResponseSent& r) {
        return all_of(
            r.response, ike::configuration_attribute::layout,
            [](const PayloadPlace&, const wire::View& view) { return attribute_fits(view); });
      })
      .evidence(ike::configuration::layout);

  book.add<IkeResponseSent>("RFC7296-3.15.1-02")
      .itself({"cp"})
      .when([](const IkeResponseSent& r) {
        return answers_configuration(r) &&
               has_configuration(r.response, ike::configuration::kReply);
      })
      .require([](const IkeResponseSent& r) {
        constexpr std::uint64_t kIp4 = ike::configuration_attribute::kInternalIp4Address;
        return attributes(r.response, kIp4) <= attributes(*r.request, kIp4) &&
               attributes(r.response, kInternalIp6Address) <=
                   attributes(*r.request, kInternalIp6Address);
      })
      .evidence(ike::configuration::layout);

  book.add<IkeRequestSent>("RFC7296-3.15.1-03")
      .itself({"cp"})
      .when([](const IkeRequestSent& r) {
        return is_opened(r.request) && has_configuration(r.request, ike::configuration::kRequest);
      })
      .require([](const IkeRequestSent& r) {
        return all_of(r.request, ike::configuration_attribute::layout,
                      [](const PayloadPlace&, const wire::View& view) {
                        namespace field = ike::configuration_attribute;
                        return view[field::attribute_type] != field::kInternalIp4Netmask ||
                               view[field::length] == 0;
                      });
      })
      .evidence(ike::configuration::layout);

  // A CHILD_SA without the address that was asked for, or a refusal that refuses too much.
  book.add<IkeResponseSent>("RFC7296-3.15.4-01")
      .itself({"cp"})
      .when([](const IkeResponseSent& r) {
        return answers_configuration(r) && names_address(*r.request) &&
               (r.response.carries(ike::security_association::layout) ||
                r.response.error_type() == error::kInternalAddressFailure);
      })
      .require([](const IkeResponseSent& r) {
        if (r.response.error_type() != error::kInternalAddressFailure)
          return has_configuration(r.response, ike::configuration::kReply) &&
                 names_address(r.response);
        return r.response.carries(ike::identification::responder) &&
               r.response.carries(ike::authentication::layout) &&
               !r.response.carries(ike::security_association::layout);
      })
      .evidence(ike::configuration::layout);
}

}  // namespace mipvet::rules

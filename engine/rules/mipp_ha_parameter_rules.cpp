#include "engine/rules/rule_files.h"
#include "engine/rules/vocabulary.h"

// draft-adrangi-mobileip-vpn-traversal-02 §2.5.3: the HA Parameter extension.

namespace mipvet::rules {

using observer::ReplyRelayed;
using observer::RequestRelayed;
using observer::RequestSent;
using observer::RequestSettled;
namespace ha_parameter = mip4::ha_parameter;

namespace {

bool stands_in_front(const observer::Fact&, const Sighting& message) {
  const observer::ExtensionPlace* parameter = message.find(ha_parameter::layout);
  const observer::ExtensionPlace* boundary = message.find(mip4::authentication::mobile_home);
  return parameter == nullptr || boundary == nullptr || parameter->offset < boundary->offset;
}

bool is_well_formed(const observer::Fact&, const Sighting& message) {
  const wire::View parameter = message.extension(ha_parameter::layout);
  return !parameter || parameter[ha_parameter::length] == 6;
}

bool is_zeroed(const observer::Fact&, const Sighting& message) {
  const wire::View parameter = message.extension(ha_parameter::layout);
  return !parameter || parameter[ha_parameter::reserved] == 0;
}

/// An extension that looks like HA Parameter but for a type that a receiver may skip.
bool has_skippable_twin(const Sighting& message) {
  return std::any_of(message.extensions().begin(), message.extensions().end(),
                     [&](const observer::ExtensionPlace& place) {
                       const wire::View view = message.view(place);
                       return place.layout == &mip4::extension::layout &&
                              mip4::extension::is_skippable(view[mip4::extension::type]) &&
                              view[ha_parameter::length] == 6 &&
                              view[ha_parameter::sub_type] == ha_parameter::kDefaultSubType;
                     });
}

/// Not so that the extension would name a home agent if read by another layout than that of §2.5.3.
bool is_unshifted(const observer::Fact& fact, const Sighting& message) {
  if (names_home_agent(fact, message)) return true;
  std::uint32_t window = 0;
  for (const std::uint8_t octet : message.extension(ha_parameter::layout).bytes()) {
    window = window << 8 | octet;
    if (is_home_agent(fact, wire::Ipv4Address{window})) return false;
  }
  return true;
}

/// An extension of HA Parameter's type and of another sub-type.
bool has_foreign_sub_type(const RequestSettled& r) {
  return std::any_of(r.request.extensions().begin(), r.request.extensions().end(),
                     [&](const observer::ExtensionPlace& place) {
                       const wire::View view = r.request.view(place);
                       return place.layout == &mip4::extension::layout &&
                              view[mip4::extension::type] == r.network.decode.ha_parameter_type &&
                              view[ha_parameter::sub_type] !=
                                  r.network.decode.ha_parameter_sub_type;
                     });
}

/// What holds for the extension in the mobile node's request and in the proxy's reply.
template <bool (*holds)(const observer::Fact&, const Sighting&)>
void add_for_both(RuleBook& book, std::string_view id) {
  book.add<RequestSent>(id)
      .when([](const RequestSent& r) { return r.request.carries(ha_parameter::layout); })
      .require([](const RequestSent& r) { return holds(r, r.request); })
      .evidence(ha_parameter::layout);
  book.add<ReplyRelayed>(id)
      .only(Role::mip_proxy)
      .when([](const ReplyRelayed& r) { return r.to_mn.carries(ha_parameter::layout); })
      .require([](const ReplyRelayed& r) { return holds(r, r.to_mn); })
      .evidence(ha_parameter::layout);
}

}  // namespace

void add_mipp_ha_parameter_rules(RuleBook& book) {
  book.add<RequestSent>("MIPP-2.5.3-01").when(asks_proxy).require([](const RequestSent& r) {
    return r.request.carries(ha_parameter::layout);
  });

  book.add<RequestSent>("MIPP-2.5.3-02").when(asks_proxy).require([](const RequestSent& r) {
    return !has_skippable_twin(r.request);
  });
  book.add<ReplyRelayed>("MIPP-2.5.3-02").only(Role::mip_proxy).require([](const ReplyRelayed& r) {
    return !has_skippable_twin(r.to_mn);
  });

  book.add<RequestSent>("MIPP-2.5.3-03")
      .when([](const RequestSent& r) {
        return asks_proxy(r) && !named_home_agent(r.request).is_zero();
      })
      .require([](const RequestSent& r) { return is_home_agent(r, named_home_agent(r.request)); })
      .evidence(ha_parameter::layout);

  add_for_both<is_well_formed>(book, "MIPP-2.5.3-05");
  add_for_both<is_unshifted>(book, "MIPP-2.5.3-06");

  book.add<RequestSettled>("MIPP-2.5.3-07")
      .only(Role::mip_proxy)
      .when([](const RequestSettled& r) {
        return !r.request.carries(ha_parameter::layout) && has_foreign_sub_type(r) &&
               is_sound(r.request);
      })
      .judge([](const RequestSettled& r) { return refused(r); });

  add_for_both<is_zeroed>(book, "MIPP-2.5.3-08");
  add_for_both<stands_in_front>(book, "MIPP-2.5.3-09");

  book.add<RequestRelayed>("MIPP-2.5.3-10")
      .when([](const RequestRelayed& r) {
        return r.from_mn.carries(ha_parameter::layout) && stands_in_front(r, r.from_mn);
      })
      .require([](const RequestRelayed& r) {
        return holds_copy(r.to_ha, r.from_mn.extension(ha_parameter::layout));
      })
      .evidence(ha_parameter::layout);

  book.add<RequestSent>("MIPP-2.5.3-11").when(asks_proxy).require([](const RequestSent& r) {
    return r.request.count(ha_parameter::layout) <= 1;
  });
  book.add<ReplyRelayed>("MIPP-2.5.3-11").only(Role::mip_proxy).require([](const ReplyRelayed& r) {
    return r.to_mn.count(ha_parameter::layout) <= 1;
  });
}

}  // namespace mipvet::rules

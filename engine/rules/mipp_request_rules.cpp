#include "engine/rules/rule_files.h"
#include "engine/rules/vocabulary.h"

// draft-adrangi-mobileip-vpn-traversal-02 §2.2.1 and §2.2.2: the request that the MIP Proxy sends
// to the actual home agent.

namespace mipvet::rules {

using observer::RequestRelayed;
using observer::RequestSettled;

void add_mipp_request_rules(RuleBook& book) {
  book.add<RequestRelayed>("MIPP-2.2.1-13")
      .require([](const RequestRelayed& r) { return r.to_ha[request::simultaneous_bindings] == 0; })
      .evidence(request::flags);

  book.add<RequestRelayed>("MIPP-2.2.2-04").same(request::identification);

  book.add<RequestRelayed>("MIPP-2.2.2-05").same(request::home_address);

  book.add<RequestRelayed>("MIPP-2.2.2-08")
      .equals(request::care_of_address, [](const RequestRelayed& r) -> std::uint64_t {
        return address_on(r, r.judged, r.to_ha.link).value;
      });

  book.add<RequestSettled>("MIPP-2.1-02")
      .when([](const RequestSettled& r) {
        return r.request.authentication.mobile_home == Authentication::invalid;
      })
      .judge([](const RequestSettled& r) { return refused(r); });
}

}  // namespace mipvet::rules

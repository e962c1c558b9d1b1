#include "roles/vpn_gateway_deviations.h"

#include <algorithm>
#include <array>

#include "roles/deviations.h"
#include "roles/ike_deviations.h"
#include "roles/vpn_gateway.h"

namespace mipvet::roles {

namespace {

/// What the endpoint does wrong where the gateway breaks a requirement of the draft.
constexpr std::array kOfEndpoint = {DeviationAlias{"MOB-1-14", "RFC4555-3.3-02"},
                                    DeviationAlias{"MOB-3.3-02/stays", "RFC4555-3.5-18"},
                                    DeviationAlias{"MOB-4-05", "RFC7296-2.23-09"},
                                    DeviationAlias{"MOB-4-10", "RFC4555-3.5-20"}};

const std::vector<Deviation>& own_deviations() {
  static const std::vector<Deviation> list{
      {"MOB-1-05", "sends datagrams for the MN without ESP", "mobike/attach-outside"},
      {"MOB-1-05/ikev1",
       "answers with IKEv1",
       "mobike/attach-outside",
       {"RFC7296-2.5-01", "RFC7296-3.1-02"}},
      {"MOB-1-07",
       "does not say that it supports MOBIKE",
       "mobike/attach-outside",
       {"RFC4555-3.2-02"}},
      {"MOB-1-13", "lets in what has no tunnel", "mobike/clear-outside", {"MOB-3.4-19"}},
      {"MOB-1-14",
       "stays on port 500",
       "mobike/gateway-rekeys",
       {"RFC4555-3.3-02", "RFC4555-3.3-05"}},
      {"MOB-2-01", "gives no address", "mobike/attach-outside"},
      {"MOB-3.1.4-03", "lets no registration messages pass", "mobike/attach-outside"},
      {"MOB-3.3-02", "refuses every update", "mobike/move-outside"},
      {"MOB-3.3-02/stays",
       "keeps sending to the former address",
       "mobike/move-outside",
       {"RFC4555-3.5-01", "RFC4555-3.5-18"}},
      {"MOB-3.4-19", "lets requests for registration in without a tunnel", "mobike/clear-outside"},
      {"MOB-4-05",
       "sends plain ESP to an MN behind a NAT",
       "mobike/attach-outside-behind-nat",
       {"RFC7296-2.23-09", "RFC7296-2.23-10"}},
      {"MOB-4-10",
       "sends plain ESP to an MN that moved behind a NAT",
       "mobike/moves-across-nats",
       {"MOB-4-05", "RFC4555-3.5-20", "RFC7296-2.23-09", "RFC7296-2.23-10"}},
      {"MOB-6-01", "asks with a notification that no specification has", "mobike/attach-outside"},
  };
  return list;
}

}  // namespace

std::vector<std::string> endpoint_deviations(const std::vector<std::string>& active) {
  std::vector<std::string> result = with_aliases(active, kOfEndpoint);
  const auto of_endpoint = ike_responder_deviations();
  std::erase_if(result, [&](const std::string& id) {
    return std::ranges::find(of_endpoint, id, &Deviation::id) == of_endpoint.end();
  });
  return result;
}

std::span<const Deviation> vpn_gateway_deviations() {
  static const std::vector<Deviation> all = [] {
    std::vector<Deviation> list = own_deviations();
    const auto of_ike = ike_responder_deviations();
    list.insert(list.end(), of_ike.begin(), of_ike.end());
    return list;
  }();
  return all;
}

}  // namespace mipvet::roles

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "roles/ike_deviations.h"
#include "roles/mobike_node.h"

namespace mipvet::roles {

namespace {

using Pair = std::pair<std::string_view, std::string_view>;
constexpr std::array kOfEndpoint = {Pair{"MOB-1-14", "RFC4555-3.3-03"},
                                    Pair{"MOB-3-10", "RFC7296-2.9-03"},
                                    Pair{"MOB-4-10", "RFC4555-3.5-26"}};

const std::vector<Deviation>& own_deviations() {
  static const std::vector<Deviation> list{
      {"MOB-1-02", "asks an external home agent as well", "mobike/attach-outside"},
      {"MOB-1-03", "registers the access address through the VPN", "mobike/attach-outside"},
      {"MOB-1-05", "tries IKEv1 first", "mobike/attach-outside"},
      {"MOB-1-06", "does not say that it supports MOBIKE", "mobike/attach-outside"},
      {"MOB-1-14", "stays on port 500", "mobike/move-outside", {"RFC4555-3.3-03"}},
      {"MOB-2-05", "names another home agent outside", "mobike/attach-outside"},
      {"MOB-2-06", "asks for no inner address", "mobike/attach-outside"},
      {"MOB-3-01", "takes the TIA for its home address outside", "mobike/attach-outside"},
      {"MOB-3-02", "does not answer at its home address", "mobike/data-outside"},
      {"MOB-3-04", "builds no tunnel outside", "mobike/attach-outside"},
      {"MOB-3-05", "lets its binding run out outside", "mobike/renewal-outside"},
      {"MOB-3-09", "registers the same TIA after each move outside", "mobike/move-outside"},
      {"MOB-3-10", "sends its data in ESP without the Mobile IP tunnel", "mobike/data-outside"},
      {"MOB-3-11", "does not ask for reverse tunnelling outside", "mobike/attach-outside"},
      {"MOB-3-15", "registers a foreign agent outside", "mobike/foreign-agent-outside"},
      {"MOB-3-16", "does without DHCP where an agent advertises", "mobike/foreign-agent-inside"},
      {"MOB-3-17", "asks for another address than its own", "mobike/attach-outside"},
      {"MOB-3-19", "uses a foreign agent without registering there", "mobike/foreign-agent-inside"},
      {"MOB-3-22", "sends the Mobile IP tunnel past the gateway", "mobike/data-outside"},
      {"MOB-3.1.1-01", "keeps its binding at home", "mobike/return-home"},
      {"MOB-3.1.1-02", "takes a link for home by its addresses", "mobike/no-home"},
      {"MOB-3.1.2-01", "sends data in clear before the verdict", "mobike/data-outside"},
      {"MOB-3.1.2-02", "renews from its home address", "mobike/renewal-inside"},
      {"MOB-3.1.2-03", "renews an address of another link", "mobike/renewal-inside"},
      {"MOB-3.1.3-01", "registers a foreign agent before the verdict",
       "mobike/foreign-agent-inside"},
      {"MOB-3.1.3-02", "sets the D bit at a foreign agent", "mobike/foreign-agent-inside"},
      {"MOB-3.1.4-01", "registers the TIA in clear", "mobike/attach-outside"},
      {"MOB-3.1.4-02", "registers the TIA again inside", "mobike/outside-to-inside"},
      {"MOB-3.2-04", "asks for an address after looking for agents", "mobike/attach-inside"},
      {"MOB-3.2-05", "lets its binding run out inside", "mobike/renewal-inside"},
      {"MOB-3.2-06", "registers its former address after a move", "mobike/inside-to-inside"},
      {"MOB-3.2-07", "sends requests without an authenticator", "mobike/attach-inside"},
      {"MOB-3.3-01", "builds a new tunnel instead of moving the old one", "mobike/move-outside"},
      {"MOB-3.3-03", "does not register its new TIA", "mobike/tia-change", {"MOB-3.4.2-10"}},
      {"MOB-3.3-04",
       "does not register the TIA of another gateway",
       "mobike/second-gateway",
       {"MOB-3.4.2-10"}},
      {"MOB-3.4-01", "takes private addresses for trusted", "mobike/attach-outside-behind-nat"},
      {"MOB-3.4-02", "does not ask the home agent in clear", "mobike/move-outside"},
      {"MOB-3.4-03", "takes a reply in clear for none", "mobike/outside-to-inside"},
      {"MOB-3.4-04", "asks once", "mobike/attach-outside"},
      {"MOB-3.4-05", "asks more often than it is told", "mobike/attach-outside"},
      {"MOB-3.4-06", "waits longer than it is told", "mobike/attach-outside"},
      {"MOB-3.4-08", "tells the gateway after the home agent fell silent", "mobike/move-outside"},
      {"MOB-3.4-09", "sends in clear though only the gateway answers", "mobike/data-outside"},
      {"MOB-3.4-10", "stays with the VPN inside", "mobike/outside-to-inside"},
      {"MOB-3.4-12", "sends data in ESP before the verdict", "mobike/move-outside"},
      {"MOB-3.4-13", "believes a forged reply", "mobike/forged-reply"},
      {"MOB-3.4-14", "takes a denial for a registration", "mobike/denied-inside"},
      {"MOB-3.4-15", "believes the denial of a foreign agent", "mobike/foreign-agent-outside"},
      {"MOB-3.4-16", "takes a reply through the VPN for the verdict", "mobike/data-outside"},
      {"MOB-3.4-17", "sends in clear when nobody answers", "mobike/nobody-answers"},
      {"MOB-3.4-18", "mixes clear and ESP after a late reply", "mobike/late-reply"},
      {"MOB-3.4-21", "asks twice a second", "mobike/attach-outside"},
      {"MOB-3.4.1-04", "waits for a new registration after a move outside", "mobike/move-outside"},
      {"MOB-3.4.1-06", "sends nothing inside until the gateway answers",
       "mobike/gateway-unreachable-inside"},
      {"MOB-3.4.2-01", "sends its data in ESP inside", "mobike/outside-to-inside"},
      {"MOB-3.4.2-07", "builds a tunnel after the home agent fell silent", "mobike/attach-outside"},
      {"MOB-3.4.2-09", "sends from its former address inside", "mobike/inside-to-inside"},
      {"MOB-3.4.2-10", "does not register through the tunnel", "mobike/attach-outside"},
      {"MOB-3.4.2-11", "sends data before the TIA is registered",
       "mobike/registration-lost-outside"},
      {"MOB-3.4.2-16", "repeats an Identification in the tunnel", "mobike/attach-outside"},
      {"MOB-4-01", "does not ask for UDP tunnelling", "mobike/nat-inside"},
      {"MOB-4-03", "asks for UDP tunnelling at a foreign agent", "mobike/foreign-agent-inside"},
      {"MOB-4-04", "forbids NATs to the gateway", "mobike/attach-outside-behind-nat"},
      {"MOB-4-06", "does not ask for UDP tunnelling for a private TIA", "mobike/private-tia"},
      {"MOB-4-07", "sends IP-in-IP though UDP was granted", "mobike/nat-inside"},
      {"MOB-4-08", "lets the mapping to the home agent time out", "mobike/nat-inside"},
      {"MOB-4-09", "takes a reply across a NAT for none", "mobike/nat-inside"},
      {"MOB-4-10",
       "sends plain ESP after a move behind a NAT",
       "mobike/moves-across-nats",
       {"RFC4555-3.5-26"}},
      {"MOB-4-11", "lets the mapping to the gateway time out", "mobike/idle-behind-nat"},
      {"MOB-6-01", "uses a vendor's extension", "mobike/attach-inside"},
  };
  return list;
}

}  // namespace

std::vector<std::string> ike_deviations_of_mobike_node(const std::vector<std::string>& active) {
  const auto known = ike_initiator_deviations();
  std::vector<std::string> result;
  for (const std::string& id : active) {
    if (std::ranges::find(known, id, &Deviation::id) != known.end()) result.push_back(id);
    for (const auto& [own, of_endpoint] : kOfEndpoint)
      if (own == id) result.emplace_back(of_endpoint);
  }
  return result;
}

std::span<const Deviation> mobike_node_deviations() {
  static const std::vector<Deviation> all = [] {
    std::vector<Deviation> list = own_deviations();
    const auto ike = ike_initiator_deviations();
    list.insert(list.end(), ike.begin(), ike.end());
    return list;
  }();
  return all;
}

}  // namespace mipvet::roles

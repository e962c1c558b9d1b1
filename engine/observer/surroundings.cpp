#include "engine/observer/surroundings.h"

#include <algorithm>

#include "engine/wire/mip4.h"

namespace mipvet::observer {

namespace request = wire::mip4::request;
namespace ha_parameter = wire::mip4::ha_parameter;

void add_circumstances(Circumstances& circumstances, const Sighting& seen, bool is_first,
                       const model::Network& network, const AddressBook& addresses) {
  if (is_first) {
    switch (network.link(seen.link).side) {
      case model::Side::external:
        circumstances.add(Circumstance::external);
        break;
      case model::Side::home:
        circumstances.add(Circumstance::internal);
        circumstances.add(Circumstance::home_link);
        break;
      case model::Side::internal:
      case model::Side::dmz:
        circumstances.add(Circumstance::internal);
        break;
    }
    const wire::Ipv4Address care_of = seen.address(request::care_of_address);
    const NodeId carer = addresses.owner(care_of);
    if (carer != model::kNobody && network.node(carer).role == Role::foreign_agent)
      circumstances.add(Circumstance::fa_coa);
    else if (care_of != seen.address(request::home_address))
      circumstances.add(Circumstance::colocated);
    if (seen[request::simultaneous_bindings] != 0) circumstances.add(Circumstance::s_bit);
    if (seen.carries(wire::mip4::nai::layout)) circumstances.add(Circumstance::nai);
    const wire::View parameter = seen.extension(ha_parameter::layout);
    if (parameter && parameter.address(ha_parameter::home_agent_address).is_zero())
      circumstances.add(Circumstance::dynamic_ha);
    const bool behind_nat = addresses.has_nat(seen.link) && seen.receiver == model::kNobody;
    if (!behind_nat) circumstances.add(Circumstance::no_nat);
  }
  const bool from_nat =
      seen.sender != model::kNobody && network.node(seen.sender).role == Role::nat;
  const bool before_nat = is_first && !circumstances.has(Circumstance::no_nat);
  if (from_nat || before_nat) {
    circumstances.remove(Circumstance::no_nat);
    circumstances.add(Circumstance::nat);
  }
}

bool can_reach(const model::Node& node, wire::Ipv4Address address) {
  for (const model::Attachment& attachment : node.attachments)
    if ((attachment.address && attachment.address->contains(address)) || attachment.gateway)
      return true;
  return std::ranges::any_of(
      node.routes, [&](const model::Route& route) { return route.destination.contains(address); });
}

}  // namespace mipvet::observer

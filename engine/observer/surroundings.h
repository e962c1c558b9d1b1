#pragma once

#include "engine/observer/address_book.h"
#include "engine/observer/circumstance.h"

namespace mipvet::observer {

/// Adds what a request shows of its circumstances; `is_first`: of all sightings of its exchange,
/// the one nearest to the mobile node.
void add_circumstances(Circumstances& circumstances, const Sighting& request, bool is_first,
                       const model::Network& network, const AddressBook& addresses);

/// The node has a way to an address: on one of its links, or by a declared route.
bool can_reach(const model::Node& node, wire::Ipv4Address address);

}  // namespace mipvet::observer

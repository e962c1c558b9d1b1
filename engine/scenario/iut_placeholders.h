#pragma once

#include <string>

#include "engine/model/network.h"
#include "engine/scenario/iut_file.h"

namespace mipvet::scenario {

/// What commands can be told of a node that is an implementation, from the network: `routes`,
/// `peer.NODE.LINK`, `parameter.NAME` (of objects `parameter.NAME.MEMBER`; lists with commas
/// between, truth as `yes` or `no`), `ike.psk`, `ike.id` and `ike.peer` (of its first credentials).
Placeholders placeholders_of(const model::Network& network, model::NodeId node);

/// A command with all that is known put in; a parameter that the node does not have is empty.
std::string completed(const std::string& command, const Placeholders& placeholders);

}  // namespace mipvet::scenario

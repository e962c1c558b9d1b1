#pragma once

#include <nlohmann/json.hpp>

#include "engine/model/document.h"
#include "engine/model/network.h"

namespace mipvet::scenario {

/// The arguments of a step {"node": ..., "do": VERB, ...}: all there that the verb needs, none that
/// it does not know, addresses dotted. Throws model::InputError, also where the node's role has no
/// such verb.
nlohmann::json command_arguments(const model::Value& step, const model::Network& network,
                                 model::NodeId node);

}  // namespace mipvet::scenario

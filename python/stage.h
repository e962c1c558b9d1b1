#pragma once

#include "engine/scenario/scenario.h"
#include "python/bindings.h"

namespace mipvet::python {

/// Calls a step that is written in Python with the stage; afterwards the stage it was given no
/// longer works. An AssertionError of it is what did not go as the script says.
void perform(const py::object& code, scenario::Stage& stage, const model::Network& network);

/// A node or link by name. Throws model::InputError with the names that there are.
model::NodeId node_named(const model::Network& network, const std::string& name);
model::LinkId link_named(const model::Network& network, const std::string& name);

/// The arguments of a node's command as its role takes them: checked, addresses dotted. Throws
/// model::InputError.
nlohmann::json command_arguments(const model::Network& network, model::NodeId node,
                                 const std::string& verb, const std::string& arguments);

}  // namespace mipvet::python

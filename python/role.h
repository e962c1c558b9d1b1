#pragma once

#include <map>
#include <memory>
#include <string>

#include "python/bindings.h"
#include "roles/actor.h"

namespace mipvet::python {

/// By the name of the node: what makes the role (a class or function of one argument, the stand).
using OwnRoles = std::map<std::string, py::object>;

/// The actor of a node that Python plays, null where it plays none of that name. Needs no GIL.
std::unique_ptr<roles::Actor> make_own_actor(const std::map<std::string, Held>& own,
                                             const roles::Part& part);

}  // namespace mipvet::python

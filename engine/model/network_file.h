#pragma once

#include <filesystem>

#include "engine/model/document.h"
#include "engine/model/network.h"

/// Networks as people write them (scenarios/networks/*.json).
namespace mipvet::model {

/// Checks against the schema, resolves all names, fills in defaults. In the parameters of the nodes
/// addresses by name become dotted ones. Throws InputError.
Network network_from_document(const Document& document);
Network load_network(const std::filesystem::path& path);

}  // namespace mipvet::model

#pragma once

#include <string_view>
#include <vector>

#include "engine/model/network.h"

namespace mipvet::cli {

/// What a message lists where a node is unknown.
inline std::vector<std::string_view> node_names(const model::Network& network) {
  std::vector<std::string_view> names;
  for (const model::Node& node : network.nodes) names.emplace_back(node.name);
  return names;
}

}  // namespace mipvet::cli

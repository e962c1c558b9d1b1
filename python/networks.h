#pragma once

#include <memory>

#include "engine/scenario/scenario.h"
#include "python/bindings.h"

namespace mipvet::python {

/// A network and the document that it was made from.
struct LoadedNetwork {
  std::shared_ptr<const model::Network> network;
  model::Json document;
};

using SharedScenario = std::shared_ptr<scenario::Scenario>;

}  // namespace mipvet::python

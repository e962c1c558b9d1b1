#pragma once

#include <memory>

#include "engine/scenario/scenario.h"
#include "python/bindings.h"

namespace mipvet::python {

/// A network and the document that it was made from.
struct LoadedNetwork {
  std::shared_ptr<const model::Network> network;
  model::Json document;
  std::string path;  ///< of the file that it was loaded from; empty: it is of none
};

using SharedScenario = std::shared_ptr<scenario::Scenario>;

}  // namespace mipvet::python

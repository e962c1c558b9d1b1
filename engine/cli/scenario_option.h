#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "engine/scenario/scenario_file.h"

namespace mipvet::cli {

/// Which scenarios a verb is about: paths, and a glob over ids.
class ScenarioOption {
 public:
  /// `paths_required`: else the scenarios directory of the project or the installation is taken.
  void add_to(CLI::App& verb, bool paths_required);
  /// Throws model::InputError; also where the glob leaves nothing.
  /// `ics`: what implementations under test declare, see scenario::load_scenario.
  std::vector<scenario::Scenario> load(const model::Json& ics = model::Json::object()) const;

 private:
  std::vector<std::string> paths_;
  std::string filter_ = "*";
};

}  // namespace mipvet::cli

#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "engine/model/baseline.h"

namespace mipvet::cli {

/// What counts as a failure: `--strict`, and `--expect FILE` with those that are known.
class VerdictOption {
 public:
  void add_to(CLI::App& verb);
  bool strict() const { return strict_; }
  /// Throws model::InputError.
  model::Baseline baseline() const;

 private:
  bool strict_ = false;
  std::string expect_;
};

}  // namespace mipvet::cli

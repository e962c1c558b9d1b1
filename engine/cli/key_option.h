#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "engine/crypto/key_log.h"

namespace mipvet::cli {

/// `--keys FILE...`, and what `run --captures` left beside a capture.
class KeyOption {
 public:
  void add_to(CLI::App& verb);
  /// The keys of all files that were named; of none, those beside the captures. Throws
  /// model::InputError where one cannot be used.
  crypto::KeyLog load(const std::vector<std::filesystem::path>& captures) const;

 private:
  std::vector<std::string> files_;
};

}  // namespace mipvet::cli

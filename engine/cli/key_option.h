#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "engine/crypto/key_log.h"

namespace mipvet::cli {

/// Adds the keys of a file to a log. InputError where it cannot be used.
void append_keys(crypto::KeyLog& log, const std::filesystem::path& file);

/// What `run --captures` left beside a capture: CAPTURE with .keys and, of implementations under
/// test, CAPTURE.logs/*.keys; sorted.
std::vector<std::filesystem::path> key_files_beside(const std::filesystem::path& capture);

/// `--keys FILE...`, and what `run --captures` left beside a capture.
class KeyOption {
 public:
  void add_to(CLI::App& verb);
  /// The keys of all files that were named; of none, those beside the captures. InputError where
  /// one cannot be used.
  crypto::KeyLog load(const std::vector<std::string>& captures) const;

 private:
  std::vector<std::string> files_;
};

}  // namespace mipvet::cli

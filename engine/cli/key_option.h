#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace mipvet::cli {

/// `--keys FILE...`, and what `run --captures` left beside a capture.
class KeyOption {
 public:
  void add_to(CLI::App& verb);
  /// Those that were named; where none was, those beside the captures.
  std::vector<std::filesystem::path> files(
      const std::vector<std::filesystem::path>& captures) const;

 private:
  std::vector<std::string> files_;
};

}  // namespace mipvet::cli

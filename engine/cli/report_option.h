#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "engine/model/result.h"

namespace mipvet::cli {

/// `--report KIND:FILE`, as often as wanted; the text report goes to standard output.
class ReportOption {
 public:
  void add_to(CLI::App& verb);
  /// Complains about unknown kinds before any work is done. Throws model::InputError.
  void check() const;
  /// Prints the text report and writes the files. Throws model::InputError where one cannot be
  /// written.
  void write(const model::Campaign& campaign) const;

 private:
  std::vector<std::string> wanted_;
};

/// Writes a whole file. Throws model::InputError with the reason.
void write_file(const std::string& path, const std::string& content);

}  // namespace mipvet::cli

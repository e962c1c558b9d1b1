#pragma once

#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "engine/model/result.h"
#include "reports/report_files.h"

namespace mipvet::cli {

/// `--report KIND:FILE`, as often as wanted; the text report goes to standard output.
class ReportOption {
 public:
  void add_to(CLI::App& verb);
  /// Throws model::InputError; to be asked before any work is done.
  reports::ReportFiles files() const { return reports::ReportFiles(wanted_); }

 private:
  std::vector<std::string> wanted_;
};

/// Writes the files and prints the text report.
void tell(const model::Campaign& campaign, const reports::ReportFiles& files);

}  // namespace mipvet::cli

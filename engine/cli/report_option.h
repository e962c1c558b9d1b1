#pragma once

#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "engine/model/result.h"

namespace mipvet::cli {

/// `--report KIND:FILE`, as often as wanted; the text report goes to standard output.
class ReportOption {
 public:
  ReportOption() = default;
  explicit ReportOption(std::vector<std::string> wanted) : wanted_(std::move(wanted)) {}

  void add_to(CLI::App& verb);
  /// Complains about unknown kinds and files that cannot be written before any work is done. Throws
  /// model::InputError.
  void check() const;
  /// A report is wanted that shows the frames (ScenarioResult::recording).
  bool shows_frames() const;
  /// A report is wanted that copies frames (ScenarioResult::sources).
  bool needs_captures() const;
  /// Writes the files. Throws model::InputError where one cannot be written.
  void write_files(const model::Campaign& campaign) const;
  /// Writes the files and prints the text report.
  void write(const model::Campaign& campaign) const;

 private:
  std::vector<std::string> wanted_;
};

/// The file of a verb whose only report is `json:FILE`; empty where none is asked for. Throws
/// model::InputError, also where it cannot be written.
std::string json_file(const std::string& text);

/// Writes a whole file. Throws model::InputError with the reason.
void write_file(const std::string& path, const std::string& content);

}  // namespace mipvet::cli

#pragma once

#include <string>
#include <vector>

#include "engine/model/result.h"

namespace mipvet::reports {

struct ReportKind;

/// The reports that are wanted as files, each as `--report KIND:FILE` names it.
class ReportFiles {
 public:
  /// Throws model::InputError for unknown kinds and files that cannot be written, before any work
  /// is done.
  explicit ReportFiles(const std::vector<std::string>& wanted);

  /// One is wanted that shows the frames (ScenarioResult::recording).
  bool show_frames() const;
  /// One is wanted that copies frames (ScenarioResult::sources).
  bool need_captures() const;
  /// Throws model::InputError where one cannot be written.
  void write(const model::Campaign& campaign) const;

 private:
  struct Wanted {
    const ReportKind* kind;
    std::string file;
  };
  std::vector<Wanted> wanted_;
};

/// What may be wanted: "json:FILE, junit:FILE or text:FILE", of all kinds.
std::string report_kinds();

/// The file of a `--report json:FILE` where there is no other kind; empty where none is wanted.
/// Throws model::InputError, also where it cannot be written.
std::string json_file(const std::string& text);

}  // namespace mipvet::reports

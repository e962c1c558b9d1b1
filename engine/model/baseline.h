#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/document.h"
#include "engine/model/result.h"

namespace mipvet::model {

/// A failure that is known and not mended yet.
struct KnownFailure {
  std::string scenario;
  const rules::Requirement* requirement = nullptr;
  std::string node;
  std::string reason;
};

/// What is known to fail (scenarios/schema/baseline.schema.json). A known failure fails no
/// scenario; one that is broken no longer does, so that the list cannot rot.
class Baseline {
 public:
  Baseline() = default;  ///< nothing is known
  explicit Baseline(std::vector<KnownFailure> known) : known_(std::move(known)) {}

  /// Gives the scenario's findings that are known (broken, not inconclusive) their reason.
  /// `on_trial`: the nodes that the baseline is about; a node of ours is never excused.
  void excuse(std::string_view scenario, std::vector<Finding>& findings,
              const std::function<bool(const std::string& node)>& on_trial) const;

  /// Entries of the scenario that excuse none of its findings, in one line; empty where there is
  /// none. To be asked of a scenario that came to its end.
  std::string stale(std::string_view scenario, const std::vector<Finding>& findings,
                    const std::function<bool(const std::string& node)>& on_trial) const;

 private:
  std::vector<KnownFailure> known_;
};

/// A scenario that passed or failed fails where the baseline has entries for it that are stale; the
/// reason says so. What was not decided says nothing about them.
void tell_stale(ScenarioResult& result, const Baseline& baseline,
                const std::function<bool(const std::string& node)>& on_trial);

/// Throws InputError.
Baseline baseline_from(const Document& document);
Baseline load_baseline(const std::filesystem::path& path);

}  // namespace mipvet::model

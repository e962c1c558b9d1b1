#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/model/baseline.h"
#include "engine/model/result.h"
#include "engine/rules/rule_book.h"
#include "engine/scenario/iut_file.h"
#include "engine/scenario/scenario.h"
#include "roles/actor.h"

namespace mipvet::campaign {

/// What takes part in a run besides roles and rules of this program.
class Additions {
 public:
  virtual ~Additions() = default;
  /// Plays a node in the place of our role; null: it does not.
  virtual std::unique_ptr<roles::Actor> actor(const roles::Part& part) = 0;
  /// Sees every frame, by its number in the run's capture (from 1).
  virtual void frame(const net::Frame& frame, std::uint64_t number) = 0;
  /// Appends what it found; a node that it plays itself stands trial like one that deviates.
  virtual void add_findings(std::vector<model::Finding>& findings) = 0;
  virtual bool plays(const std::string& node) const = 0;
};

struct RunOptions {
  std::uint64_t seed = 1;
  bool strict = false;
  /// Deviations by the name of the node that is asked for them.
  std::map<std::string, std::vector<std::string>> deviations = {};
  /// The same, but the verdict does not know of them: bugs of ours.
  std::map<std::string, std::vector<std::string>> planted = {};
  /// Where the run's capture and network are left; empty: nowhere.
  std::string captures = {};
  /// They stay there; else only while the reports are written.
  bool keep_captures = true;
  /// Where a live run's tcpdump of each link is left; empty: there is none.
  std::string tcpdump = {};
  /// A report shows the frames: they are kept with the result.
  bool record = false;
  /// Failures of the nodes under trial that are known.
  model::Baseline baseline = {};
  /// Implementations under test; null: none.
  const scenario::IutFile* iut = nullptr;
  /// Null: nothing besides.
  Additions* additions = nullptr;
  /// mipvet itself, for commands of IUT files; empty: the program that runs.
  std::filesystem::path program = {};
  /// Ends a run before its script does.
  std::stop_token stop = {};
};

/// Runs a scenario in the simulated network and judges it.
model::ScenarioResult run_simulated(const scenario::Scenario& scenario, const rules::RuleBook& book,
                                    const RunOptions& options);

/// A scenario that was not run, and why.
model::ScenarioResult not_run(const scenario::Scenario& scenario, const RunOptions& options,
                              model::Mode mode, model::ScenarioVerdict verdict, std::string reason);

/// All nodes played, or some of them implementations under test: in network namespaces that are
/// made for it and removed. Needs root.
model::ScenarioResult run_live(const scenario::Scenario& scenario, const rules::RuleBook& book,
                               const RunOptions& options);

/// Where a capture of a run is left: DIR/<id with dashes for slashes><suffix>.
std::string capture_path(const std::string& directory, const std::string& scenario_id,
                         std::string_view suffix = ".pcapng");

}  // namespace mipvet::campaign

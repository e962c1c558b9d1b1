#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/finding.h"

/// What a campaign came to, as every report tells it.
namespace mipvet::model {

/// Of a scenario, and of a whole campaign. `error`: the tool is at fault (exit status 4).
/// `not_applicable`: the IUT does not declare what the scenario needs.
enum class ScenarioVerdict : std::uint8_t { pass, fail, inconclusive, not_applicable, error };
std::string_view to_string(ScenarioVerdict verdict);

/// How the frames came about.
enum class Mode : std::uint8_t { sim, live, capture };
std::string_view to_string(Mode mode);

/// A capture that holds frames of a run.
struct FrameSource {
  std::string path;
  std::optional<std::string> link;  ///< all its frames are of this link; else interfaces tell
};

struct Recording;  // engine/model/recording.h

struct ScenarioResult {
  std::string id;
  std::string title;
  std::string file;  ///< the scenario's, or the capture's
  ScenarioVerdict verdict = ScenarioVerdict::pass;
  std::string reason;  ///< why not pass, in one line; empty for pass
  Mode mode = Mode::sim;
  std::vector<std::string> iuts;  ///< nodes that are real implementations
  double duration_s = 0;          ///< in the network's time
  std::uint64_t seed = 1;
  std::optional<double> jitter_s;  ///< live: the most that anything happened later than it was due
  std::uint64_t frames = 0;
  std::optional<std::string> capture;
  std::vector<FrameSource> sources;  ///< where its frames are while reports are written
  std::string replay;                ///< the command line that runs it again
  std::vector<Finding> findings;
  /// Its frames, or of a long run those that matter; null where no report shows them.
  std::shared_ptr<const Recording> recording = nullptr;
};

/// A part of a campaign that others run at the same time: of the scenarios in their order the
/// `index`-th (from 1), and every `of`-th after it.
struct Shard {
  static constexpr std::uint64_t kMost = 1000;
  std::uint64_t index = 1;
  std::uint64_t of = 1;
};

struct Campaign {
  std::vector<ScenarioResult> scenarios;
  std::optional<Shard> shard;  ///< empty: it is whole
  bool strict = false;         ///< a broken SHOULD counts as a failure

  /// error before fail before inconclusive before pass.
  ScenarioVerdict verdict() const;
  /// How many scenarios came to it.
  std::size_t count(ScenarioVerdict wanted) const;
  /// DESIGN's contract: 0, 1, 3 or 4 (2 is bad input, before there is a campaign).
  int exit_status() const;
};

}  // namespace mipvet::model

#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/campaign/recorder.h"
#include "engine/campaign/scenario_run.h"
#include "engine/model/result.h"
#include "engine/net/capture_file.h"
#include "engine/observer/observer.h"
#include "engine/rules/judge.h"

namespace mipvet::campaign {

/// Whoever looks at the frames of a run: the rules, and as the options say the capture, the
/// recorder and what was added. What is given has to live longer. Throws net::CaptureError where
/// the capture cannot be written.
class RunWatch {
 public:
  RunWatch(const scenario::Scenario& scenario, const rules::RuleBook& book,
           const RunOptions& options);

  void frame(const net::Frame& frame);
  /// A line of the key log, see crypto::read_key_log.
  void keys(std::string_view line);
  /// No more frames: judges what has run out, leaves the capture and its keys.
  void end();

  /// The findings, the capture and the recording, after the end. `jitter`: judge::findings.
  void put_into(model::ScenarioResult& result, net::Duration jitter) const;

 private:
  const scenario::Scenario& scenario_;
  const RunOptions& options_;
  rules::Judge judge_;
  observer::Observer observer_;
  std::string path_;  // of the capture; empty: there is none
  std::optional<net::CaptureWriter> capture_;
  Recorder recorder_;
  std::string keys_;
};

}  // namespace mipvet::campaign

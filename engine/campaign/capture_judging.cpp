#include "engine/campaign/capture_judging.h"

#include <algorithm>

#include "engine/campaign/key_files.h"
#include "engine/campaign/recorder.h"
#include "engine/model/network_file.h"

namespace mipvet::campaign {

CaptureJudging::CaptureJudging(const CaptureCase& one, const model::Network& network,
                               const rules::RuleBook& book, const crypto::KeyLog& keys)
    : case_(one),
      network_(network),
      judge_(network, book),
      observer_(network, judge_),
      frames_(one.captures, network) {
  observer_.add_keys(keys);
}

bool CaptureJudging::advance() {
  const auto next = frames_.next();
  if (!next) {
    if (!finished_) observer_.finish(observer_.now());
    finished_ = true;
    return false;
  }
  if (observer_.frames() == 0) first_ = next->frame.time;
  observer_.frame(next->frame, next->number);
  return true;
}

model::ScenarioResult CaptureJudging::result(const JudgingOptions& options) const {
  model::ScenarioResult result;
  result.id = case_.id;
  result.title = network_.title.empty() ? network_.name : network_.title;
  result.file = case_.captures.front().path.string();
  result.mode = model::Mode::capture;
  result.frames = observer_.frames();
  result.duration_s = std::chrono::duration<double>(observer_.now() - first_).count();
  result.capture = case_.captures.front().path.string();
  for (const CaptureFile& file : case_.captures)
    result.sources.push_back({file.path.string(), file.link});
  result.replay = case_.check_command();
  result.findings = judge_.findings(network_.windows.jitter);
  const auto on_trial = [](const std::string&) { return true; };
  options.baseline.excuse(result.id, result.findings, on_trial);
  const bool is_evaluated = std::ranges::any_of(
      result.findings, [](const model::Finding& finding) { return finding.evaluated > 0; });
  const bool is_undecided = std::ranges::any_of(result.findings, [](const model::Finding& finding) {
    return finding.verdict == model::Verdict::inconclusive;
  });
  const auto breaks = [&](const model::Finding& finding) {
    return model::counts_as_failure(finding, options.strict);
  };
  if (result.reason = model::breaches(result.findings, breaks); !result.reason.empty()) {
    result.verdict = model::ScenarioVerdict::fail;
  } else if (!is_evaluated) {
    result.verdict = model::ScenarioVerdict::inconclusive;
    result.reason = "no frame of the capture is judged by any rule";
  } else if (is_undecided) {
    result.verdict = model::ScenarioVerdict::inconclusive;
    result.reason = "some requirements could not be decided";
  } else {
    result.reason = model::known_breaches(result.findings);
  }
  model::tell_stale(result, options.baseline, on_trial);
  return result;
}

model::ScenarioResult judge_case(const CaptureCase& one, const rules::RuleBook& book,
                                 const JudgingOptions& options) {
  const model::Network network = model::load_network(one.network);
  CaptureJudging judging(one, network, book, load_keys(one.keys));
  while (judging.advance()) {
  }
  model::ScenarioResult result = judging.result(options);
  if (options.record) result.recording = record_case(one, result);
  return result;
}

std::shared_ptr<const model::Recording> record_case(const CaptureCase& one,
                                                    const model::ScenarioResult& result) {
  const model::Network network = model::load_network(one.network);
  const FrameSelection selection(result.findings, result.frames);
  Recorder recorder;
  CaptureFrames frames(one.captures, network);
  while (const auto next = frames.next())
    if (selection.holds(next->number)) recorder.frame(next->frame, next->number);
  return std::make_shared<model::Recording>(recorder.take(network, load_keys(one.keys), selection));
}

}  // namespace mipvet::campaign

#include "engine/campaign/capture_judging.h"

#include <algorithm>

#include "engine/campaign/recorder.h"

namespace mipvet::campaign {

CaptureJudging::CaptureJudging(const std::vector<CaptureFile>& captures,
                               const model::Network& network, const rules::RuleBook& book,
                               const crypto::KeyLog& keys)
    : captures_(captures),
      network_(network),
      judge_(network, book),
      observer_(network, judge_),
      frames_(captures, network) {
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
  result.id = options.id.empty() ? captures_.front().path.stem().string() : options.id;
  result.title = network_.title.empty() ? network_.name : network_.title;
  result.file = captures_.front().path.string();
  result.mode = model::Mode::capture;
  result.frames = observer_.frames();
  result.duration_s = std::chrono::duration<double>(observer_.now() - first_).count();
  result.capture = captures_.front().path.string();
  for (const CaptureFile& file : captures_)
    result.sources.push_back({file.path.string(), file.link});
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

model::ScenarioResult judge_captures(const std::vector<CaptureFile>& captures,
                                     const model::Network& network, const rules::RuleBook& book,
                                     const crypto::KeyLog& keys, const JudgingOptions& options) {
  CaptureJudging judging(captures, network, book, keys);
  while (judging.advance()) {
  }
  model::ScenarioResult result = judging.result(options);
  if (options.record) result.recording = record_captures(captures, network, keys, result);
  return result;
}

std::shared_ptr<const model::Recording> record_captures(const std::vector<CaptureFile>& captures,
                                                        const model::Network& network,
                                                        const crypto::KeyLog& keys,
                                                        const model::ScenarioResult& result) {
  const FrameSelection selection(result.findings, result.frames);
  Recorder recorder;
  CaptureFrames frames(captures, network);
  while (const auto next = frames.next())
    if (selection.holds(next->number)) recorder.frame(next->frame, next->number);
  return std::make_shared<model::Recording>(recorder.take(network, keys, selection));
}

}  // namespace mipvet::campaign

#include "engine/cli/capture_judge.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/cli/recorder.h"
#include "engine/model/document.h"
#include "engine/net/capture_file.h"

namespace mipvet::cli {

/// One file being read: its next frame and which link each of its interfaces is.
class CaptureFrames::Reading {
 public:
  Reading(const CaptureFile& file, const model::Network& network)
      : file_(file), network_(network), reader_(file.path) {
    if (file.link) link_ = find(*file.link);
    advance();
  }

  const std::optional<net::CapturedFrame>& frame() const { return frame_; }
  void advance() { frame_ = reader_.next(); }
  /// As a live run has it: in order of time, then of the links in the network.
  bool precedes(Reading& other) {
    if (frame_->time != other.frame_->time) return frame_->time < other.frame_->time;
    return link() < other.link();
  }

  net::LinkId link() {
    if (link_) return *link_;
    while (links_.size() <= frame_->interface)
      links_.push_back(find(reader_.interfaces()[links_.size()]));
    return links_[frame_->interface];
  }

 private:
  net::LinkId find(const std::string& name) const {
    if (const auto link = network_.find_link(name)) return *link;
    std::vector<std::string_view> known;
    for (const model::Link& link : network_.links) known.emplace_back(link.name);
    throw model::InputError(fmt::format(
        "{}: interface {} is no link of network `{}`; right: interfaces that bear a link's name "
        "({}), or LINK={}",
        file_.path.string(), model::shown(name), network_.name, fmt::join(known, ", "),
        file_.path.string()));
  }

  const CaptureFile& file_;
  const model::Network& network_;
  net::CaptureReader reader_;
  std::optional<net::LinkId> link_;
  std::vector<net::LinkId> links_;
  std::optional<net::CapturedFrame> frame_;
};

CaptureFrames::CaptureFrames(const std::vector<CaptureFile>& captures,
                             const model::Network& network) {
  readings_.reserve(captures.size());
  for (const CaptureFile& file : captures)
    readings_.push_back(std::make_unique<Reading>(file, network));
}

CaptureFrames::~CaptureFrames() = default;

std::optional<CaptureFrames::Numbered> CaptureFrames::next() {
  if (last_ != nullptr) last_->advance();
  last_ = nullptr;
  for (const auto& reading : readings_)
    if (reading->frame() && (last_ == nullptr || reading->precedes(*last_))) last_ = reading.get();
  if (last_ == nullptr) return std::nullopt;
  const net::CapturedFrame& captured = *last_->frame();
  return Numbered{{captured.time, last_->link(), captured.bytes}, captured.number};
}

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

model::ScenarioResult CaptureJudging::result(bool strict, const model::Baseline& baseline) const {
  model::ScenarioResult result;
  result.id = captures_.front().path.stem().string();
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
  baseline.excuse(result.id, result.findings, on_trial);
  const auto any = [&](model::Verdict verdict) {
    return std::any_of(result.findings.begin(), result.findings.end(),
                       [&](const model::Finding& f) { return f.verdict == verdict; });
  };
  const bool evaluated =
      std::any_of(result.findings.begin(), result.findings.end(),
                  [](const model::Finding& finding) { return finding.evaluated > 0; });
  const auto breaks = [strict](const model::Finding& finding) {
    return model::counts_as_failure(finding, strict);
  };
  if (result.reason = model::breaches(result.findings, breaks); !result.reason.empty()) {
    result.verdict = model::ScenarioVerdict::fail;
  } else if (!evaluated) {
    result.verdict = model::ScenarioVerdict::inconclusive;
    result.reason = "no frame of the capture is judged by any rule";
  } else if (any(model::Verdict::inconclusive)) {
    result.verdict = model::ScenarioVerdict::inconclusive;
    result.reason = "some requirements could not be decided";
  } else {
    result.reason = model::known_breaches(result.findings);
  }
  model::tell_stale(result, baseline, on_trial);
  return result;
}

model::ScenarioResult judge_captures(const std::vector<CaptureFile>& captures,
                                     const model::Network& network, const rules::RuleBook& book,
                                     const crypto::KeyLog& keys, bool strict,
                                     const model::Baseline& baseline) {
  CaptureJudging judging(captures, network, book, keys);
  while (judging.advance()) {
  }
  return judging.result(strict, baseline);
}

model::Recording record_captures(const std::vector<CaptureFile>& captures,
                                 const model::Network& network, const crypto::KeyLog& keys,
                                 const model::ScenarioResult& result) {
  const FrameSelection selection(result.findings, result.frames);
  Recorder recorder;
  CaptureFrames frames(captures, network);
  while (const auto next = frames.next())
    if (selection.holds(next->number)) recorder.frame(next->frame, next->number);
  return recorder.take(network, keys, selection);
}

}  // namespace mipvet::cli

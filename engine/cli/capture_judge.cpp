#include "engine/cli/capture_judge.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/cli/recorder.h"
#include "engine/model/document.h"
#include "engine/net/capture_file.h"
#include "engine/observer/observer.h"
#include "engine/rules/judge.h"

namespace mipvet::cli {

namespace {

/// One file being read: its next frame and which link each of its interfaces is.
class Reading {
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

/// Frames in order of time over all files, `see(frame)` for each.
template <typename See>
void read_captures(const std::vector<CaptureFile>& captures, const model::Network& network,
                   const See& see) {
  std::vector<std::unique_ptr<Reading>> readings;
  readings.reserve(captures.size());
  for (const CaptureFile& file : captures)
    readings.push_back(std::make_unique<Reading>(file, network));
  while (true) {
    Reading* next = nullptr;
    for (const auto& reading : readings)
      if (reading->frame() && (next == nullptr || reading->precedes(*next))) next = reading.get();
    if (next == nullptr) return;
    const net::CapturedFrame& captured = *next->frame();
    see(net::Frame{captured.time, next->link(), captured.bytes}, captured.number);
    next->advance();
  }
}

}  // namespace

model::ScenarioResult judge_captures(const std::vector<CaptureFile>& captures,
                                     const model::Network& network, const rules::RuleBook& book,
                                     const crypto::KeyLog& keys, bool strict,
                                     const model::Baseline& baseline) {
  rules::Judge judge(network, book);
  observer::Observer observer(network, judge);
  observer.add_keys(keys);
  net::Time first{};
  read_captures(captures, network, [&](const net::Frame& frame, std::uint64_t number) {
    if (observer.frames() == 0) first = frame.time;
    observer.frame(frame, number);
  });
  observer.finish(observer.now());

  model::ScenarioResult result;
  result.id = captures.front().path.stem().string();
  result.title = network.title.empty() ? network.name : network.title;
  result.file = captures.front().path.string();
  result.mode = model::Mode::capture;
  result.frames = observer.frames();
  result.duration_s = std::chrono::duration<double>(observer.now() - first).count();
  result.capture = captures.front().path.string();
  for (const CaptureFile& file : captures)
    result.sources.push_back({file.path.string(), file.link});
  result.findings = judge.findings();
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

model::Recording record_captures(const std::vector<CaptureFile>& captures,
                                 const model::Network& network, const crypto::KeyLog& keys,
                                 const model::ScenarioResult& result) {
  const FrameSelection selection(result.findings, result.frames);
  Recorder recorder;
  read_captures(captures, network, [&](const net::Frame& frame, std::uint64_t number) {
    if (selection.holds(number)) recorder.frame(frame, number);
  });
  return recorder.take(network, keys, selection);
}

}  // namespace mipvet::cli

#include "engine/campaign/run_watch.h"

#include <filesystem>
#include <memory>
#include <vector>

#include "engine/campaign/frame_selection.h"
#include "engine/crypto/key_log.h"
#include "engine/model/text_file.h"

namespace mipvet::campaign {

namespace {

constexpr const char* kKeySource = "keys of the run";

/// Writes a run's frames to a capture whose interfaces bear the names of the links.
std::optional<net::CaptureWriter> open_capture(const scenario::Scenario& scenario,
                                               const std::string& path) {
  if (path.empty()) return std::nullopt;
  std::vector<std::string> links;
  for (const model::Link& link : scenario.network.links) links.push_back(link.name);
  return net::CaptureWriter::pcapng(path, links, "mipvet " + scenario.id);
}

/// Beside the capture, so that `check` and `decode` find them.
void leave_keys(const std::string& path, const std::string& keys) {
  if (!keys.empty())
    model::write_file(path, keys);
  else
    std::filesystem::remove(path);  // of an earlier run
}

}  // namespace

RunWatch::RunWatch(const scenario::Scenario& scenario, const rules::RuleBook& book,
                   const RunOptions& options)
    : scenario_(scenario),
      options_(options),
      judge_(scenario.network, book),
      observer_(scenario.network, judge_),
      path_(options.captures.empty() ? "" : capture_path(options.captures, scenario.id)),
      capture_(open_capture(scenario, path_)) {}

void RunWatch::frame(const net::Frame& frame) {
  observer_.frame(frame);
  if (options_.record) recorder_.frame(frame, observer_.frames());
  if (options_.additions != nullptr) options_.additions->frame(frame, observer_.frames());
  if (capture_)
    capture_->write({.time = frame.time,
                     .interface = frame.link,
                     .bytes = frame.bytes,
                     .original_length = 0,
                     .number = 0});
}

void RunWatch::keys(std::string_view line) {
  observer_.add_keys(crypto::read_key_log(line, kKeySource));
  keys_ += line;
}

void RunWatch::end() {
  observer_.finish(observer_.now());
  if (!capture_) return;
  capture_->close();
  leave_keys(capture_path(options_.captures, scenario_.id, ".keys"), keys_);
}

void RunWatch::put_into(model::ScenarioResult& result, net::Duration jitter) const {
  result.findings = judge_.findings(jitter);
  if (capture_) result.sources = {{path_, std::nullopt}};
  if (capture_ && options_.keep_captures) result.capture = path_;
  if (options_.record)
    result.recording = std::make_shared<model::Recording>(
        recorder_.take(scenario_.network, crypto::read_key_log(keys_, kKeySource),
                       FrameSelection(result.findings, result.frames)));
  if (options_.additions != nullptr) options_.additions->add_findings(result.findings);
}

}  // namespace mipvet::campaign

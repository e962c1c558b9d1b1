#include "reports/pcapng_report.h"

#include <map>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "engine/model/network.h"
#include "engine/net/capture_file.h"
#include "reports/place.h"
#include "reports/printable.h"

namespace mipvet::reports {

namespace {

using model::Finding;
using model::ScenarioResult;
using model::Verdict;

std::string comment(const Finding& finding) {
  std::string result =
      fmt::format("{} {} ({}) by {}", model::to_string(finding.verdict), finding.requirement->id,
                  rules::to_string(finding.requirement->level), finding.node);
  if (finding.verdict != Verdict::pass && finding.verdict != Verdict::not_applicable)
    result += fmt::format(": expected {}; observed {}", finding.expected, finding.observed);
  if (!finding.known.empty()) result += "; known: " + finding.known;
  return result;
}

std::string section_comment(const ScenarioResult& scenario) {
  std::string result =
      fmt::format("mipvet {}: {}", scenario.id, model::to_string(scenario.verdict));
  if (!scenario.reason.empty()) result += ", " + scenario.reason;
  for (const Finding& finding : scenario.findings)
    if (finding.frames.empty() &&
        (model::is_broken(finding) || finding.verdict == Verdict::inconclusive))
      result += "\n" + comment(finding);
  return printable(result);
}

/// A capture file being read, with the comments that its frames are to bear.
struct Source {
  net::CaptureReader reader;
  std::uint32_t first_interface = 0;  ///< of the section
  std::map<std::uint64_t, std::vector<std::string>> comments = {};
  std::optional<net::CapturedFrame> frame = std::nullopt;

  void advance() { frame = reader.next(); }
};

/// The names of all interfaces of a file, also of those described behind the first frame.
std::vector<std::string> interfaces_of(const model::FrameSource& source) {
  net::CaptureReader reader(source.path);
  while (reader.next()) continue;
  std::vector<std::string> names(reader.interfaces().begin(), reader.interfaces().end());
  if (source.link) names.assign(names.size(), *source.link);
  return names;
}

void add_comments(const ScenarioResult& scenario, const model::FrameSource& of, Source& source) {
  for (const Finding& finding : scenario.findings)
    for (const model::Evidence& evidence : finding.frames) {
      if (of.link && *of.link != evidence.link) continue;
      std::string text = comment(finding);
      if (const auto& [first, end] = evidence.range; end > first)
        text += fmt::format(" ({})", place(evidence));
      source.comments[evidence.capture_frame].push_back(printable(text));
    }
}

class Section {
 public:
  explicit Section(const ScenarioResult& scenario) : comment_(section_comment(scenario)) {
    for (const model::FrameSource& of : scenario.sources) {
      const auto source = std::make_shared<Source>(Source{net::CaptureReader(of.path)});
      source->first_interface = static_cast<std::uint32_t>(interfaces_.size());
      for (std::string& name : interfaces_of(of)) interfaces_.push_back(std::move(name));
      add_comments(scenario, of, *source);
      source->advance();
      sources_.push_back(source);
    }
  }

  const std::vector<std::string>& interfaces() const { return interfaces_; }
  const std::string& comment() const { return comment_; }

  /// In order of time over all files.
  void write(net::CaptureWriter& writer) {
    while (Source* source = next()) {
      net::CapturedFrame frame = *source->frame;
      frame.interface += source->first_interface;
      const auto comments = source->comments.find(frame.number);
      writer.write(frame, comments == source->comments.end() ? std::span<const std::string>()
                                                             : comments->second);
      source->advance();
    }
  }

 private:
  Source* next() const {
    Source* first = nullptr;
    for (const auto& source : sources_)
      if (source->frame && (first == nullptr || source->frame->time < first->frame->time))
        first = source.get();
    return first;
  }

  std::string comment_;
  std::vector<std::string> interfaces_;
  std::vector<std::shared_ptr<Source>> sources_;
};

}  // namespace

void write_pcapng_report(const model::Campaign& campaign, const std::filesystem::path& path) {
  std::optional<net::CaptureWriter> writer;
  for (const ScenarioResult& scenario : campaign.scenarios) {
    if (scenario.frames == 0) continue;
    if (scenario.sources.empty())
      throw model::InputError(fmt::format(
          "{}: its frames are in no capture; right: `mipvet run --captures DIR` where the "
          "report comes from",
          scenario.id));
    Section section(scenario);
    if (writer)
      writer->begin_section(section.interfaces(), section.comment());
    else
      writer.emplace(net::CaptureWriter::pcapng(path, section.interfaces(), section.comment()));
    section.write(*writer);
  }
  if (!writer) writer.emplace(net::CaptureWriter::pcapng(path, {}, "mipvet: no frames"));
  writer->close();
}

}  // namespace mipvet::reports

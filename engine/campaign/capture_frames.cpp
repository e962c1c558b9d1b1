#include "engine/campaign/capture_frames.h"

#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/model/document.h"
#include "engine/net/capture_file.h"

namespace mipvet::campaign {

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

}  // namespace mipvet::campaign

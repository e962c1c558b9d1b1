#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/crypto/key_log.h"
#include "engine/model/baseline.h"
#include "engine/model/network.h"
#include "engine/model/recording.h"
#include "engine/model/result.h"
#include "engine/observer/observer.h"
#include "engine/rules/judge.h"
#include "engine/rules/rule_book.h"

namespace mipvet::cli {

/// A capture of one link, or with interfaces that bear the names of links.
struct CaptureFile {
  std::filesystem::path path;
  std::optional<std::string> link;  ///< all its frames are of this link
};

/// The frames of captures of one run, in order of time over all files. What is given has to live
/// longer. Throws net::CaptureError and model::InputError (an interface or link that the network
/// does not have).
class CaptureFrames {
 public:
  CaptureFrames(const std::vector<CaptureFile>& captures, const model::Network& network);
  ~CaptureFrames();

  struct Numbered {
    net::Frame frame;  ///< its octets live until the next one is asked for
    std::uint64_t number;
  };
  /// Nothing at the end.
  std::optional<Numbered> next();

 private:
  class Reading;
  std::vector<std::unique_ptr<Reading>> readings_;
  Reading* last_ = nullptr;
};

/// Judges captures of one run frame by frame, in order of time over all files. What is given has to
/// live longer. The constructor and `advance` throw net::CaptureError and model::InputError (an
/// interface or link that the network does not have).
class CaptureJudging {
 public:
  CaptureJudging(const std::vector<CaptureFile>& captures, const model::Network& network,
                 const rules::RuleBook& book, const crypto::KeyLog& keys);

  /// Judges the next frame; false where there was none: then all is judged.
  bool advance();
  const rules::Judge& judge() const { return judge_; }
  std::uint64_t frames() const { return observer_.frames(); }
  model::ScenarioResult result(bool strict, const model::Baseline& baseline = {}) const;

 private:
  const std::vector<CaptureFile>& captures_;
  const model::Network& network_;
  rules::Judge judge_;
  observer::Observer observer_;
  CaptureFrames frames_;
  net::Time first_{};
  bool finished_ = false;
};

/// Judges captures of one run, frames in order of time over all files. Throws net::CaptureError
/// and model::InputError (an interface or link that the network does not have).
model::ScenarioResult judge_captures(const std::vector<CaptureFile>& captures,
                                     const model::Network& network, const rules::RuleBook& book,
                                     const crypto::KeyLog& keys, bool strict,
                                     const model::Baseline& baseline = {});

/// The frames of the same captures that a report shows: they are read once more. Throws as above.
model::Recording record_captures(const std::vector<CaptureFile>& captures,
                                 const model::Network& network, const crypto::KeyLog& keys,
                                 const model::ScenarioResult& result);

}  // namespace mipvet::cli

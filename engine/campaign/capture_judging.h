#pragma once

#include <string>
#include <vector>

#include "engine/campaign/capture_case.h"
#include "engine/crypto/key_log.h"
#include "engine/model/baseline.h"
#include "engine/model/network.h"
#include "engine/model/recording.h"
#include "engine/model/result.h"
#include "engine/observer/observer.h"
#include "engine/rules/judge.h"
#include "engine/rules/rule_book.h"

namespace mipvet::campaign {

struct JudgingOptions {
  bool strict = false;
  /// Failures of the capture that are known.
  model::Baseline baseline = {};
  /// A report shows the frames: they are read once more and kept with the result.
  bool record = false;
};

/// Judges captures of one run frame by frame, in order of time over all files. What is given has to
/// live longer. The constructor and `advance` throw net::CaptureError and model::InputError (an
/// interface or link that the network does not have).
class CaptureJudging {
 public:
  CaptureJudging(const CaptureCase& one, const model::Network& network, const rules::RuleBook& book,
                 const crypto::KeyLog& keys);

  /// Judges the next frame; false where there was none: then all is judged.
  bool advance();
  const rules::Judge& judge() const { return judge_; }
  std::uint64_t frames() const { return observer_.frames(); }
  model::ScenarioResult result(const JudgingOptions& options) const;

 private:
  const CaptureCase& case_;
  const model::Network& network_;
  rules::Judge judge_;
  observer::Observer observer_;
  CaptureFrames frames_;
  net::Time first_{};
  bool finished_ = false;
};

/// Loads the network and the keys of a case and judges its frames. Throws net::CaptureError and
/// model::InputError (an interface or link that the network does not have).
model::ScenarioResult judge_case(const CaptureCase& one, const rules::RuleBook& book,
                                 const JudgingOptions& options);

/// The frames of a case that a report shows: they are read once more. Throws as above.
std::shared_ptr<const model::Recording> record_case(const CaptureCase& one,
                                                    const model::ScenarioResult& result);

}  // namespace mipvet::campaign

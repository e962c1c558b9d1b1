#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "engine/model/document.h"
#include "engine/model/result.h"

namespace mipvet::reports {

/// What a capture was found to be: which files went into the judgement, and what came out.
struct Expectation {
  std::map<std::string, std::string> inputs;  ///< name of a file: its SHA-256 in hexadecimal
  model::ScenarioVerdict verdict = model::ScenarioVerdict::pass;
  std::vector<model::Finding> findings;  ///< one for each requirement and node
};

/// JSON, a line for each finding, so that a difference of two versions reads well.
std::string to_json(const Expectation& expectation);
/// Throws model::InputError.
Expectation expectation_from(const model::Document& document);
Expectation load_expectation(const std::filesystem::path& path);

/// From bad to good; the order in which they are told.
enum class ChangeKind : std::uint8_t {
  new_failure,     ///< a MUST or SHOULD is broken that was not, or a SHOULD was and now is a MUST's
  gone_failure,    ///< it is broken no longer
  other_verdict,   ///< neither was nor is broken; the verdict of the whole capture
  other_evidence,  ///< the same verdict from other frames, octets, counts or words
  other_input,     ///< the capture, its network or its keys are not those that were judged then
};
inline constexpr std::size_t kChangeKinds = 5;
std::string_view to_string(ChangeKind kind);

struct Change {
  ChangeKind kind = ChangeKind::other_input;
  std::string text;  ///< lines, not ended, the first one to stand behind the kind
};

/// What changed, the worst first; nothing where all is as expected.
std::vector<Change> compare(const Expectation& expected, const Expectation& now);

}  // namespace mipvet::reports

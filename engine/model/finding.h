#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/rules/ledger/ledger.h"
#include "engine/wire/layout.h"

/// What the rules found, as every report tells it.
namespace mipvet::model {

/// ISO/IEC 9646 words, with `warn` for a broken SHOULD. `recorded`: an option was seen in use.
enum class Verdict : std::uint8_t { pass, fail, warn, inconclusive, not_applicable };
std::string_view to_string(Verdict verdict);

/// The octets of one frame that a finding rests on.
struct Evidence {
  std::uint64_t capture_frame = 0;  ///< 1-based number in the run's capture
  std::string link;
  wire::OctetRange range;
};

struct Finding {
  const rules::Requirement* requirement = nullptr;
  std::string node;
  std::string role;  ///< of the node
  Verdict verdict = Verdict::pass;
  std::uint64_t evaluated = 0;
  std::vector<Evidence> frames;
  std::string expected;
  std::string observed;
  std::string known;  ///< broken, and why that is known (baseline.h); empty: it is not
};

/// A requirement that is broken: a MUST, or a SHOULD.
bool is_broken(const Finding& finding);
/// It is, and counts: not a SHOULD unless `strict`, and not known.
bool counts_as_failure(const Finding& finding, bool strict);
/// It is, and fails nothing: a SHOULD, not known.
bool is_warning(const Finding& finding, bool strict);

/// Who broke what in one line, of the findings that count: "fa broke A; mipp broke B, C". `after`
/// is put behind each node's name. Empty where none counts.
std::string breaches(const std::vector<Finding>& findings,
                     const std::function<bool(const Finding&)>& counts,
                     std::string_view after = {});

/// Those that are known, in the same words: "known failures: mipp broke B"; empty where none is.
std::string known_breaches(const std::vector<Finding>& findings);

}  // namespace mipvet::model

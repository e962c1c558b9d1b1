#pragma once

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "engine/wire/role.h"

namespace mipvet::rules {

/// The word a requirement rests on (RFC 2119); `implicit` where the text has none.
enum class Level { must, must_not, should, should_not, may, implicit };

/// What a breach is worth.
enum class Severity { fail, warn, info };

/// Whether a tester can see it; where not `yes`, `Requirement::why_not` says why.
enum class Testable { yes, partly, no };

/// As the ledgers write them: "MUST NOT", "warn", "partly".
std::string_view to_string(Level level);
std::string_view to_string(Severity severity);
std::string_view to_string(Testable testable);

/// A tag of `applies`, the same in all ledgers: an index into condition_names().
using ConditionId = std::uint16_t;

/// Conditions that hold for a node, a network or a moment of a run.
class ConditionSet {
 public:
  static constexpr std::size_t capacity = 256;

  ConditionSet() = default;
  ConditionSet(std::initializer_list<ConditionId> conditions) {
    for (const ConditionId condition : conditions) insert(condition);
  }

  void insert(ConditionId condition) { bits_.set(condition); }
  void erase(ConditionId condition) { bits_.reset(condition); }
  bool contains(ConditionId condition) const { return bits_.test(condition); }
  /// Whether a requirement that `applies` so is to be judged: all of its tags hold.
  bool contains_all(std::span<const ConditionId> applies) const {
    for (const ConditionId condition : applies) {
      if (!contains(condition)) return false;
    }
    return true;
  }
  bool empty() const { return bits_.none(); }
  std::size_t size() const { return bits_.count(); }

  bool operator==(const ConditionSet&) const = default;

 private:
  std::bitset<capacity> bits_;
};

/// One line of a ledger. The README beside the ledgers describes the fields; texts that a
/// requirement does not have are empty.
struct Requirement {
  std::string_view id;             ///< "MIPP-2.2.1-13"
  std::string_view specification;  ///< the tag of the id: "MIPP", "RFC3344"
  std::string_view document;       ///< "draft-adrangi-mobileip-vpn-traversal-02", "RFC 3344"
  std::string_view section;
  Level level = Level::implicit;
  std::string_view basis;  ///< keyword, lowercase, prose, figure, base or derived
  Severity severity = Severity::info;
  RoleSet roles;  ///< the ones judged
  RoleSet peers;
  std::span<const ConditionId> applies = {};  ///< all have to hold; empty: always
  std::span<const std::string_view> messages = {};
  std::string_view requirement = {};
  std::string_view when = {};
  std::string_view observe = {};
  std::string_view violation = {};
  std::string_view stimulus = {};
  std::string_view kind = {};
  Testable testable = Testable::no;
  std::string_view why_not = {};
  std::string_view note = {};
  std::string_view since = {};      ///< how other editions of the specification differ
  std::string_view withdrawn = {};  ///< why; not empty: the id is kept, nothing is judged
  std::uint16_t index = 0;          ///< its place in requirements()
};

/// What a condition means in the ledger that uses it.
struct ConditionText {
  ConditionId condition = 0;
  std::string_view text;
};

/// A draft or RFC that has requirements.
struct Specification {
  std::string_view tag;
  std::string_view document;
  std::string_view title;
  std::string_view ledger;                    ///< its file: "adrangi-mipproxy.json"
  std::span<const ConditionText> conditions;  ///< of the whole ledger, by ascending id
  std::uint16_t first = 0;                    ///< index of its first requirement
  std::uint16_t count = 0;

  std::span<const Requirement> requirements() const;
};

/// All requirements: the drafts, then the base RFCs; within a ledger as it stands there.
std::span<const Requirement> requirements();

/// All specifications, in the order of their requirements.
std::span<const Specification> specifications();

/// Null where there is no such requirement or specification.
const Requirement* find(std::string_view id);
const Specification* find_specification(std::string_view tag);

/// The tags of all ledgers, sorted.
std::span<const std::string_view> condition_names();
std::optional<ConditionId> condition(std::string_view tag);

/// What the tag means in the ledger of the specification ("nat", "MIPP"); empty where that ledger
/// has no such tag.
std::string_view condition_text(std::string_view tag, std::string_view specification);
std::string_view condition_text(ConditionId condition, std::string_view specification);

}  // namespace mipvet::rules

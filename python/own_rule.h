#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/rules/ledger/ledger.h"
#include "python/bindings.h"

namespace mipvet::python {

/// A rule written in Python: a requirement that no ledger has, and the code that judges frames by
/// it. `make` is called for every run and gives what is called with each frame.
class OwnRule {
 public:
  struct Text {
    std::string id;
    std::string requirement;
    std::string level;     ///< as ledgers write it: "MUST NOT"
    std::string role;      ///< of the senders that are judged; empty: all
    std::string message;   ///< of the frames that are judged; empty: all
    std::string evidence;  ///< the field that a report shows; empty: the message
  };
  OwnRule(Text text, py::object make);
  OwnRule(const OwnRule&) = delete;
  OwnRule& operator=(const OwnRule&) = delete;

  const Text& text() const { return text_; }
  const rules::Requirement& requirement() const { return requirement_; }
  const py::object& make() const { return make_; }

 private:
  Text text_;
  py::object make_;
  rules::Requirement requirement_;  // its texts are those of text_
};

/// What rules in Python found in one run.
class OwnRules {
 public:
  /// Needs the GIL, as its end does.
  OwnRules(const std::vector<std::shared_ptr<OwnRule>>& rules,
           std::shared_ptr<const model::Network> network);

  bool empty() const { return running_.empty(); }
  /// Needs no GIL: it is taken where a rule in Python has to look.
  void frame(const std::shared_ptr<SeenFrame>& frame);
  void add_findings(std::vector<model::Finding>& findings) const;

 private:
  struct Tally {
    std::uint64_t evaluated = 0;
    std::uint64_t broken = 0;
    std::vector<model::Evidence> evidence;
    std::string observed;
  };
  struct Running {
    std::shared_ptr<OwnRule> rule;
    Held code;
    std::vector<Tally> tallies;  // by node
  };
  void judge(Running& running, const std::shared_ptr<SeenFrame>& frame, model::NodeId node);

  std::shared_ptr<const model::Network> network_;
  std::vector<Running> running_;
};

}  // namespace mipvet::python

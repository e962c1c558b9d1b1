#pragma once

#include "engine/campaign/scenario_run.h"
#include "python/own_rule.h"
#include "python/role.h"

namespace mipvet::python {

using OwnRuleList = std::vector<std::shared_ptr<OwnRule>>;

/// What Python adds to a run: roles, rules, and an ear for every frame.
class RunAdditions final : public campaign::Additions {
 public:
  RunAdditions(const OwnRoles& own_roles, const OwnRuleList& own_rules,
               std::shared_ptr<const model::Network> network, bool keep_frames)
      : network_(network), rules_(own_rules, std::move(network)), keep_frames_(keep_frames) {
    for (const auto& [node, make] : own_roles) roles_.emplace(node, Held(make));
  }

  std::unique_ptr<roles::Actor> actor(const roles::Part& part) override {
    return make_own_actor(roles_, part);
  }
  void frame(const net::Frame& frame, std::uint64_t number) override {
    if (!keep_frames_ && rules_.empty()) return;
    auto seen = std::make_shared<SeenFrame>(frame, number, network_);
    rules_.frame(seen);
    if (keep_frames_) frames_.push_back(std::move(seen));
  }
  void add_findings(std::vector<model::Finding>& findings) override {
    rules_.add_findings(findings);
  }
  bool plays(const std::string& node) const override { return roles_.contains(node); }

  std::vector<std::shared_ptr<SeenFrame>>& frames() { return frames_; }

 private:
  std::shared_ptr<const model::Network> network_;
  std::map<std::string, Held> roles_;
  OwnRules rules_;
  bool keep_frames_;
  std::vector<std::shared_ptr<SeenFrame>> frames_;
};

}  // namespace mipvet::python

#include "python/own_rule.h"

#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/wire/catalogue.h"
#include "engine/wire/dissect.h"
#include "engine/wire/value.h"

namespace mipvet::python {

namespace {

constexpr std::size_t kMaxEvidence = 8;

rules::Level level_named(const std::string& name) {
  for (const rules::Level level : {rules::Level::must, rules::Level::must_not, rules::Level::should,
                                   rules::Level::should_not, rules::Level::may})
    if (rules::to_string(level) == name) return level;
  throw model::InputError(
      fmt::format("{}: is no level; must be one of MUST, MUST NOT, SHOULD, SHOULD NOT, MAY", name));
}

rules::Severity severity_of(rules::Level level) {
  if (level == rules::Level::must || level == rules::Level::must_not) return rules::Severity::fail;
  return level == rules::Level::may ? rules::Severity::info : rules::Severity::warn;
}

wire::OctetRange range_of(const wire::Packet& packet, const std::string& path) {
  if (!path.empty()) {
    const Found found = find_field(packet, path);
    if (found.layer == nullptr) return {};
    return {found.layer->offset + static_cast<std::uint32_t>(found.field.first_octet()),
            found.layer->offset +
                static_cast<std::uint32_t>(found.field.end_octet(found.layer->header))};
  }
  const wire::Layer& message = packet.message();
  return {message.offset, message.offset + message.length};
}

}  // namespace

OwnRule::OwnRule(Text text, py::object make) : text_(std::move(text)), make_(std::move(make)) {
  if (text_.id.empty() || rules::find(text_.id) != nullptr)
    throw model::InputError(
        fmt::format("{}: is the id of a requirement that a ledger has; must be one of your own, "
                    "like OWN-1",
                    text_.id));
  if (!text_.role.empty() && !role_from_name(text_.role))
    throw model::InputError(
        fmt::format("{}: is no role; must be one of {}", text_.role, fmt::join(role_names, ", ")));
  if (!text_.message.empty() && wire::find_layout(text_.message) == nullptr)
    throw model::InputError(wire::unknown_layout(text_.message));
  requirement_.id = text_.id;
  requirement_.requirement = text_.requirement;
  requirement_.level = level_named(text_.level);
  requirement_.severity = severity_of(requirement_.level);
  requirement_.testable = rules::Testable::yes;
}

OwnRules::OwnRules(const std::vector<std::shared_ptr<OwnRule>>& rules,
                   std::shared_ptr<const model::Network> network)
    : network_(std::move(network)) {
  for (const auto& rule : rules)
    running_.push_back({rule, Held(rule->make()()), std::vector<Tally>(network_->nodes.size())});
}

void OwnRules::frame(const std::shared_ptr<SeenFrame>& frame) {
  if (running_.empty() || frame->by_tester()) return;
  const model::NodeId sender = frame->sender_node();
  if (sender == model::kNobody || !network_->node(sender).judged) return;
  for (Running& running : running_) {
    const OwnRule::Text& text = running.rule->text();
    if (!text.role.empty() && to_string(network_->node(sender).role) != text.role) continue;
    if (!text.message.empty() && frame->packet().message().layout->name != text.message) continue;
    judge(running, frame, sender);
  }
}

/// None: nothing to say of the frame. True: right. False, or what was seen instead: broken.
void OwnRules::judge(Running& running, const std::shared_ptr<SeenFrame>& frame,
                     model::NodeId node) {
  const py::gil_scoped_acquire gil;
  const py::object outcome = running.code.get()(frame);
  if (outcome.is_none()) return;
  const bool is_text = py::isinstance<py::str>(outcome);
  if (!is_text && !py::isinstance<py::bool_>(outcome))
    throw py::type_error(fmt::format("rule {}: gave {}; must give None, True, False or a text",
                                     running.rule->text().id, std::string(py::repr(outcome))));
  Tally& tally = running.tallies[node];
  ++tally.evaluated;
  if (!is_text && outcome.cast<bool>()) return;
  if (tally.broken++ == 0) {
    const std::string& path = running.rule->text().evidence;
    if (is_text) {
      tally.observed = outcome.cast<std::string>();
    } else if (!path.empty()) {
      const Found found = find_field(frame->packet(), path);
      const auto* layer = found.layer;
      tally.observed =
          layer == nullptr
              ? path + " missing"
              : fmt::format("{} {}", path,
                            wire::format_value(frame->packet().header(*layer), found.field));
    } else {
      tally.observed = wire::one_line(frame->packet());
    }
  }
  if (tally.evidence.size() < kMaxEvidence)
    tally.evidence.push_back(
        {frame->number(), frame->link(), range_of(frame->packet(), running.rule->text().evidence)});
}

void OwnRules::add_findings(std::vector<model::Finding>& findings) const {
  for (const Running& running : running_) {
    for (std::size_t node = 0; node < running.tallies.size(); ++node) {
      const Tally& tally = running.tallies[node];
      if (tally.evaluated == 0) continue;
      const model::Node& judged = network_->nodes[node];
      model::Finding finding;
      finding.requirement = &running.rule->requirement();
      finding.node = judged.name;
      finding.role = to_string(judged.role);
      finding.evaluated = tally.evaluated;
      finding.expected = running.rule->text().requirement;
      finding.observed = tally.observed;
      finding.frames = tally.evidence;
      if (tally.broken > 0 && running.rule->requirement().severity != rules::Severity::info)
        finding.verdict = running.rule->requirement().severity == rules::Severity::fail
                              ? model::Verdict::fail
                              : model::Verdict::warn;
      findings.push_back(std::move(finding));
    }
  }
}

void bind_rules(py::module_& module) {
  py::class_<OwnRule, std::shared_ptr<OwnRule>>(module, "OwnRule")
      .def(py::init([](std::string id, std::string requirement, std::string level, std::string role,
                       std::string message, std::string evidence, py::object make) {
        return std::make_shared<OwnRule>(
            OwnRule::Text{std::move(id), std::move(requirement), std::move(level), std::move(role),
                          std::move(message), std::move(evidence)},
            std::move(make));
      }))
      .def_property_readonly("id", [](const OwnRule& self) { return self.text().id; });
  module.def("requirement", [](const std::string& id) {
    const rules::Requirement* found = rules::find(id);
    if (found == nullptr) throw model::InputError(id + ": no ledger has such a requirement");
    py::dict result;
    result["id"] = found->id;
    result["document"] = found->document;
    result["section"] = found->section;
    result["level"] = rules::to_string(found->level);
    result["requirement"] = found->requirement;
    result["violation"] = found->violation;
    return result;
  });
}

}  // namespace mipvet::python

#include "engine/rules/judge.h"

#include <algorithm>
#include <array>
#include <type_traits>

#include "engine/observer/circumstance.h"

namespace mipvet::rules {

using model::Finding;
using model::NodeId;
using model::Verdict;
using observer::Circumstances;

namespace {

constexpr std::size_t kMaxEvidence = 8;

/// Tags that say that a node does not do something, or that the other of two ways is used: they
/// hold where the plain tag does not.
std::string_view negated(std::string_view tag) {
  if (tag == "no-nat") return {};  // a circumstance of its own
  return tag.starts_with("no-") ? tag.substr(3) : std::string_view{};
}

/// Conditions that a node declares and an exchange has to show as well.
bool is_declared_too(std::string_view tag) {
  return tag == "nai" || tag == "dynamic-ha";
}

bool declares(const model::Node& node, std::string_view tag) {
  const std::string_view plain = negated(tag);
  return plain.empty() ? node.declares(tag) : !node.declares(plain);
}

/// The node that a specification is about; a base specification is about none.
std::optional<Role> subject(std::string_view specification) {
  static constexpr std::array<std::pair<std::string_view, Role>, 6> subjects{{
      {"MIPP", Role::mip_proxy},
      {"MOB", Role::vpn_gateway},
      {"RFC4555", Role::vpn_gateway},
      {"RFC7296", Role::vpn_gateway},
      {"RFC3948", Role::vpn_gateway},
      {"RFC4303", Role::vpn_gateway},
  }};
  for (const auto& [name, role] : subjects)
    if (name == specification) return role;
  return std::nullopt;
}

bool uses_vpn(const model::Node& node) {
  return node.role == Role::mobile_node && node.parameters.contains("vpn");
}

/// A specification is in force in networks that have the nodes it is about.
bool is_in_force(const Requirement& requirement, const model::Network& network) {
  const auto has = [&](auto wanted) {
    return std::any_of(network.nodes.begin(), network.nodes.end(), wanted);
  };
  const std::optional<Role> role = subject(requirement.specification);
  return (!role || has([&](const model::Node& node) { return node.role == *role; })) &&
         (requirement.specification != "MOB" || has(uses_vpn));
}

/// MOB judges no mobile node that leaves the VPN to others.
bool is_about(const Requirement& requirement, const model::Node& node) {
  return requirement.roles.contains(node.role) &&
         (requirement.specification != "MOB" || node.role != Role::mobile_node || uses_vpn(node));
}

}  // namespace

struct Judge::Tally {
  const Requirement* requirement = nullptr;
  NodeId node = model::kNobody;
  bool applicable = false;
  std::uint64_t evaluated = 0;
  std::uint64_t failed = 0;
  std::uint64_t warned = 0;
  std::uint64_t inconclusive = 0;
  std::uint64_t silent = 0;
  net::Time first_silence = net::Time::max();
  net::Time last_silence{};
  observer::Duration missed_by{};  // the most of all breaches
  std::string_view reading;
  std::vector<model::Evidence> evidence;
  std::string expected;
  std::string observed;
};

Judge::Judge(const model::Network& network, const RuleBook& book)
    : network_(network), book_(book), activity_(network.nodes.size()) {
  std::apply([&](auto... kind) { (prepare<typename decltype(kind)::type>(), ...); },
             observer::PerFact<std::type_identity>{});
}

Judge::~Judge() = default;

void Judge::on(const observer::ReplySent& fact) {
  acted(fact.judged, fact.reply.time);
  apply(fact);
}

void Judge::on(const observer::ReplyRelayed& fact) {
  acted(fact.judged, fact.to_mn.time);
  apply(fact);
}

void Judge::on(const observer::IkeResponseSent& fact) {
  acted(fact.judged, fact.response.time);
  apply(fact);
}

void Judge::on(const observer::DatagramForwarded& fact) {
  acted(fact.judged, fact.place.time);
  apply(fact);
}

template <typename F>
void Judge::prepare() {
  auto& ready = std::get<AppliedRules<F>>(applied_);
  ready.resize(network_.nodes.size());
  for (const Rule<F>& rule : book_.rules<F>()) {
    const Requirement& requirement = rule.requirement();
    if (!is_in_force(requirement, network_)) continue;
    Circumstances wanted;
    std::vector<std::string_view> declarations;
    for (const ConditionId id : requirement.applies) {
      const std::string_view tag = condition_names()[id];
      if (std::find(rule.own().begin(), rule.own().end(), tag) != rule.own().end()) continue;
      const auto one = observer::circumstance(tag);
      if (one) wanted.add(*one);
      if (!one || is_declared_too(tag)) declarations.push_back(tag);
    }
    for (NodeId id = 0; id < network_.node_count(); ++id) {
      const model::Node& node = network_.node(id);
      if (!node.judged || !is_about(requirement, node) || !rule.covers(node.role) ||
          !rule.covers(node.edition))
        continue;
      Tally& result = tally(requirement, id);
      const bool applicable =
          std::all_of(declarations.begin(), declarations.end(),
                      [&](std::string_view tag) { return declares(node, tag); });
      result.applicable = result.applicable || applicable;
      if (applicable && rule.is_for(node))
        ready[id].push_back({rule.condition(), rule.requirement_holds(), wanted, &rule, &result});
    }
  }
}

template <typename F>
void Judge::apply(const F& fact) {
  if (fact.judged >= network_.nodes.size()) return;
  for (const Applied<F>& applied : std::get<AppliedRules<F>>(applied_)[fact.judged]) {
    if (!fact.circumstances.covers(applied.wanted)) continue;
    if (applied.condition != nullptr && !applied.condition(fact)) continue;
    const Outcome outcome =
        applied.holds != nullptr ? Outcome(applied.holds(fact)) : applied.rule->outcome(fact);
    if (outcome.kind == Outcome::Kind::skip) continue;
    ++applied.tally->evaluated;
    if (outcome.kind != Outcome::Kind::pass || !outcome.reading.empty())
      note(applied, outcome, fact);
  }
}

template <typename F>
void Judge::note(const Applied<F>& applied, Outcome outcome, const F& fact) {
  using enum Outcome::Kind;
  Tally& tally = *applied.tally;
  if (!outcome.reading.empty()) tally.reading = outcome.reading;
  const observer::Place& place = fact.primary();
  if (outcome.kind == silence) {
    ++tally.silent;
    tally.first_silence = std::min(tally.first_silence, place.time);
    tally.last_silence = std::max(tally.last_silence, place.time);
    return;
  }
  if (outcome.kind == inconclusive) ++tally.inconclusive;
  if (outcome.kind != fail && outcome.kind != warn) return;
  ++breaches_;
  // A breach is told by its first frames; a failure pushes out what was only a warning.
  tally.missed_by = std::max(tally.missed_by, applied.rule->missed_by(fact));
  const bool first_of_kind = outcome.kind == fail ? tally.failed == 0 : tally.warned == 0;
  ++(outcome.kind == fail ? tally.failed : tally.warned);
  if (outcome.kind == warn && tally.failed > 0) return;
  if (first_of_kind) {
    tally.evidence.clear();
    tally.expected = applied.rule->expected_text(fact);
    tally.observed = applied.rule->observed_text(fact);
  }
  if (tally.evidence.size() < kMaxEvidence)
    tally.evidence.push_back(
        {place.frame, network_.link(place.link).name, applied.rule->range(fact)});
}

Judge::Tally& Judge::tally(const Requirement& requirement, NodeId node) {
  for (const auto& one : tallies_)
    if (one->requirement == &requirement && one->node == node) return *one;
  tallies_.push_back(std::make_unique<Tally>());
  tallies_.back()->requirement = &requirement;
  tallies_.back()->node = node;
  return *tallies_.back();
}

void Judge::acted(NodeId node, net::Time time) {
  if (node >= activity_.size()) return;
  Activity& activity = activity_[node];
  if (activity.first == net::Time{}) activity.first = time;
  activity.last = std::max(activity.last, time);
}

std::vector<Finding> Judge::findings(observer::Duration jitter) const {
  std::vector<const Tally*> sorted;
  for (const auto& one : tallies_)
    if (one->evaluated > 0 || !one->applicable) sorted.push_back(one.get());
  std::sort(sorted.begin(), sorted.end(), [](const Tally* a, const Tally* b) {
    return std::pair(a->requirement->index, a->node) < std::pair(b->requirement->index, b->node);
  });
  std::vector<Finding> result;
  for (const Tally* one : sorted) {
    Finding finding;
    finding.requirement = one->requirement;
    finding.node = network_.node(one->node).name;
    finding.role = to_string(network_.node(one->node).role);
    finding.evaluated = one->evaluated;
    finding.frames = one->evidence;
    finding.expected =
        one->failed + one->warned > 0 ? one->expected : std::string(one->requirement->requirement);
    finding.observed = one->observed;
    // Silence beside a control: the node answered before and after.
    const Activity& activity = activity_[one->node];
    const bool controlled = activity.first != net::Time{} && activity.first < one->first_silence &&
                            activity.last > one->last_silence;
    if (!one->applicable) {
      finding.verdict = Verdict::not_applicable;
      finding.observed = "the node does not declare what this depends on";
    } else if (one->failed > 0) {
      const Severity severity = one->requirement->severity;
      finding.verdict = severity == Severity::fail   ? Verdict::fail
                        : severity == Severity::warn ? Verdict::warn
                                                     : Verdict::pass;
    } else if (one->warned > 0) {
      finding.verdict = Verdict::warn;
    } else if (one->silent > 0 && !controlled) {
      finding.verdict = Verdict::inconclusive;
      finding.observed = "silence, but no valid message of the kind was answered before and after";
    } else if (one->inconclusive == one->evaluated) {
      finding.verdict = Verdict::inconclusive;
    }
    if (model::is_broken(finding) && jitter > observer::Duration::zero() &&
        one->missed_by <= jitter) {
      finding.verdict = Verdict::inconclusive;
      finding.observed += fmt::format("; but the machine was up to {:.3f} s late",
                                      std::chrono::duration<double>(jitter).count());
    }
    if (finding.observed.empty() && !one->reading.empty())
      finding.observed = fmt::format("reading: {}", one->reading);
    result.push_back(std::move(finding));
  }
  return result;
}

}  // namespace mipvet::rules

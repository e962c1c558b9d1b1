#include "engine/model/finding.h"

#include <array>
#include <map>

#include <fmt/format.h>

namespace mipvet::model {

std::string_view to_string(Verdict verdict) {
  constexpr std::array<std::string_view, 5> names = {"pass", "fail", "warn", "inconclusive",
                                                     "not-applicable"};
  return names[static_cast<std::size_t>(verdict)];
}

bool is_broken(const Finding& finding) {
  return finding.verdict == Verdict::fail || finding.verdict == Verdict::warn;
}

bool counts_as_failure(const Finding& finding, bool strict) {
  return is_broken(finding) && (strict || finding.verdict == Verdict::fail) &&
         finding.known.empty();
}

bool is_warning(const Finding& finding, bool strict) {
  return is_broken(finding) && finding.known.empty() && !counts_as_failure(finding, strict);
}

std::string breaches(const std::vector<Finding>& findings,
                     const std::function<bool(const Finding&)>& counts, std::string_view after) {
  std::map<std::string_view, std::string> by_node;
  for (const Finding& finding : findings) {
    if (!counts(finding)) continue;
    std::string& ids = by_node[finding.node];
    ids += ids.empty() ? " " : ", ";
    ids += finding.requirement->id;
  }
  std::string result;
  for (const auto& [node, ids] : by_node)
    result += fmt::format("{}{}{} broke{}", result.empty() ? "" : "; ", node, after, ids);
  return result;
}

std::string known_breaches(const std::vector<Finding>& findings) {
  const std::string known =
      breaches(findings, [](const Finding& finding) { return !finding.known.empty(); });
  return known.empty() ? known : "known failures: " + known;
}

}  // namespace mipvet::model

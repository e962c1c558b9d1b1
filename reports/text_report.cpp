#include "reports/text_report.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "reports/place.h"
#include "reports/totals.h"

namespace mipvet::reports {

namespace {

using model::Finding;
using model::ScenarioResult;
using model::ScenarioVerdict;
using model::Verdict;

class Painter {
 public:
  explicit Painter(bool colour) : colour_(colour) {}
  std::string operator()(ScenarioVerdict verdict, std::string_view text) const {
    constexpr std::array<int, 5> codes = {32, 31, 33, 90, 35};
    return paint(codes[static_cast<std::size_t>(verdict)], text);
  }
  std::string operator()(Verdict verdict, std::string_view text) const {
    constexpr std::array<int, 5> codes = {32, 31, 33, 33, 90};
    return paint(codes[static_cast<std::size_t>(verdict)], text);
  }

 private:
  std::string paint(int code, std::string_view text) const {
    return colour_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
  }
  bool colour_;
};

std::size_t count_of(const ScenarioResult& scenario, Verdict verdict) {
  return static_cast<std::size_t>(
      std::count_if(scenario.findings.begin(), scenario.findings.end(),
                    [&](const Finding& finding) { return finding.verdict == verdict; }));
}

std::string plural(std::size_t n, std::string_view word) {
  return fmt::format("{} {}{}", n, word, n == 1 ? "" : "s");
}

/// Breaks a text at blanks; all lines but the first are indented to `column`.
std::string wrapped(std::string_view text, std::size_t column, std::size_t width) {
  std::string result;
  std::size_t used = column;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    if (used + end + 1 > width && used > column) {
      result += '\n' + std::string(column, ' ');
      used = column;
    } else if (used > column) {
      result += ' ';
      ++used;
    }
    result += text.substr(0, end);
    used += end;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return result;
}

std::string breach(const Finding& finding, const Painter& paint) {
  constexpr std::size_t column = 14;
  constexpr std::size_t width = 100;
  std::string result = fmt::format(
      "  {} {} ({}, {}) by {}\n", paint(finding.verdict, model::to_string(finding.verdict)),
      finding.requirement->id, rules::to_string(finding.requirement->level),
      finding.requirement->document, finding.node);
  result +=
      fmt::format("    required  {}\n", wrapped(finding.requirement->requirement, column, width));
  if (finding.expected != finding.requirement->requirement)
    result += fmt::format("    expected  {}\n", wrapped(finding.expected, column, width));
  result += fmt::format("    observed  {}\n", wrapped(finding.observed, column, width));
  for (const model::Evidence& evidence : finding.frames)
    result += fmt::format("    {}\n", place(evidence, "frame     "));
  if (!finding.known.empty())
    result += fmt::format("    known     {}\n", wrapped(finding.known, column, width));
  return result;
}

/// Why a requirement could not be decided, in one line.
std::string undecided(const Finding& finding, const Painter& paint) {
  return fmt::format("  {} {} by {}: {}\n",
                     paint(finding.verdict, model::to_string(finding.verdict)),
                     finding.requirement->id, finding.node, wrapped(finding.observed, 4, 100));
}

}  // namespace

std::string text_report(const model::Campaign& campaign, const TextOptions& options) {
  const Painter paint(options.colour);
  std::size_t widest = 8;
  for (const ScenarioResult& scenario : campaign.scenarios)
    widest = std::max(widest, scenario.id.size());
  std::string result = fmt::format("{:{}}  {:14}  {:>6}  {:>6}  {:>5}  {:>5}  {:>7}\n", "scenario",
                                   widest, "verdict", "frames", "passed", "failed", "warn", "time");
  for (const ScenarioResult& scenario : campaign.scenarios) {
    const std::string verdict = fmt::format("{:14}", model::to_string(scenario.verdict));
    result += fmt::format("{:{}}  {}  {:6}  {:6}  {:6}  {:4}  {:6.1f}s\n", scenario.id, widest,
                          paint(scenario.verdict, verdict), scenario.frames,
                          count_of(scenario, Verdict::pass), count_of(scenario, Verdict::fail),
                          count_of(scenario, Verdict::warn), scenario.duration_s);
  }
  for (const ScenarioResult& scenario : campaign.scenarios) {
    const bool needs_no_words = scenario.verdict == ScenarioVerdict::pass &&
                                scenario.reason.empty() && count_of(scenario, Verdict::warn) == 0;
    if (needs_no_words) continue;
    result += fmt::format("\n{}: {}{}{}\n", scenario.id,
                          paint(scenario.verdict, model::to_string(scenario.verdict)),
                          scenario.reason.empty() ? "" : ", ", scenario.reason);
    for (const Finding& finding : scenario.findings)
      if (model::is_broken(finding))
        result += breach(finding, paint);
      else if (finding.verdict == Verdict::inconclusive &&
               scenario.verdict == ScenarioVerdict::inconclusive)
        result += undecided(finding, paint);
    if (!scenario.replay.empty()) result += fmt::format("  replay: {}\n", scenario.replay);
  }
  std::string not_applicable;
  for (const ScenarioResult& scenario : campaign.scenarios)
    for (const Finding& finding : scenario.findings)
      if (finding.verdict == Verdict::not_applicable && !scenario.iuts.empty() &&
          std::find(scenario.iuts.begin(), scenario.iuts.end(), finding.node) !=
              scenario.iuts.end()) {
        const std::string entry = fmt::format(" {}({})", finding.requirement->id, finding.node);
        if (not_applicable.find(entry) == std::string::npos) not_applicable += entry;
      }
  if (!not_applicable.empty())
    result += fmt::format("\nnot applicable by the declarations of the implementation:\n  {}\n",
                          wrapped(std::string_view(not_applicable).substr(1), 2, 100));
  const Totals totals = count(campaign);
  result += fmt::format("\n{}: {}, {} checked: {} passed, {} failed, {} warned, {} inconclusive\n",
                        paint(campaign.verdict(), model::to_string(campaign.verdict())),
                        plural(campaign.scenarios.size(), "scenario"),
                        plural(totals.checked, "requirement"), totals.passed, totals.failed,
                        totals.warned, totals.inconclusive);
  return result;
}

}  // namespace mipvet::reports

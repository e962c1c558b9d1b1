#include "reports/junit_report.h"

#include <pugixml.hpp>
#include <sstream>

#include <fmt/format.h>

#include "reports/place.h"
#include "reports/printable.h"

namespace mipvet::reports {

namespace {

template <typename IsTold>
std::string told(const model::ScenarioResult& scenario, const IsTold& is_told) {
  std::string result;
  for (const model::Finding& finding : scenario.findings) {
    if (!is_told(finding)) continue;
    result += fmt::format("{} ({}, {}): expected {}; observed {}", finding.requirement->id,
                          rules::to_string(finding.requirement->level), finding.node,
                          finding.expected, finding.observed);
    for (const model::Evidence& evidence : finding.frames) result += "\n  " + place(evidence);
    if (!finding.known.empty()) result += "\n  known: " + finding.known;
    result += '\n';
  }
  return result;
}

}  // namespace

std::string junit_report(const model::Campaign& campaign) {
  using model::ScenarioVerdict;
  using model::Verdict;
  pugi::xml_document document;
  auto declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  auto suites = document.append_child("testsuites");
  auto suite = suites.append_child("testsuite");
  double time = 0;
  for (const model::ScenarioResult& scenario : campaign.scenarios) time += scenario.duration_s;
  suite.append_attribute("name") = "mipvet";
  suite.append_attribute("tests") = campaign.scenarios.size();
  suite.append_attribute("failures") = campaign.count(ScenarioVerdict::fail);
  suite.append_attribute("errors") =
      campaign.count(ScenarioVerdict::error) + campaign.count(ScenarioVerdict::inconclusive);
  suite.append_attribute("skipped") = campaign.count(ScenarioVerdict::not_applicable);
  suite.append_attribute("time") = fmt::format("{:.3f}", time).c_str();
  for (const model::ScenarioResult& scenario : campaign.scenarios) {
    auto test = suite.append_child("testcase");
    const auto slash = scenario.id.rfind('/');
    const std::string group = slash == std::string::npos ? "" : "." + scenario.id.substr(0, slash);
    test.append_attribute("classname") = printable("mipvet" + group).c_str();
    test.append_attribute("name") =
        printable(slash == std::string::npos ? scenario.id : scenario.id.substr(slash + 1)).c_str();
    test.append_attribute("time") = fmt::format("{:.3f}", scenario.duration_s).c_str();
    const auto outcome = [&](const char* element, const std::string& text) {
      auto child = test.append_child(element);
      child.append_attribute("message") = printable(scenario.reason).c_str();
      if (!text.empty()) child.text() = printable(text).c_str();
    };
    const auto breaches = [&] {
      return told(scenario, [&](const model::Finding& finding) {
        return model::counts_as_failure(finding, campaign.strict);
      });
    };
    switch (scenario.verdict) {
      case ScenarioVerdict::fail:
        outcome("failure", breaches());
        break;
      case ScenarioVerdict::error:
        outcome("error", breaches());
        break;
      case ScenarioVerdict::inconclusive:
        outcome("error", told(scenario, [](const model::Finding& finding) {
                  return finding.verdict == Verdict::inconclusive;
                }));
        break;
      case ScenarioVerdict::not_applicable:
        // Jenkins' schema has no attributes here.
        test.append_child("skipped").text() = printable(scenario.reason).c_str();
        break;
      case ScenarioVerdict::pass:
        break;
    }
    // What is broken and fails nothing.
    std::string apart;
    if (const std::string warnings = told(scenario,
                                          [&](const model::Finding& finding) {
                                            return model::is_warning(finding, campaign.strict);
                                          });
        !warnings.empty())
      apart += "warnings:\n" + warnings;
    if (const std::string known =
            told(scenario, [](const model::Finding& finding) { return !finding.known.empty(); });
        !known.empty())
      apart += "known failures:\n" + known;
    if (!apart.empty()) test.append_child("system-out").text() = printable(apart).c_str();
  }
  std::ostringstream out;
  document.save(out, " ");
  return out.str();
}

}  // namespace mipvet::reports

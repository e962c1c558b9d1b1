#include "reports/totals.h"

#include <algorithm>
#include <map>

namespace mipvet::reports {

namespace {

int weight(model::Verdict verdict) {
  switch (verdict) {
    case model::Verdict::fail:
      return 4;
    case model::Verdict::warn:
      return 3;
    case model::Verdict::pass:
      return 2;
    case model::Verdict::inconclusive:
      return 1;
    case model::Verdict::not_applicable:
      break;
  }
  return 0;
}

}  // namespace

Totals count(const model::Campaign& campaign) {
  std::map<const rules::Requirement*, model::Verdict> worst;
  for (const model::ScenarioResult& scenario : campaign.scenarios) {
    for (const model::Finding& finding : scenario.findings) {
      const auto [entry, is_new] = worst.emplace(finding.requirement, finding.verdict);
      if (!is_new && weight(finding.verdict) > weight(entry->second))
        entry->second = finding.verdict;
    }
  }
  Totals totals;
  totals.total = rules::requirements().size();
  for (const auto& [requirement, verdict] : worst) {
    if (verdict == model::Verdict::not_applicable) continue;
    ++totals.checked;
    totals.passed += verdict == model::Verdict::pass ? 1U : 0U;
    totals.failed += verdict == model::Verdict::fail ? 1U : 0U;
    totals.warned += verdict == model::Verdict::warn ? 1U : 0U;
    totals.inconclusive += verdict == model::Verdict::inconclusive ? 1U : 0U;
  }
  return totals;
}

}  // namespace mipvet::reports

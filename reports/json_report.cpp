#include "reports/json_report.h"

#include <nlohmann/json.hpp>

#include "reports/finding_json.h"
#include "reports/totals.h"
#include "reports/version.h"

namespace mipvet::reports {

using Json = nlohmann::ordered_json;

std::string json_report(const model::Campaign& campaign) {
  Json scenarios = Json::array();
  for (const model::ScenarioResult& scenario : campaign.scenarios) {
    Json findings = Json::array();
    for (const model::Finding& finding : scenario.findings)
      findings.push_back(finding_json(finding));
    Json iut = nullptr;
    if (scenario.iuts.size() == 1)
      iut = scenario.iuts.front();
    else if (!scenario.iuts.empty())
      iut = scenario.iuts;
    scenarios.push_back({{"id", scenario.id},
                         {"title", scenario.title},
                         {"file", scenario.file},
                         {"verdict", model::to_string(scenario.verdict)},
                         {"reason", scenario.reason},
                         {"mode", model::to_string(scenario.mode)},
                         {"iut", iut},
                         {"duration_s", scenario.duration_s},
                         {"seed", scenario.seed},
                         {"frames", scenario.frames},
                         {"capture", scenario.capture ? Json(*scenario.capture) : Json(nullptr)},
                         {"replay", scenario.replay},
                         {"findings", findings}});
    for (const model::FrameSource& source : scenario.sources)
      if (source.link) scenarios.back()["captures"][*source.link] = source.path;
    if (scenario.jitter_s) scenarios.back()["jitter_s"] = *scenario.jitter_s;
  }
  const Totals totals = count(campaign);
  Json report = {{"mipvet", kVersion},
                 {"schema", 1},
                 {"strict", campaign.strict},
                 {"verdict", model::to_string(campaign.verdict())},
                 {"scenarios", scenarios},
                 {"requirements",
                  {{"total", totals.total},
                   {"checked", totals.checked},
                   {"passed", totals.passed},
                   {"failed", totals.failed},
                   {"inconclusive", totals.inconclusive}}}};
  if (campaign.shard)
    report["shard"] = {{"index", campaign.shard->index}, {"of", campaign.shard->of}};
  // Names and texts may come from files and captures: what is no UTF-8 is replaced.
  return report.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace mipvet::reports

#include "engine/campaign/recall.h"

#include "engine/campaign/capture_case.h"
#include "engine/campaign/capture_judging.h"

namespace mipvet::campaign {

void recall_frames(model::Campaign& campaign) {
  for (model::ScenarioResult& scenario : campaign.scenarios) {
    if (const auto found = find_case(scenario.sources))
      scenario.recording = record_case(*found, scenario);
  }
}

}  // namespace mipvet::campaign

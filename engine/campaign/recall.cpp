#include "engine/campaign/recall.h"

#include "engine/campaign/capture_case.h"
#include "engine/campaign/capture_judging.h"
#include "engine/campaign/key_files.h"
#include "engine/model/network_file.h"

namespace mipvet::campaign {

void recall_frames(model::Campaign& campaign) {
  for (model::ScenarioResult& scenario : campaign.scenarios) {
    const auto found = find_case(scenario.sources);
    if (!found) continue;
    scenario.recording = record_captures(found->captures, model::load_network(found->network),
                                         load_keys(found->keys), scenario);
  }
}

}  // namespace mipvet::campaign

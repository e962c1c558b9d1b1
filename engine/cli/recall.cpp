#include "engine/cli/recall.h"

#include <memory>

#include "engine/cli/capture_case.h"
#include "engine/cli/capture_judge.h"
#include "engine/cli/key_option.h"
#include "engine/model/network_file.h"

namespace mipvet::cli {

void recall_frames(model::Campaign& campaign) {
  for (model::ScenarioResult& scenario : campaign.scenarios) {
    const auto found = find_case(scenario.sources);
    if (!found) continue;
    crypto::KeyLog keys;
    for (const auto& file : found->keys) append_keys(keys, file);
    scenario.recording = std::make_shared<model::Recording>(
        record_captures(found->captures, model::load_network(found->network), keys, scenario));
  }
}

}  // namespace mipvet::cli

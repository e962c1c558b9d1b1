#pragma once

#include "engine/model/result.h"

namespace mipvet::campaign {

/// Reads the frames of a campaign again that came from JSON reports, for the reports that show
/// them: of each scenario whose captures are there, with the network and keys beside them
/// (find_case). Throws net::CaptureError and model::InputError where these are damaged.
void recall_frames(model::Campaign& campaign);

}  // namespace mipvet::campaign

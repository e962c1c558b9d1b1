#pragma once

#include <filesystem>

#include "engine/model/result.h"

namespace mipvet::reports {

/// Writes the frames of a campaign to one pcapng file, as Wireshark shows it: a section for each
/// scenario that had frames, with its verdict as the section's comment; interfaces bear the names
/// of the links; each finding is a comment on the frames that it rests on, one that rests on none
/// (a message that never came) on the section. Throws model::InputError for a scenario whose frames
/// are in no capture, net::CaptureError where one cannot be read or the file not written.
void write_pcapng_report(const model::Campaign& campaign, const std::filesystem::path& path);

}  // namespace mipvet::reports

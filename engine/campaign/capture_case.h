#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/campaign/capture_frames.h"
#include "engine/model/result.h"

namespace mipvet::campaign {

/// What belongs to one judgement. In a folder of captures:
///
///     NAME.network.json   with NAME.pcapng (interfaces bear the links' names) or
///     NAME.LINK.pcap[ng]
///                         for each link; NAME.keys and NAME.logs/*.keys; NAME.expected.json
///     network.json        alone in a folder, with LINK.pcap[ng], *.keys and *.charon.log there;
///                         expected.json
///
/// The first is what `run --captures` and `--tcpdump` leave.
struct CaptureCase {
  std::string id;  ///< "s-bit"; in a folder the path below it: "mipp/s-bit"
  std::filesystem::path network;
  std::vector<CaptureFile> captures;  ///< at least one
  std::vector<std::filesystem::path> keys;
  std::filesystem::path expected = {};  ///< for `regress`; need not exist

  /// All files that the findings depend on.
  std::vector<std::filesystem::path> inputs() const;
  /// What judges it again; empty where its network is in no file.
  std::string check_command() const;
};

/// Those of a folder and all below it that is not hidden, by id. Throws model::InputError for a
/// folder without any, and for captures, networks and expectations that lack what belongs to them.
std::vector<CaptureCase> find_cases(const std::filesystem::path& folder);

/// The case that the captures of a run belong to, where they and its network are there.
std::optional<CaptureCase> find_case(const std::vector<model::FrameSource>& sources);

}  // namespace mipvet::campaign

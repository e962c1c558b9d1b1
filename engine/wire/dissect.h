#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/wire/packet.h"

namespace mipvet::wire {

/// All layers and fields of a packet, a line each, with their octets' offsets from the start of the
/// frame; defects are marked with `!`. A layer's octets are [first, end). Ends with a newline.
///
///     registration-request 42-95
///        44      lifetime                    300
///        43.0    simultaneous_bindings       0
std::string dissect(const Packet& packet);

/// A packet in one line, without a newline: message, from, to, what it is about, extensions in
/// brackets, defects with `!`:
///
///     registration-request 10.0.1.5 -> 192.0.2.1 home_agent 198.51.100.10 ... [ha-parameter, ...]
std::string one_line(const Packet& packet);

/// "truncated", "bad length", ...; empty for none.
std::vector<std::string_view> defect_list(Defects defects);

/// The same in one text: "truncated, bad length".
std::string defect_names(Defects defects);

}  // namespace mipvet::wire

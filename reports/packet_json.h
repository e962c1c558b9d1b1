#pragma once

#include <nlohmann/json.hpp>

#include "engine/wire/packet.h"

namespace mipvet::reports {

/// A packet for machines: its message, and of each layer, outermost first, all the fields by name.
/// Octets count from the start of the frame, ranges are [first, end) as in findings.
///
///     {"message": "registration-request", "defects": [],
///      "layers": [{"name": "udp", "byte_range": [34, 112], "extension": false, "quote": false,
///                  "defects": ["bad checksum"],
///                  "fields": {"source_port": {"value": 434, "byte_range": [34, 36]}, ...}}, ...]}
///
/// Values: numbers of up to 32 bits are numbers, flags are true and false, a field that is not
/// there whole is null, all else is text as wire::format_value writes it.
nlohmann::ordered_json packet_json(const wire::Packet& packet);

}  // namespace mipvet::reports

#pragma once

#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "engine/model/recording.h"

/// The frames of a scenario for the HTML report, each as small as it can be said: the page takes
/// octets apart by the same tables as the decoder, so that no field's value is written down here.
namespace mipvet::reports::html {

/// The message tables that the frames of a report need, numbered as they come.
class Tables {
 public:
  std::size_t number(const wire::Layout& layout);
  /// [[name, source, [[field, first bit, bits, kind], ...]], ...]
  nlohmann::ordered_json json() const;

 private:
  std::map<const wire::Layout*, std::size_t> numbers_;
  std::vector<const wire::Layout*> layouts_;
};

/// {"begin": nanoseconds since 1970 as text,
///  "nodes": [[name, role], ...], "links": [[name, side], ...],
///  "shapes": [[message, [table, offset, length, header, flags, defects] of each layer, one behind
///              the other], ...],
///  "lines": [...], "frames": [[number, nanoseconds since begin, link, from, to, shape, line,
///                              octets, opened, names], ...]}
/// Nodes by index; -1: unknown, -2: everybody, -3: the tester. Flags: 1 extension, 2 quote. Octets
/// in base64; opened: null where nothing was decrypted. names: [layer, field, name, ...] of numbers
/// that have one, null where none has.
nlohmann::ordered_json frames_json(const model::Recording& recording, Tables& tables);

}  // namespace mipvet::reports::html

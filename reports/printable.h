#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace mipvet::reports {

/// A text as UTF-8 without control characters other than line ends and tabs: texts may come from a
/// capture or the name of a file, and XML 1.0, Markdown and Wireshark have no place for them.
inline std::string printable(const std::string& text) {
  using Json = nlohmann::json;
  auto result = Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace))
                    .get<std::string>();
  for (char& c : result)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') || c == 0x7F) c = '?';
  return result;
}

}  // namespace mipvet::reports

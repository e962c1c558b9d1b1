#include "reports/html_report.h"

#include <array>

#include <botan/base64.h>
#include <botan/hash.h>
#include <fmt/format.h>

#include "engine/model/recording.h"
#include "reports/html_campaign.h"
#include "reports/html_frames.h"
#include "reports/html_page.h"

namespace mipvet::reports {

namespace {

/// JSON that may stand inside a script element: nothing in it begins a tag or a comment. What is no
/// UTF-8 is replaced.
std::string inert(const nlohmann::ordered_json& json) {
  const std::string text =
      json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    if (c == '<')
      result += "\\u003c";  // JSON has it in strings alone
    else
      result.push_back(c);
  }
  return result;
}

void put_block(std::string& out, std::string_view id, const nlohmann::ordered_json& json) {
  fmt::format_to(std::back_inserter(out),
                 "<script type=\"application/json\" id=\"{}\">{}</script>\n", id, inert(json));
}

/// `'sha256-...'`, by which a content security policy knows a style or a script.
std::string source_hash(std::string_view content) {
  const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
  hash->update(reinterpret_cast<const std::uint8_t*>(content.data()), content.size());
  return fmt::format("'sha256-{}'", Botan::base64_encode(hash->final()));
}

/// Whatever got into the page from the wire: no browser runs it, nor fetches anything for it.
std::string policy() {
  return fmt::format(
      "default-src 'none'; script-src {}; style-src {}; base-uri 'none'; form-action 'none'",
      source_hash(html::script()), source_hash(html::style()));
}

std::string title(const model::Campaign& campaign) {
  return fmt::format("mipvet: {}", model::to_string(campaign.verdict()));
}

std::string data(const model::Campaign& campaign) {
  html::Tables tables;
  std::string frames;
  for (std::size_t i = 0; i < campaign.scenarios.size(); ++i)
    if (const auto& recording = campaign.scenarios[i].recording)
      put_block(frames, fmt::format("frames-{}", i), html::frames_json(*recording, tables));
  nlohmann::ordered_json index = html::campaign_json(campaign);
  index["tables"] = tables.json();
  std::string result;
  put_block(result, "campaign", index);
  return result + frames;
}

}  // namespace

std::string html_report(const model::Campaign& campaign) {
  const std::array<std::pair<std::string_view, std::string>, 5> parts{
      {{"{{policy}}", policy()},
       {"{{title}}", title(campaign)},
       {"{{style}}", std::string(html::style())},
       {"{{data}}", data(campaign)},
       {"{{script}}", std::string(html::script())}}};
  // Each part once and in the page's order, so that nothing inside a part is taken for a place.
  std::string_view rest = html::page();
  std::string result;
  for (const auto& [place, content] : parts) {
    const auto at = rest.find(place);
    result += rest.substr(0, at);
    result += content;
    rest.remove_prefix(at + place.size());
  }
  result += rest;
  return result;
}

}  // namespace mipvet::reports

#include "reports/html_frames.h"

#include <botan/base64.h>

#include "engine/wire/dissect.h"
#include "engine/wire/ike_names.h"

namespace mipvet::reports::html {

using Json = nlohmann::ordered_json;

namespace {

/// Texts that are told once and then by their number.
class Numbered {
 public:
  std::size_t number(std::string text) {
    const auto [entry, is_new] = numbers_.emplace(std::move(text), texts_.size());
    if (is_new) texts_.push_back(&entry->first);
    return entry->second;
  }
  const std::vector<const std::string*>& texts() const { return texts_; }

 private:
  std::map<std::string, std::size_t> numbers_;
  std::vector<const std::string*> texts_;  // nodes of a map stay where they are
};

constexpr int kUnknown = -1;
constexpr int kEverybody = -2;
constexpr int kTester = -3;

int number(model::NodeId node) {
  return node == model::kNobody ? kUnknown : node;
}

Json shape(const model::RecordedFrame& frame, Tables& tables) {
  Json layers = Json::array();
  for (const wire::Layer& layer : frame.layers) {
    layers.push_back(tables.number(*layer.layout));
    layers.push_back(layer.offset);
    layers.push_back(layer.length);
    layers.push_back(layer.header);
    layers.push_back((layer.is_extension ? 1 : 0) + (layer.is_quote ? 2 : 0));
    layers.push_back(wire::defect_list(layer.defects));
  }
  return Json{frame.message, std::move(layers)};
}

/// What numbers in the fields of IKE mean.
Json names(const model::RecordedFrame& frame) {
  Json result = nullptr;
  for (std::size_t i = 0; i < frame.layers.size(); ++i) {
    const wire::Layer& layer = frame.layers[i];
    const wire::View header{*layer.layout, frame.dissected().subspan(layer.offset, layer.header)};
    const auto fields = layer.layout->fields;
    for (std::size_t field = 0; field < fields.size(); ++field) {
      const std::string_view name = wire::ike::name_of(header, fields[field]);
      if (name.empty()) continue;
      result.push_back(i);
      result.push_back(field);
      result.push_back(name);
    }
  }
  return result;
}

std::string base64(const wire::Buffer& octets) {
  return Botan::base64_encode(octets.data(), octets.size());
}

}  // namespace

std::size_t Tables::number(const wire::Layout& layout) {
  const auto [entry, is_new] = numbers_.emplace(&layout, layouts_.size());
  if (is_new) layouts_.push_back(&layout);
  return entry->second;
}

Json Tables::json() const {
  constexpr std::array<std::string_view, 6> kinds = {"number", "flag",   "ipv4",
                                                     "mac",    "octets", "text"};
  Json result = Json::array();
  for (const wire::Layout* layout : layouts_) {
    Json fields = Json::array();
    for (const wire::Field& field : layout->fields)
      fields.push_back({field.name, field.bit_offset, field.bit_width,
                        kinds[static_cast<std::size_t>(field.kind)]});
    result.push_back({layout->name, layout->source, std::move(fields)});
  }
  return result;
}

Json frames_json(const model::Recording& recording, Tables& tables) {
  const net::Time begin = recording.frames.empty() ? net::Time{} : recording.frames.front().time;
  Numbered shapes;
  Numbered lines;
  Json frames = Json::array();
  for (const model::RecordedFrame& frame : recording.frames) {
    frames.push_back(
        {frame.number, (frame.time - begin).count(), frame.link,
         frame.by_tester ? kTester : number(frame.from),
         frame.to_all ? kEverybody : number(frame.to), shapes.number(shape(frame, tables).dump()),
         lines.number(frame.line), base64(frame.octets),
         frame.opened.empty() ? Json(nullptr) : Json(base64(frame.opened)), names(frame)});
  }
  Json nodes = Json::array();
  for (const model::Node& node : recording.network.nodes)
    nodes.push_back({node.name, to_string(node.role)});
  Json links = Json::array();
  for (const model::Link& link : recording.network.links)
    links.push_back({link.name, to_string(link.side)});
  Json result = {{"begin", std::to_string(begin.time_since_epoch().count())},
                 {"nodes", std::move(nodes)},
                 {"links", std::move(links)},
                 {"shapes", Json::array()},
                 {"lines", Json::array()},
                 {"frames", std::move(frames)}};
  for (const std::string* text : shapes.texts()) result["shapes"].push_back(Json::parse(*text));
  for (const std::string* text : lines.texts()) result["lines"].push_back(*text);
  return result;
}

}  // namespace mipvet::reports::html

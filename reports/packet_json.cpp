#include "reports/packet_json.h"

#include "engine/wire/dissect.h"
#include "engine/wire/value.h"

namespace mipvet::reports {

using Json = nlohmann::ordered_json;

namespace {

Json value_json(const wire::View& header, const wire::Field& field) {
  if (!header.has(field)) return nullptr;
  if (field.kind == wire::Kind::flag) return header[field] != 0;
  if (field.kind == wire::Kind::number && field.bit_width <= 32) return header[field];
  return wire::format_value(header, field);
}

Json layer_json(const wire::Packet& packet, const wire::Layer& layer) {
  const wire::View header = packet.header(layer);
  Json fields = Json::object();
  for (const wire::Field& field : layer.layout->fields)
    fields[std::string(field.name)] = {
        {"value", value_json(header, field)},
        {"byte_range",
         {layer.offset + field.first_octet(), layer.offset + field.end_octet(layer.header)}}};
  return {{"name", layer.layout->name},
          {"byte_range", {layer.offset, layer.offset + layer.length}},
          {"extension", layer.is_extension},
          {"quote", layer.is_quote},
          {"defects", wire::defect_list(layer.defects)},
          {"fields", std::move(fields)}};
}

}  // namespace

Json packet_json(const wire::Packet& packet) {
  Json layers = Json::array();
  for (const wire::Layer& layer : packet.layers()) layers.push_back(layer_json(packet, layer));
  return {{"message", packet.message().layout->name},
          {"defects", wire::defect_list(packet.defects())},
          {"layers", std::move(layers)}};
}

}  // namespace mipvet::reports

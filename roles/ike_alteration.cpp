#include "roles/ike_alteration.h"

#include <algorithm>
#include <charconv>

#include <nlohmann/json.hpp>

#include "roles/ike_message.h"

namespace mipvet::roles {
namespace {

using Payload = IkeAlteration::Payload;

wire::Buffer octets(const std::string& hex) {
  wire::Buffer result;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
    std::uint8_t octet = 0;
    std::from_chars(hex.data() + at, hex.data() + at + 2, octet, 16);
    result.push_back(octet);
  }
  return result;
}

std::vector<Payload> payloads(const nlohmann::json& list) {
  std::vector<Payload> result;
  for (const nlohmann::json& one : list) {
    Payload& made = result.emplace_back();
    made.type = one.at("type").get<std::uint8_t>();
    made.critical = one.value("critical", false);
    made.reserved = one.value("reserved", std::uint8_t{0});
    if (one.contains("length")) made.length = one["length"].get<std::uint16_t>();
    made.body = octets(one.value("octets", ""));
  }
  return result;
}

std::vector<Payload> taken_apart(const ike::PayloadChain& chain) {
  std::vector<Payload> result;
  const auto parsed = IkePayloads::parse(chain.first_type(), chain.octets());
  if (!parsed) return result;
  for (const IkePayload& one : parsed->all()) {
    const wire::Bytes body = one.octets.subspan(ike::payload::layout.minimum);
    result.push_back({one.type, one.critical, 0, std::nullopt, {body.begin(), body.end()}});
  }
  return result;
}

void propose_more(std::vector<Payload>& all, std::span<const ike::Transform> transforms) {
  const auto association =
      std::ranges::find(all, *ike::security_association::layout.type_value, &Payload::type);
  if (transforms.empty() || association == all.end()) return;
  wire::Buffer whole(ike::payload::layout.minimum);
  whole.insert(whole.end(), association->body.begin(), association->body.end());
  auto proposals = proposals_in({ike::security_association::layout, whole});
  if (!proposals || proposals->empty()) return;
  auto& first = proposals->front().transforms;
  first.insert(first.begin(), transforms.begin(), transforms.end());
  association->body = ike::make_proposals(*proposals);
}

}  // namespace

IkeAlteration ike_alteration(const nlohmann::json& arguments) {
  IkeAlteration result;
  const auto exchange = arguments.value("exchange", "informational");
  for (const wire::Layout* one : ike::exchanges)
    if (one->name == exchange) result.exchange = *one->type_value;
  result.response = arguments.value("response", false);
  result.extra = arguments.value("extra", false);
  result.keeps_own = !arguments.contains("payloads");
  result.payloads =
      payloads(arguments.value(result.keeps_own ? "append" : "payloads", nlohmann::json::array()));
  result.reversed = arguments.value("reversed", false);
  result.padding = arguments.value("padding", std::size_t{0});
  for (const nlohmann::json& one : arguments.value("transforms", nlohmann::json::array()))
    result.transforms.push_back(
        {one.at("type").get<std::uint8_t>(), one.at("id").get<std::uint16_t>(), std::nullopt});
  if (const auto header = arguments.find("header"); header != arguments.end())
    for (const auto& [name, value] : header->items())
      if (const wire::Field* field = ike::other_exchange.find(name))
        result.header.push_back({*field, value.get<std::uint64_t>()});
  return result;
}

ike::PayloadChain altered(const IkeAlteration& alteration, const ike::PayloadChain& payloads) {
  std::vector<Payload> all;
  if (alteration.keeps_own) all = taken_apart(payloads);
  propose_more(all, alteration.transforms);
  all.insert(all.end(), alteration.payloads.begin(), alteration.payloads.end());
  if (alteration.reversed) std::ranges::reverse(all);
  ike::PayloadChain result;
  for (const Payload& one : all) {
    std::vector<wire::FieldValue> values{{ike::payload::critical, one.critical},
                                         {ike::payload::reserved, one.reserved}};
    if (one.length) values.push_back({ike::payload::length, *one.length});
    result.add_type(one.type, values, one.body);
  }
  return result;
}

}  // namespace mipvet::roles

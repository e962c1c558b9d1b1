#include "engine/observer/agents.h"

#include "engine/wire/icmp.h"

namespace mipvet::observer {

namespace {
/// RFC 1256 §6, MAX_RESPONSE_DELAY: an advertisement this soon after a solicitation answers it.
constexpr Duration kResponseDelay = std::chrono::seconds(2);
}  // namespace

Agents::Agents(const model::Network& network, FactSink& sink) : network_(network), sink_(sink) {}

void Agents::advertisement(const Place& place, const wire::Packet& packet) {
  for (auto& [who, solicitor] : solicitors_)
    if (who.second == place.link) solicitor.unanswered = 0;
  if (place.sender == model::kNobody) return;
  const wire::Layer* extension = packet.find(wire::icmp::mobility_agent::layout);
  if (extension == nullptr) return;
  const wire::View mobility = packet.view(*extension);
  Advertiser& advertiser = advertisers_[{place.sender, place.link}];
  const Time solicited = links_[place.link].solicited;
  sink_.on(AdvertisementSent{{network_, place.sender, {}, model::kNobody},
                             place,
                             packet,
                             packet.view(packet.message()),
                             mobility,
                             advertiser.last,
                             advertiser.sequence,
                             solicited != Time{} && place.time - solicited < kResponseDelay});
  advertiser.last = place.time;
  advertiser.sequence =
      static_cast<std::uint16_t>(mobility[wire::icmp::mobility_agent::sequence_number]);
}

void Agents::solicitation(const Place& place, const wire::Packet& packet) {
  links_[place.link].solicited = place.time;
  if (place.sender == model::kNobody) return;
  Solicitor& solicitor = solicitors_[{place.sender, place.link}];
  sink_.on(SolicitationSent{{network_, place.sender, {}, place.sender},
                            place,
                            packet,
                            packet.view(packet.message()),
                            solicitor.last,
                            solicitor.interval,
                            solicitor.unanswered});
  solicitor.interval = solicitor.last == Time{} ? Duration{} : place.time - solicitor.last;
  solicitor.last = place.time;
  ++solicitor.unanswered;
}

void Agents::appears(NodeId node, LinkId link) {
  for (auto one = solicitors_.lower_bound({node, LinkId{}});
       one != solicitors_.end() && one->first.first == node; ++one)
    if (one->first.second != link) one->second = {};
}

}  // namespace mipvet::observer

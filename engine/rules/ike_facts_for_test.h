#pragma once

#include <optional>
#include <string>

#include "engine/model/network_file.h"
#include "engine/observer/ike_sighter.h"
#include "engine/rules/judge.h"
#include "engine/rules/rule_files.h"
#include "engine/wire/frame.h"
#include "engine/wire/ike_compose.h"
#include "engine/wire/ike_notify.h"

/// Facts about IKE and ESP made by hand, between the mobile node and the gateway of
/// scenarios/networks/mobike.json.
namespace mipvet::rules::testing {

namespace ike = wire::ike;
namespace notify = wire::ike::notify;
using observer::IkeMessage;
using observer::kClient;
using observer::kGateway;
using namespace std::chrono_literals;

class IkeFacts {
 public:
  IkeFacts()
      : network(model::load_network(MIPVET_SOURCE_DIR "/scenarios/networks/mobike.json")),
        judge(network, book()) {
    sa.number = 1;
    sa.state = observer::IkeSa::State::established;
    sa.established = at(1s);
    sa.keys_known = true;
    for (const std::uint8_t side : {kClient, kGateway}) {
      observer::IkeSide& one = sa.sides[side];
      one.node = side == kClient ? mn() : gw();
      one.spi = side == kClient ? 0x1111222233334444 : 0x5555666677778888;
      one.sent_nat_detection = one.sent_mobike = true;
      one.auth = observer::Check::valid;
      one.path = {address(side), address(std::uint8_t(1U - side)), 4500, 4500};
      one.next_request = 2;
    }
  }

  static const RuleBook& book() {
    static const RuleBook all = all_rules();
    return all;
  }

  model::NodeId mn() const { return network.find_node("mn"); }
  model::NodeId gw() const { return network.find_node("gw"); }
  static wire::Ipv4Address address(std::uint8_t side) {
    return *wire::Ipv4Address::parse(side == kClient ? "198.51.100.70" : "203.0.113.10");
  }
  static net::Time at(net::Duration since) { return net::Time{} + 1000s + since; }

  /// A message of the side, opened.
  IkeMessage message(std::uint8_t side, const wire::Layout& exchange, bool is_response,
                     std::uint32_t id, const ike::PayloadChain& chain, net::Duration since = 10s,
                     std::optional<observer::Path> path = {}) const {
    const observer::Path way = path ? *path : sa.sides[side].path;
    const std::uint64_t flags = (is_response ? 0x20U : 0U) | (side == sa.initiator ? 0x08U : 0U);
    const wire::Buffer octets =
        ike::make_message(exchange,
                          {{ike::message::initiator_spi, sa.initiator_spi()},
                           {ike::message::responder_spi, sa.responder_spi()},
                           {ike::message::flags, flags},
                           {ike::message::message_id, id}},
                          chain);
    const wire::Buffer frame = wire::ip_frame(
        {}, wire::udp_datagram({way.local, way.remote}, {way.local_port, way.remote_port},
                               way.remote_port == 4500 ? ike::behind_marker(octets) : octets));
    wire::Packet packet;
    packet.decode(frame);
    observer::Place place;
    place.frame = ++frames;
    place.time = at(since);
    place.link = *network.find_link(side == kClient ? "hotspot" : "public");
    place.sender = sa.sides[side].node;
    place.source = way.local;
    place.destination = way.remote;
    place.source_port = way.local_port;
    place.destination_port = way.remote_port;
    IkeMessage result;
    observer::sight_ike(place, frame, packet, result);
    if (&exchange != &ike::ike_sa_init) result.protection = observer::Protection::opened;
    return result;
  }
  IkeMessage asks(std::uint8_t side, const ike::PayloadChain& chain, net::Duration since = 10s,
                  std::uint32_t id = 2, std::optional<observer::Path> path = {}) const {
    return message(side, ike::informational, false, id, chain, since, path);
  }
  IkeMessage answers(std::uint8_t side, const ike::PayloadChain& chain, net::Duration since = 10s,
                     std::uint32_t id = 2, std::optional<observer::Path> path = {}) const {
    return message(side, ike::informational, true, id, chain, since, path);
  }

  observer::IkeFact about(std::uint8_t side) const {
    observer::Circumstances shown;
    for (const auto one : {observer::Circumstance::mobike, observer::Circumstance::natt,
                           observer::Circumstance::no_nat})
      shown.add(one);
    return {{network, sa.sides[side].node, shown, mn()}, &sa, side};
  }
  observer::IkeRequestSent sent(std::uint8_t side, const IkeMessage& request) const {
    return {about(side), request, nullptr, 1, {}, {}, nullptr, nullptr, nullptr};
  }
  observer::IkeResponseSent answered(std::uint8_t side, const IkeMessage& request,
                                     const IkeMessage& response) const {
    return {about(side), &request, response, nullptr, 1, 1};
  }
  observer::IkeRequestSettled settled(std::uint8_t side, const IkeMessage& request,
                                      const IkeMessage* response) const {
    return {about(side), request, response, response == nullptr ? 0U : 1U, 1, nullptr, nullptr, 2};
  }

  /// What was found of a requirement at a node; "-" where nothing was.
  std::string verdict(std::string_view id, std::string_view node) const {
    for (const model::Finding& finding : judge.findings())
      if (finding.requirement->id == id && finding.node == node && finding.evaluated > 0)
        return std::string(model::to_string(finding.verdict));
    return "-";
  }

  model::Network network;
  Judge judge;
  observer::IkeSa sa;
  mutable std::uint64_t frames = 0;
};

inline ike::PayloadChain notifications(std::initializer_list<const char*> names,
                                       wire::Bytes data = {}) {
  ike::PayloadChain chain;
  for (const char* name : names)
    for (const notify::Type& type : notify::types)
      if (type.layout.name == name) {
        const std::uint64_t number = type.number;
        chain.add(notify::layout, {{notify::notify_type, number}}, data);
      }
  return chain;
}

}  // namespace mipvet::rules::testing

#include "engine/scenario/expectation.h"

#include <algorithm>

#include <fmt/format.h>

#include "engine/wire/arp.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/ipv4.h"

namespace mipvet::scenario {
namespace {

struct End {
  std::optional<wire::Ipv4Address> address;
  wire::MacAddress mac;
};

End end_of(const wire::Packet& packet, const wire::Field& mac, const wire::Field& ip,
           const wire::Field& arp) {
  End end;
  end.mac = packet.view(packet.layers().front()).mac(mac);
  if (const wire::Layer* header = packet.carrying_ip()) {
    end.address = packet.view(*header).address(ip);
  } else if (packet.message().layout == &wire::arp::layout) {
    end.address = packet.view(packet.message()).address(arp);
  }
  return end;
}

End source(const wire::Packet& packet) {
  return end_of(packet, wire::ethernet::source, wire::ip::source, wire::arp::sender_ip);
}

End destination(const wire::Packet& packet) {
  return end_of(packet, wire::ethernet::destination, wire::ip::destination, wire::arp::target_ip);
}

bool is(const Party& party, const model::Network& network, const End& end) {
  if (party.address) return end.address == party.address;
  model::NodeId owner = end.address ? network.owner(*end.address) : model::kNobody;
  if (owner == model::kNobody) owner = network.owner(end.mac);
  return owner == party.node;
}

bool less(const wire::Value& one, const wire::Value& other) {
  return one.number() != nullptr && other.number() != nullptr && *one.number() < *other.number();
}

bool equal(const wire::Value& one, const wire::Value& other) {
  if (one.number() != nullptr && other.number() != nullptr) return *one.number() == *other.number();
  return one.octets() != nullptr && other.octets() != nullptr && *one.octets() == *other.octets();
}

bool holds(const FieldTest& test, const wire::Value& value, const NamedFrames& frames,
           net::Time now) {
  using Relation = FieldTest::Relation;
  const auto relates = [&](const Operand& operand) {
    const wire::Value to = frames.value(operand, now);
    switch (test.relation) {
      case Relation::at_most:
        return !less(to, value);
      case Relation::at_least:
        return !less(value, to);
      default:
        return equal(value, to);
    }
  };
  return std::ranges::any_of(test.operands, relates) != test.negated;
}

bool has_extension(const wire::Packet& packet, const wire::Layout* layout) {
  const auto extensions = packet.extensions();
  return std::ranges::find(extensions, layout, &wire::Layer::layout) != extensions.end();
}

}  // namespace

bool is_from(const Party& party, const model::Network& network, const wire::Packet& packet) {
  const End end = source(packet);
  const bool by_tester = end.mac == network.tester_mac;
  if (party.tester || by_tester) return party.tester && by_tester;
  return is(party, network, end);
}

bool is_to(const Party& party, const model::Network& network, const wire::Packet& packet) {
  const End end = destination(packet);
  if (party.tester) return end.mac == network.tester_mac;
  return is(party, network, end);
}

std::optional<Mismatch> mismatch(const Match& match, const model::Network& network,
                                 model::LinkId link, const wire::Packet& packet,
                                 const NamedFrames& frames, net::Time now) {
  // In the order of what makes a frame look alike.
  if (link != match.link) return Mismatch{0, "on another link"};
  if (match.message != nullptr && packet.message().layout != match.message)
    return Mismatch{1, std::string(packet.message().layout->name)};
  if (match.from && !is_from(*match.from, network, packet))
    return Mismatch{2, "not from " + match.from->text};
  if (match.to && !is_to(*match.to, network, packet))
    return Mismatch{3, "not to " + match.to->text};
  int closeness = 4;
  for (const wire::Layout* layout : match.extensions) {
    if (!has_extension(packet, layout))
      return Mismatch{closeness, fmt::format("no {}", layout->name)};
    ++closeness;
  }
  for (const wire::Layout* layout : match.without) {
    if (has_extension(packet, layout))
      return Mismatch{closeness, fmt::format("a {}", layout->name)};
    ++closeness;
  }
  for (const FieldTest& test : match.fields) {
    const auto value = test.path.read(packet);
    if (!value) return Mismatch{closeness, fmt::format("no {}", test.path.text)};
    try {
      if (!holds(test, *value, frames, now))
        return Mismatch{closeness, fmt::format("{} {}", test.path.text, test.path.show(packet))};
    } catch (const CannotDo& error) {
      return Mismatch{closeness, error.what()};
    }
    ++closeness;
  }
  return std::nullopt;
}

}  // namespace mipvet::scenario

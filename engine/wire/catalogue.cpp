#include "engine/wire/catalogue.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>

#include "engine/wire/arp.h"
#include "engine/wire/esp.h"
#include "engine/wire/ethernet.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ike.h"
#include "engine/wire/ike_notify.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/marker.h"
#include "engine/wire/mip4.h"
#include "engine/wire/nearest.h"
#include "engine/wire/tunnel.h"
#include "engine/wire/udp.h"

namespace mipvet::wire {
namespace {

constexpr std::array kHeaders{&ethernet::layout,
                              &ip::layout,
                              &udp::layout,
                              &minimal_encapsulation::layout,
                              &gre::layout,
                              &esp::layout,
                              &ike::non_esp_marker::layout};

constexpr std::array kMessages{&mip4::request::layout,
                               &mip4::reply::layout,
                               &mip4::tunnel_data::layout,
                               &mip4::mobile_ip::layout,
                               &icmp::advertisement::agent,
                               &icmp::advertisement::router,
                               &icmp::solicitation::layout,
                               &icmp::error::unreachable,
                               &icmp::error::time_exceeded,
                               &icmp::echo::request,
                               &icmp::echo::reply,
                               &icmp::other::layout,
                               &ike::ike_sa_init,
                               &ike::ike_auth,
                               &ike::create_child_sa,
                               &ike::informational,
                               &ike::other_exchange,
                               &ike::keepalive::layout,
                               &arp::layout,
                               &marker::layout};

constexpr auto kIkePayloads = [] {
  constexpr std::array generic{&ike::payload::layout, &ike::notify::layout,
                               &ike::notify::no_nats_allowed_ip6};
  std::array<const Layout*, ike::payloads.size() + ike::notify::types.size() + generic.size()>
      result{};
  auto next = std::ranges::copy(ike::payloads, result.begin()).out;
  next = std::ranges::transform(ike::notify::types, next, [](const ike::notify::Type& one) {
           return &one.layout;
         }).out;
  std::ranges::copy(generic, next);
  return result;
}();

constexpr std::array kGeneric{&mip4::extension::layout, &esp::trailer::layout};

}  // namespace

Layouts headers() {
  return kHeaders;
}
Layouts messages() {
  return kMessages;
}
Layouts registration_extensions() {
  return mip4::extensions;
}
Layouts discovery_extensions() {
  return icmp::extensions;
}
Layouts ike_payloads() {
  return kIkePayloads;
}
Layouts ike_substructures() {
  return ike::substructures;
}

namespace {

constexpr std::array<Layouts, 7> kAll{
    Layouts(kMessages),    Layouts(kHeaders),           Layouts(mip4::extensions),
    Layouts(kIkePayloads), Layouts(ike::substructures), Layouts(icmp::extensions),
    Layouts(kGeneric)};

}  // namespace

const Layout* find_layout(std::string_view name) {
  for (const Layouts& layouts : kAll)
    for (const Layout* layout : layouts)
      if (layout->name == name) return layout;
  return nullptr;
}

std::string unknown_layout(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Layouts& layouts : kAll)
    for (const Layout* layout : layouts) names.push_back(layout->name);
  return unknown_name("message", name, names);
}

std::string unknown_field(const Layout& layout, std::string_view name) {
  std::vector<std::string_view> names;
  for (const Field& field : layout.fields) names.push_back(field.name);
  return unknown_name(fmt::format("field of {}", layout.name), name, names);
}

}  // namespace mipvet::wire

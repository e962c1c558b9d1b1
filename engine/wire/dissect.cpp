#include "engine/wire/dissect.h"

#include <array>
#include <iterator>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/wire/arp.h"
#include "engine/wire/esp.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ike.h"
#include "engine/wire/ike_names.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/marker.h"
#include "engine/wire/mip4.h"
#include "engine/wire/udp.h"
#include "engine/wire/value.h"

namespace mipvet::wire {
namespace {

using Out = std::back_insert_iterator<std::string>;

constexpr std::array kDefects{Defect::truncated,   Defect::bad_length,   Defect::bad_checksum,
                              Defect::bad_version, Defect::trailing,     Defect::too_many_layers,
                              Defect::fragment,    Defect::not_authentic};

void field_line(Out out, const Layer& layer, const View& header, const Field& field) {
  if (field.bit_width == 0 && header.octets(field).empty()) return;
  const auto octet = layer.offset + field.first_octet();
  const bool is_aligned = field.bit_offset % 8 == 0 && field.bit_width % 8 == 0;
  const std::string_view name = ike::name_of(header, field);
  fmt::format_to(out, "  {:>5}{:<3} {:<28} {}{}\n", octet,
                 is_aligned ? "" : fmt::format(".{}", field.bit_offset % 8), field.name,
                 format_value(header, field), name.empty() ? "" : fmt::format(" ({})", name));
}

/// What of a message the line tells.
struct Summary {
  const Layout* layout;
  std::span<const Field> fields;
};

constexpr std::array kRequest{mip4::request::home_address, mip4::request::home_agent,
                              mip4::request::care_of_address, mip4::request::lifetime};
constexpr std::array kReply{mip4::reply::code, mip4::reply::home_address, mip4::reply::home_agent,
                            mip4::reply::lifetime};
constexpr std::array kArp{arp::operation, arp::sender_mac, arp::target_mac};
constexpr std::array kError{icmp::code};
constexpr std::array kEcho{icmp::echo::identifier, icmp::echo::sequence_number};
constexpr std::array kAdvertisement{icmp::advertisement::lifetime};
constexpr std::array kMarker{marker::kind, marker::text};
constexpr std::array kUdp{udp::source_port, udp::destination_port};
constexpr std::array kIp{ip::protocol};
constexpr std::array kMobileIp{mip4::mobile_ip::type};
constexpr std::array kIcmp{icmp::type, icmp::code};

constexpr std::array kIke{ike::message::message_id, ike::message::response,
                          ike::message::initiator};
constexpr std::array kEsp{esp::spi, esp::sequence_number};

constexpr std::array kSummaries{Summary{&mip4::request::layout, kRequest},
                                Summary{&mip4::reply::layout, kReply},
                                Summary{&mip4::mobile_ip::layout, kMobileIp},
                                Summary{&icmp::advertisement::agent, kAdvertisement},
                                Summary{&icmp::advertisement::router, kAdvertisement},
                                Summary{&icmp::error::unreachable, kError},
                                Summary{&icmp::error::time_exceeded, kError},
                                Summary{&icmp::echo::request, kEcho},
                                Summary{&icmp::echo::reply, kEcho},
                                Summary{&icmp::other::layout, kIcmp},
                                Summary{&arp::layout, kArp},
                                Summary{&marker::layout, kMarker},
                                Summary{&ike::ike_sa_init, kIke},
                                Summary{&ike::ike_auth, kIke},
                                Summary{&ike::create_child_sa, kIke},
                                Summary{&ike::informational, kIke},
                                Summary{&ike::other_exchange, kIke},
                                Summary{&esp::layout, kEsp},
                                Summary{&udp::layout, kUdp},
                                Summary{&ip::layout, kIp}};

void endpoints(Out out, const Packet& packet) {
  const Layer& message = packet.message();
  if (message.layout == &arp::layout) {
    const View view = packet.header(message);
    fmt::format_to(out, " {} -> {}", view.address(arp::sender_ip).to_string(),
                   view.address(arp::target_ip).to_string());
  } else if (const Layer* carrier = packet.carrying_ip()) {
    const View view = packet.header(*carrier);
    fmt::format_to(out, " {} -> {}", view.address(ip::source).to_string(),
                   view.address(ip::destination).to_string());
  }
}

void summary(Out out, const Packet& packet) {
  const View view = packet.header(packet.message());
  for (const Summary& one : kSummaries) {
    if (one.layout != view.layout()) continue;
    for (const Field& field : one.fields)
      fmt::format_to(out, " {} {}", field.name, format_value(view, field));
  }
}

/// The tunnels around the message: every IPv4 header but the innermost.
void tunnels(Out out, const Packet& packet) {
  const Layer* innermost = packet.carrying_ip();
  for (const Layer& layer : packet.layers()) {
    if (layer.layout != &ip::layout || layer.is_quote || &layer == innermost) continue;
    const View view = packet.header(layer);
    fmt::format_to(out, " in {} -> {}", view.address(ip::source).to_string(),
                   view.address(ip::destination).to_string());
  }
}

/// The names of layers, but for what is part of another.
void names(Out out, std::span<const Layer> layers, std::string_view before,
           std::string_view after) {
  std::string_view separator = before;
  for (const Layer& layer : layers) {
    if (ike::is_substructure(*layer.layout)) continue;
    fmt::format_to(out, "{}{}", separator, layer.layout->name);
    separator = ", ";
  }
  if (!layers.empty()) fmt::format_to(out, "{}", after);
}

}  // namespace

std::vector<std::string_view> defect_list(Defects defects) {
  std::vector<std::string_view> result;
  for (const Defect defect : kDefects)
    if (has(defects, defect)) result.push_back(to_string(defect));
  return result;
}

std::string defect_names(Defects defects) {
  return fmt::format("{}", fmt::join(defect_list(defects), ", "));
}

std::string dissect(const Packet& packet) {
  std::string result;
  const Out out(result);
  for (const Layer& layer : packet.layers()) {
    const View header = packet.header(layer);
    fmt::format_to(out, "{}{}{} {}-{}", layer.is_quote ? "quoted " : "",
                   layer.is_extension ? "+ " : "", layer.layout->name, layer.offset,
                   layer.offset + layer.length);
    if (layer.defects != 0) fmt::format_to(out, "  ! {}", defect_names(layer.defects));
    result.push_back('\n');
    for (const Field& field : layer.layout->fields) field_line(out, layer, header, field);
  }
  return result;
}

std::string one_line(const Packet& packet) {
  std::string result(packet.message().layout->name);
  const Out out(result);
  endpoints(out, packet);
  summary(out, packet);
  names(out, packet.extensions(), " [", "]");
  names(out, packet.quoted(), " quoting ", "");
  tunnels(out, packet);
  if (packet.defects() != 0) fmt::format_to(out, " ! {}", defect_names(packet.defects()));
  return result;
}

}  // namespace mipvet::wire

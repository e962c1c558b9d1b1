#include "roles/translation.h"

#include <span>

#include "engine/wire/frame.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/udp.h"

namespace mipvet::roles {

namespace {

using wire::Ipv4Address;

std::size_t header_size(wire::Bytes datagram) {
  return wire::View(wire::ip::layout, datagram)[wire::ip::header_length] * 4;
}

/// Where the port (or identifier) of a transport header stands; nothing where there is none.
std::optional<wire::Field> end_field(std::uint8_t protocol, bool source) {
  if (protocol == wire::ip::kUdp)
    return source ? wire::udp::source_port : wire::udp::destination_port;
  if (protocol == wire::ip::kIcmp) return wire::icmp::echo::identifier;
  return std::nullopt;
}

wire::Buffer with_checksums(wire::Bytes datagram) {
  wire::Buffer frame = wire::ip_frame({}, datagram);
  wire::refresh_checksums(frame);
  return {frame.end() - static_cast<std::ptrdiff_t>(datagram.size()), frame.end()};
}

}  // namespace

std::optional<wire::Buffer> one_hop_further(wire::Bytes datagram) {
  const std::uint64_t time_to_live = wire::read(datagram, wire::ip::time_to_live);
  if (time_to_live <= 1) return std::nullopt;
  wire::Buffer copy(datagram.begin(), datagram.end());
  wire::write(copy, wire::ip::time_to_live, time_to_live - 1);
  return with_checksums(copy);
}

std::uint16_t Translation::port_for(std::uint8_t protocol, Ipv4Address address,
                                    std::uint16_t port) {
  const net::Time now = environment_.now();
  for (auto& [key, mapping] : mappings_) {
    if (key.first != protocol || mapping.address != address || mapping.port != port) continue;
    mapping.used = now;
    return key.second;
  }
  std::uint16_t outside = port;
  while ((settings_.random_ports && outside == port && port != 0) ||
         mappings_.contains({protocol, outside}))
    outside = static_cast<std::uint16_t>(1024 + environment_.random() % 64000);
  mappings_[{protocol, outside}] = {address, port, now};
  return outside;
}

void Translation::forget_idle_mappings() {
  const net::Time now = environment_.now();
  std::erase_if(mappings_,
                [&](const auto& entry) { return entry.second.used + settings_.timeout < now; });
}

wire::Buffer Translation::outwards(wire::Bytes datagram, Ipv4Address outside) {
  forget_idle_mappings();
  wire::Buffer copy(datagram.begin(), datagram.end());
  const std::size_t header = header_size(datagram);
  const wire::View view(wire::ip::layout, datagram);
  const auto protocol = static_cast<std::uint8_t>(view[wire::ip::protocol]);
  const Ipv4Address source = view.address(wire::ip::source);
  const std::span<std::uint8_t> transport(copy.data() + header, copy.size() - header);
  if (const auto field = end_field(protocol, true)) {
    const auto port = static_cast<std::uint16_t>(wire::read(transport, *field));
    wire::write(transport, *field, port_for(protocol, source, port));
  } else {
    mappings_[{protocol, 0}] = {source, 0, environment_.now()};
  }
  wire::write(copy, wire::ip::source, outside.value);
  return with_checksums(copy);
}

std::optional<wire::Buffer> Translation::inwards(wire::Bytes datagram) {
  forget_idle_mappings();
  wire::Buffer copy(datagram.begin(), datagram.end());
  const std::size_t header = header_size(datagram);
  const wire::View view(wire::ip::layout, datagram);
  const auto protocol = static_cast<std::uint8_t>(view[wire::ip::protocol]);
  const std::span<std::uint8_t> transport(copy.data() + header, copy.size() - header);
  if (protocol == wire::ip::kIcmp && !transport.empty() &&
      (transport[0] == wire::icmp::kUnreachableType ||
       transport[0] == wire::icmp::kTimeExceededType))
    return error_inwards(std::move(copy), header);
  const auto field = end_field(protocol, false);
  const Key key{protocol, field ? static_cast<std::uint16_t>(wire::read(transport, *field))
                                : std::uint16_t{0}};
  const auto found = mappings_.find(key);
  if (found == mappings_.end()) return std::nullopt;
  found->second.used = environment_.now();
  if (field) wire::write(transport, *field, found->second.port);
  wire::write(copy, wire::ip::destination, found->second.address.value);
  return with_checksums(copy);
}

/// An ICMP error about a translated datagram: the quote is translated back as well.
std::optional<wire::Buffer> Translation::error_inwards(wire::Buffer datagram, std::size_t header) {
  const std::size_t quote = header + wire::icmp::error::unreachable.minimum;
  if (datagram.size() < quote + wire::ip::layout.minimum + 8) return std::nullopt;
  const std::span<std::uint8_t> quoted(datagram.data() + quote, datagram.size() - quote);
  const auto protocol = static_cast<std::uint8_t>(wire::read(quoted, wire::ip::protocol));
  const std::size_t inner = header_size(quoted);
  if (protocol != wire::ip::kUdp || quoted.size() < inner + 8) return std::nullopt;
  const auto transport = quoted.subspan(inner);
  const auto found = mappings_.find(
      {protocol, static_cast<std::uint16_t>(wire::read(transport, wire::udp::source_port))});
  if (found == mappings_.end()) return std::nullopt;
  wire::write(transport, wire::udp::source_port, found->second.port);
  wire::write(quoted, wire::ip::source, found->second.address.value);
  wire::write(datagram, wire::ip::destination, found->second.address.value);
  return with_checksums(datagram);
}

}  // namespace mipvet::roles

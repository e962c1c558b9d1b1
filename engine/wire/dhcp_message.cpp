#include "engine/wire/dhcp_message.h"

#include <algorithm>

#include <tins/dhcp.h>

#include "engine/wire/frame.h"
#include "engine/wire/packet.h"

namespace mipvet::wire::dhcp {
namespace {

constexpr std::size_t kShortest = 300;

Tins::IPv4Address tins(Ipv4Address address) {
  return Tins::IPv4Address(address.to_string());
}

bool is_reply(const Layout& kind) {
  return &kind == &offer || &kind == &ack || &kind == &nak;
}

void add_octets(Tins::DHCP& made, Tins::DHCP::OptionTypes code, const Buffer& octets) {
  if (!octets.empty())
    made.add_option({static_cast<std::uint8_t>(code), octets.begin(), octets.end()});
}

}  // namespace

Buffer compose(const Message& message) {
  Tins::DHCP made;
  made.opcode(is_reply(*message.kind) ? kBootReply : kBootRequest);
  made.htype(1);
  made.hlen(6);
  made.xid(message.xid);
  made.secs(message.secs);
  made.padding(message.broadcast ? 0x8000 : 0);
  made.ciaddr(tins(message.ciaddr));
  made.yiaddr(tins(message.yiaddr));
  made.giaddr(tins(message.giaddr));
  made.chaddr(Tins::HWAddress<6>(message.chaddr.octets.data()));
  made.type(static_cast<Tins::DHCP::Flags>(message_type_of(*message.kind)));
  if (message.requested_address) made.requested_ip(tins(*message.requested_address));
  if (message.server) made.server_identifier(tins(*message.server));
  if (message.lease_time) made.lease_time(*message.lease_time);
  if (message.renewal_time) made.renewal_time(*message.renewal_time);
  if (message.rebinding_time) made.rebind_time(*message.rebinding_time);
  if (message.subnet_mask) made.subnet_mask(tins(*message.subnet_mask));
  if (message.router) made.routers({tins(*message.router)});
  add_octets(made, Tins::DHCP::DHCP_CLIENT_IDENTIFIER, message.client_identifier);
  add_octets(made, Tins::DHCP::DHCP_PARAMETER_REQUEST_LIST, message.parameter_request_list);
  add_octets(made, Tins::DHCP::DHCP_MESSAGE, {message.text.begin(), message.text.end()});
  made.end();
  Buffer octets = made.serialize();
  octets.resize(std::max(octets.size(), kShortest));
  return octets;
}

std::optional<Message> read_message(Bytes payload) {
  // The decoder wants a frame around the message.
  const Buffer frame = udp_frame({{}, {}, {kClientPort, kServerPort}}, payload);
  Packet packet;
  packet.decode(frame);
  const Layer& layer = packet.message();
  if (packet.defects() != 0 || message_type_of(*layer.layout) == 0) return std::nullopt;
  const View head = packet.view(layer);
  if (head[hlen] != 6) return std::nullopt;
  Message message;
  message.kind = layer.layout;
  message.xid = static_cast<std::uint32_t>(head[xid]);
  message.secs = static_cast<std::uint16_t>(head[secs]);
  message.broadcast = head[broadcast] != 0;
  message.ciaddr = head.address(ciaddr);
  message.yiaddr = head.address(yiaddr);
  message.giaddr = head.address(giaddr);
  message.chaddr = head.mac(chaddr);
  const auto find = [&](const Layout& option) {
    const Layer* found = packet.find(option);
    return found == nullptr ? View() : packet.view(*found);
  };
  const auto address = [&](const Layout& option, const Field& field) {
    const View found = find(option);
    return found ? std::optional(found.address(field)) : std::nullopt;
  };
  const auto seconds = [&](const Layout& option) {
    const View found = find(option);
    return found ? std::optional(static_cast<std::uint32_t>(found[option::seconds])) : std::nullopt;
  };
  const auto octets_of = [&](const Layout& option) {
    const Bytes all = find(option).bytes();
    return all.empty() ? Buffer() : Buffer(all.begin() + 2, all.end());
  };
  message.requested_address = address(option::requested_address, option::address);
  message.server = address(option::server_identifier, option::address);
  message.lease_time = seconds(option::lease_time);
  message.renewal_time = seconds(option::renewal_time);
  message.rebinding_time = seconds(option::rebinding_time);
  message.subnet_mask = address(option::subnet_mask, option::mask);
  message.router = address(option::router, option::address);
  message.client_identifier = octets_of(option::client_identifier);
  message.parameter_request_list = octets_of(option::parameter_request_list);
  const Buffer why = octets_of(option::message);
  message.text.assign(why.begin(), why.end());
  return message;
}

}  // namespace mipvet::wire::dhcp

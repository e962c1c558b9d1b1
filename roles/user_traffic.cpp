#include "roles/user_traffic.h"

#include "engine/wire/compose.h"
#include "engine/wire/frame.h"
#include "engine/wire/icmp.h"
#include "engine/wire/ipv4.h"
#include "engine/wire/packet.h"

namespace mipvet::roles {

namespace icmp = wire::icmp;

UserTraffic::UserTraffic(net::Environment& environment, wire::Ipv4Address home_address)
    : environment_(environment), home_address_(home_address) {}

UserTraffic::~UserTraffic() {
  environment_.cancel(timer_);
}

void UserTraffic::ping(wire::Ipv4Address to, net::Duration interval, unsigned count,
                       std::size_t octets) {
  environment_.cancel(timer_);
  ping_ = {to, interval, count, octets, static_cast<std::uint16_t>(environment_.random()), 0};
  ping_next();
}

void UserTraffic::ping_next() {
  if (ping_.left == 0) return;
  --ping_.left;
  wire::Buffer echo =
      wire::make(icmp::echo::request, {{icmp::echo::identifier, ping_.identifier},
                                       {icmp::echo::sequence_number, ++ping_.sequence}});
  echo.resize(echo.size() + ping_.octets);
  timer_ = environment_.schedule(ping_.interval, [this] { ping_next(); });
  send(wire::icmp_datagram({.source = home_address_, .destination = ping_.to}, echo));
}

void UserTraffic::receive(wire::Bytes datagram) {
  const wire::Buffer frame = wire::ip_frame({}, datagram);
  wire::Packet packet;
  packet.decode(frame);
  if (packet.defects() != 0) return;
  const wire::View message = packet.view(packet.message());
  const wire::View header = packet.view(*packet.carrying_ip());
  if (header.address(wire::ip::destination) != home_address_) return;
  if (message.layout() == &icmp::echo::reply) {
    ++answers_;
  } else if (message.layout() == &icmp::echo::request) {
    wire::Buffer answer(message.bytes().begin(), message.bytes().end());
    answer[0] = icmp::kEchoReplyType;
    send(wire::icmp_datagram(
        {.source = home_address_, .destination = header.address(wire::ip::source)}, answer));
  }
}

}  // namespace mipvet::roles

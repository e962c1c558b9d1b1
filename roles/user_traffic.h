#pragma once

#include <functional>
#include <optional>

#include "engine/net/environment.h"
#include "engine/wire/address.h"
#include "engine/wire/bytes.h"

namespace mipvet::roles {

/// The user of a mobile node: pings others from the home address and answers their pings. What he
/// sends goes the way that is open; while the mobile node is finding out where it is there is none,
/// and it is lost (MOB §3.4).
class UserTraffic {
 public:
  /// Takes a whole IPv4 datagram from the home address.
  using Way = std::function<void(wire::Bytes datagram)>;

  UserTraffic(net::Environment& environment, wire::Ipv4Address home_address);
  ~UserTraffic();
  UserTraffic(const UserTraffic&) = delete;
  UserTraffic& operator=(const UserTraffic&) = delete;

  void open(Way way) { way_ = std::move(way); }
  void close() { way_ = nullptr; }
  bool is_open() const { return way_ != nullptr; }

  /// `count` echo requests, the first at once. Instead of what is under way.
  void ping(wire::Ipv4Address to, net::Duration interval, unsigned count, std::size_t octets);
  /// A datagram that arrived for the home address, by whatever way.
  void receive(wire::Bytes datagram);

  /// Sends a datagram of the home address if a way is open.
  void send(wire::Bytes datagram) const {
    if (way_) way_(datagram);
  }
  unsigned answers() const { return answers_; }  ///< to pings

 private:
  void ping_next();

  net::Environment& environment_;
  wire::Ipv4Address home_address_;
  Way way_;
  struct {
    wire::Ipv4Address to;
    net::Duration interval{};
    unsigned left = 0;
    std::size_t octets = 0;
    std::uint16_t identifier = 0;
    std::uint16_t sequence = 0;
  } ping_;
  net::TimerId timer_ = 0;
  unsigned answers_ = 0;
};

}  // namespace mipvet::roles

#pragma once

#include <functional>
#include <optional>

#include "engine/net/host.h"
#include "engine/wire/dhcp_message.h"

/// A DHCP client (RFC 2131 §4.4) on one port of a host at a time, which needs no address there.
namespace mipvet::roles {

/// An address with what came with it.
struct DhcpLease {
  net::PortId port = 0;
  wire::Ipv4Prefix address;                 ///< with the length of the link's prefix
  std::optional<wire::Ipv4Address> router;  ///< the way out of the link
  wire::Ipv4Address server;
  net::Duration duration{};
};

class DhcpClient {
 public:
  struct Owner {
    /// There is an address. The client uses it for renewals, so it must be added to the host.
    std::function<void(const DhcpLease&)> bound;
    /// The address is no longer to be used: refused when it was renewed, or expired. The client
    /// asks for another.
    std::function<void(const DhcpLease&)> lost;
  };
  /// Takes UDP port 68.
  DhcpClient(net::Host& host, Owner owner);
  ~DhcpClient();
  DhcpClient(const DhcpClient&) = delete;
  DhcpClient& operator=(const DhcpClient&) = delete;

  /// Asks for an address on a port that is up, until there is one.
  void start(net::PortId port);
  /// Asks nothing more; what it had is forgotten without a word, as by a node that has left the
  /// link. `lost` is not called.
  void stop();
  /// The same, but the server is told (RFC 2131 §4.4.6).
  void release();

  const std::optional<DhcpLease>& lease() const { return lease_; }

 private:
  enum class State : std::uint8_t { idle, selecting, requesting, bound, renewing, rebinding };

  void received(const net::Datagram& datagram);
  void offered(const wire::dhcp::Message& offer);
  void acknowledged(const wire::dhcp::Message& ack);
  void refused();

  void discover();
  void identify(wire::dhcp::Message& message) const;
  void send(const wire::Layout& kind);
  void send_again();
  void schedule(net::Duration after, void (DhcpClient::*then)());
  void renew();
  void rebind();
  void expire();

  net::Host& host_;
  Owner owner_;
  State state_ = State::idle;
  net::PortId port_ = 0;
  std::uint32_t xid_ = 0;
  net::Time began_{};
  unsigned tries_ = 0;
  std::optional<net::TimerId> timer_;
  wire::dhcp::Message offer_;
  std::optional<DhcpLease> lease_;
  // Of the lease.
  net::Time renew_at_{};
  net::Time rebind_at_{};
  net::Time ends_{};
};

}  // namespace mipvet::roles

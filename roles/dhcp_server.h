#pragma once

#include <map>
#include <set>
#include <vector>

#include "engine/net/host.h"
#include "engine/wire/dhcp_message.h"

/// DHCP on the links of a host that has addresses to give away (RFC 2131 §4.3): OFFER, ACK and NAK.
/// The same client gets the same address again, others the lowest that is free.
namespace mipvet::roles {

class DhcpServer {
 public:
  struct Range {
    net::PortId port = 0;
    wire::Ipv4Prefix pool;       ///< addresses that nodes have are left out
    std::uint32_t lease = 3600;  ///< seconds
  };
  /// Takes UDP port 67, if there are ranges. They are on different ports; each port has an address,
  /// which is the router that clients are told.
  DhcpServer(const model::Network& network, net::Host& host, std::vector<Range> ranges);
  DhcpServer(const DhcpServer&) = delete;
  DhcpServer& operator=(const DhcpServer&) = delete;

 private:
  using ClientKey = std::pair<net::PortId, wire::Buffer>;
  struct Lease {
    wire::Ipv4Address address;
    net::Time ends{};
    bool is_bound = false;  ///< acknowledged, not offered alone
  };

  void received(const net::Datagram& datagram);
  void discovered(const Range& range, const wire::dhcp::Message& asked);
  void requested(const Range& range, const wire::dhcp::Message& asked);
  void declined(const Range& range, const wire::dhcp::Message& asked);

  const Range* range_on(net::PortId port) const;
  wire::Ipv4Address own_address(const Range& range) const;
  static ClientKey key_of(const Range& range, const wire::dhcp::Message& asked);
  bool may_give(const Range& range, wire::Ipv4Address address) const;
  bool is_free(const Range& range, wire::Ipv4Address address, const ClientKey& client) const;
  std::optional<wire::Ipv4Address> choose(const Range& range,
                                          const wire::dhcp::Message& asked) const;

  wire::dhcp::Message answer(const Range& range, const wire::dhcp::Message& asked,
                             const wire::Layout& kind) const;
  void grant(const Range& range, const wire::dhcp::Message& asked, const wire::Layout& kind,
             wire::Ipv4Address address, net::Duration keep);
  void refuse(const Range& range, const wire::dhcp::Message& asked, const char* why);
  void send(const Range& range, const wire::dhcp::Message& asked,
            const wire::dhcp::Message& message);

  const model::Network& network_;
  net::Host& host_;
  std::vector<Range> ranges_;
  std::map<ClientKey, Lease> leases_;
  std::set<wire::Ipv4Address> declined_;
};

/// The ranges of a node's parameter `dhcp`.
std::vector<DhcpServer::Range> dhcp_ranges(const model::Network& network, const model::Node& node);

}  // namespace mipvet::roles

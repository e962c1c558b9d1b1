#pragma once

#include <optional>
#include <string>

#include "roles/registration.h"

namespace mipvet::roles {

/// MIPP §2.6.5: a request that the proxy has to answer, most often after it was relayed and the
/// home agent has answered.
struct ProxyPending {
  ProxyPending(const net::Datagram& datagram, const Received& asked, model::NodeId peer);

  wire::Ipv4Address home_address;
  std::string nai;
  model::NodeId mobile_node;
  wire::Ipv4Address home_agent;  ///< the actual one, once it is known
  wire::Ipv4Address care_of_address;
  std::uint64_t identification;
  std::uint16_t lifetime;
  bool simultaneous;
  std::optional<std::uint32_t> spi;  ///< of the Mobile-Home authenticator
  wire::Ipv4Address source;          ///< of the request, and where the reply goes
  std::uint16_t source_port;
  std::optional<std::uint8_t> udp_reply;  ///< code of the UDP Tunnel Reply that is due
  Received request;
  net::Time expires{};
};

}  // namespace mipvet::roles

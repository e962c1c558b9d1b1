#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/wire/dhcp.h"

/// DHCP messages as servers and clients read and make them (RFC 2131 §2, RFC 2132).
namespace mipvet::wire::dhcp {

/// What a message says; options that are not there have no value.
struct Message {
  const Layout* kind = &discover;  ///< one of `messages`
  std::uint32_t xid = 0;
  std::uint16_t secs = 0;
  bool broadcast = false;  ///< the client cannot hear unicasts yet
  Ipv4Address ciaddr;
  Ipv4Address yiaddr;
  Ipv4Address giaddr;
  MacAddress chaddr;
  std::optional<Ipv4Address> requested_address = {};
  std::optional<Ipv4Address> server = {};
  // Seconds.
  std::optional<std::uint32_t> lease_time = {};
  std::optional<std::uint32_t> renewal_time = {};
  std::optional<std::uint32_t> rebinding_time = {};
  std::optional<Ipv4Address> subnet_mask = {};
  std::optional<Ipv4Address> router = {};
  Buffer client_identifier = {};       ///< type and identifier; empty: there is none
  Buffer parameter_request_list = {};  ///< codes of options
  std::string text = {};               ///< why a NAK
};

/// The payload of a UDP datagram: 300 octets at least (RFC 1542 §2.1).
Buffer compose(const Message& message);
/// Nothing for a payload that is no DHCP message or a malformed one.
std::optional<Message> read_message(Bytes payload);

}  // namespace mipvet::wire::dhcp

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/crypto/authenticator.h"
#include "engine/model/network.h"
#include "engine/net/host.h"
#include "engine/wire/compose.h"
#include "engine/wire/mip4.h"
#include "engine/wire/packet.h"

/// Registration messages as the roles read and make them (RFC 3344 §3.3-3.8).
namespace mipvet::roles {

namespace mip4 = wire::mip4;
namespace request = wire::mip4::request;
namespace reply = wire::mip4::reply;
namespace authentication = wire::mip4::authentication;
using mip4::Code;

/// A registration message that a role received: its octets are its own, extensions by layout.
class Received {
 public:
  /// What arrived on port 434 as a message of `layout`; nothing where it is another or too short.
  static std::optional<Received> parse(const wire::Layout& layout, wire::Bytes payload,
                                       const wire::DecodeOptions& options);

  struct Extension {
    const wire::Layout* layout;
    std::size_t offset;
    std::size_t length;
  };

  std::uint64_t operator[](const wire::Field& field) const { return wire::read(octets_, field); }
  wire::Ipv4Address address(const wire::Field& field) const {
    return {static_cast<std::uint32_t>(wire::read(octets_, field))};
  }
  wire::Bytes octets() const { return octets_; }
  std::span<const Extension> extensions() const { return extensions_; }
  wire::View view(const Extension& extension) const {
    return {*extension.layout, wire::Bytes(octets_).subspan(extension.offset, extension.length)};
  }
  const Extension* find(const wire::Layout& layout) const;
  std::size_t count(const wire::Layout& layout) const;
  /// The first extension of a layout; a view of nothing where there is none.
  wire::View extension(const wire::Layout& layout) const;
  std::string nai() const;
  /// An extension runs over the end, or octets are left over.
  bool malformed() const { return malformed_; }
  /// Holds an extension 0-127 that no table knows (RFC 3344 §1.8).
  bool has_unknown_critical() const;

 private:
  wire::Buffer octets_;
  std::vector<Extension> extensions_;
  bool malformed_ = false;
};

enum class Checked : std::uint8_t { valid, absent, several, unknown_spi, wrong };

/// The keys of one node, and what is done with them.
class Keyring {
 public:
  Keyring(const model::Network& network, model::NodeId self) : network_(network), self_(self) {}

  /// Checks the authentication extension of a layout in a message from `peer` (RFC 3344 §3.5.1).
  Checked check(const Received& message, const wire::Layout& extension, model::NodeId peer) const;
  /// Appends the authentication extension that the association with `peer` makes; `spi` picks one
  /// of several. False where they share none.
  bool sign(wire::Buffer& message, const wire::Layout& extension, model::NodeId peer,
            std::optional<std::uint32_t> spi = {}) const;
  const crypto::SecurityAssociation* with(model::NodeId peer) const;

 private:
  const model::Network& network_;
  model::NodeId self_;
};

/// Which association of a mobile node applies: by home address, else by NAI; kNobody: unknown.
model::NodeId mobile_node_of(const model::Network& network, wire::Ipv4Address home_address,
                             std::string_view nai);

void append_nai(wire::Buffer& message, std::string_view nai);

/// Appends an authentication extension by an SPI and a key that nobody shares, for deviations.
void append_forgery(wire::Buffer& message, const wire::Layout& extension, std::uint32_t spi);

/// Of a UDP datagram that an ICMP error quotes; nothing where it quotes another or too little.
struct QuotedUdp {
  wire::Ipv4Address destination;
  std::uint16_t destination_port;
};
std::optional<QuotedUdp> quoted_udp(wire::Bytes quote);

/// A parameter of the node, from its JSON; the schema has checked the type.
template <typename T>
T parameter(const model::Node& node, const char* name, T otherwise) {
  const auto found = node.parameters.find(name);
  return found == node.parameters.end() || found->is_null() ? otherwise : found->template get<T>();
}
wire::Ipv4Address address_parameter(const model::Node& node, const char* name,
                                    wire::Ipv4Address otherwise = {});
/// A link by name; nothing where the parameter is absent.
std::optional<net::PortId> link_parameter(const model::Network& network, const model::Node& node,
                                          const char* name);

constexpr net::Duration seconds(double value) {
  return std::chrono::duration_cast<net::Duration>(std::chrono::duration<double>(value));
}

}  // namespace mipvet::roles

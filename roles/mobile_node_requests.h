#pragma once

#include <functional>
#include <optional>

#include "engine/crypto/identification.h"
#include "roles/agent_discovery.h"
#include "roles/deviations.h"
#include "roles/registration.h"

namespace mipvet::roles {

/// The requests of a mobile node as datagrams (RFC 3344 §3.6.1, RFC 2794 §2, RFC 3519 §4.4, MIPP
/// §2.5.3), with the Identification that each of them bears (RFC 3344 §5.7).
class MobileNodeRequests {
 public:
  MobileNodeRequests(const model::Network& network, const model::Node& node, const Keyring& keys,
                     const ActiveDeviations& deviates, std::function<std::uint32_t()> random)
      : network_(network),
        node_(node),
        keys_(keys),
        deviates_(deviates),
        random_(std::move(random)) {}

  static constexpr std::uint16_t kSourcePort = 40434;

  /// What a request depends on besides the node's parameters.
  struct Occasion {
    wire::Ipv4Address agent;         ///< whom it asks for a binding
    std::uint16_t lifetime = 0;      ///< seconds; 0: deregistration
    wire::Ipv4Address home_address;  ///< zero: the node is known by its NAI
    wire::Ipv4Address care_of_address;
    bool at_home = false;
    bool colocated = false;
    bool direct = false;                    ///< asks its home agent although it knows a proxy
    wire::Ipv4Address assigned_home_agent;  ///< that of the last reply
    std::optional<AgentDiscovery::Agent> foreign_agent;  ///< on whose link it is
    std::optional<net::PortId> port;
    net::Time now{};
  };
  struct Made {
    wire::Buffer message;
    std::uint64_t identification = 0;
    wire::Ipv4Address source;
    std::uint16_t source_port = kSourcePort;
    wire::Ipv4Address destination;
    std::uint16_t destination_port = mip4::kPort;
    net::SendOptions options;
  };
  Made compose(const Occasion& occasion);

  /// A valid reply bore this Identification.
  void learn(std::uint64_t identification, net::Time now) {
    if (source_) source_->learn(identification, now);
  }

 private:
  bool knows_proxy() const { return !address_parameter(node_, "registrar").is_zero(); }
  std::uint64_t next_identification(model::NodeId peer, net::Time now);
  void address(Made& made, const Occasion& occasion) const;
  void append_extensions(wire::Buffer& message, const Occasion& occasion, bool udp_tunnel);
  void append_named_home_agent(wire::Buffer& message, const Occasion& occasion) const;
  void append_udp_tunnel(wire::Buffer& message) const;
  void sign(wire::Buffer& message, model::NodeId peer) const;

  const model::Network& network_;
  const model::Node& node_;
  const Keyring& keys_;
  const ActiveDeviations& deviates_;
  std::function<std::uint32_t()> random_;
  std::optional<crypto::IdentificationSource> source_;
  model::NodeId source_peer_ = model::kNobody;  // with whom `source_` is
  std::uint64_t last_identification_ = 0;
  wire::Ipv4Address last_care_of_;  // where the node was at its last request
};

}  // namespace mipvet::roles

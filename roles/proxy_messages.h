#pragma once

#include "roles/deviations.h"
#include "roles/proxy_pending.h"
#include "roles/proxy_settings.h"

namespace mipvet::roles {

/// The messages of the MIP Proxy as octets: the relayed request (MIPP §2.2.1-2.2.3) and the replies
/// to the mobile node (MIPP §2.3.1, §2.4).
class ProxyMessages {
 public:
  ProxyMessages(const model::Network& network, const model::Node& node,
                const ProxySettings& settings, const Keyring& keys,
                const ActiveDeviations& deviates)
      : network_(network), node_(node), settings_(settings), keys_(keys), deviates_(deviates) {}

  /// The request that goes to the home agent; `lifetime` in seconds.
  wire::Buffer relayed_request(const ProxyPending& pending, std::uint16_t lifetime) const;

  // Replies without what `complete` appends.

  /// The home agent's reply as it is passed on, with another code perhaps.
  wire::Buffer passed_on(const Received& answered, std::uint8_t code) const;
  /// The proxy's own.
  wire::Buffer refusal(const ProxyPending& pending, Code code) const;
  wire::Buffer acceptance(const ProxyPending& pending) const;
  wire::Buffer unreachable(const ProxyPending& pending) const;

  struct Completion {
    std::optional<wire::Ipv4Address> home_agent;  ///< for the HA Parameter; nothing: leave it out
    bool authenticated = true;                    ///< false: for a deviation
  };
  /// Appends the extensions for the mobile node and for the foreign agent on the way to it.
  void complete(wire::Buffer& message, const ProxyPending& pending,
                const Completion& completion) const;

 private:
  void copy_extensions(wire::Buffer& message, const Received& asked) const;

  const model::Network& network_;
  const model::Node& node_;
  const ProxySettings& settings_;
  const Keyring& keys_;
  const ActiveDeviations& deviates_;
};

}  // namespace mipvet::roles

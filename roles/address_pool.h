#pragma once

#include <map>
#include <optional>
#include <string>

#include "engine/model/network.h"
#include "engine/wire/address.h"

namespace mipvet::roles {

/// The tunnel inner addresses that a gateway gives away (RFC 7296 §3.15.1): the lowest that is
/// free, but to who had one before the same again, if nobody else has it now.
class AddressPool {
 public:
  /// Leaves out the addresses that nodes of the network have, and the first and the last of the
  /// prefix, which hosts take for others.
  AddressPool(const model::Network& network, std::optional<wire::Ipv4Prefix> prefix)
      : network_(network), prefix_(prefix) {}

  /// For `holder` (an IKE SA) of a peer that calls itself `peer`. A holder that has one gets it
  /// again. Nothing where none is left.
  std::optional<wire::Ipv4Address> take(std::uint32_t holder, const std::string& peer);
  void give_back(std::uint32_t holder) { held_.erase(holder); }
  void clear() { held_.clear(); }
  /// Of this pool, given away or not.
  bool contains(wire::Ipv4Address address) const { return prefix_ && prefix_->contains(address); }
  std::optional<wire::Ipv4Address> held_by(std::uint32_t holder) const;

 private:
  bool is_free(wire::Ipv4Address address) const;

  const model::Network& network_;
  std::optional<wire::Ipv4Prefix> prefix_;
  std::map<std::uint32_t, wire::Ipv4Address> held_;
  std::map<std::string, wire::Ipv4Address> last_;
};

}  // namespace mipvet::roles

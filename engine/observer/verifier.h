#pragma once

#include <array>
#include <vector>

#include "engine/crypto/authenticator.h"
#include "engine/model/network.h"
#include "engine/observer/address_book.h"
#include "engine/observer/sighting.h"

namespace mipvet::observer {

/// Recomputes the authenticators of registration messages with the declared keys
/// (RFC 3344 §3.5.1: the message and all extensions before it, then its own type, length and SPI).
class Verifier {
 public:
  /// Both have to live longer.
  Verifier(const model::Network& network, const AddressBook& addresses);

  /// Fills in `message.authentication`.
  void verify(Sighting& message);

 private:
  struct Key {
    model::NodeId one;
    model::NodeId other;
    std::uint32_t spi;
    crypto::Authenticator authenticator;
  };

  /// An association counts if it joins one of the nodes `near` the mobile node with one of those
  /// `far` from it.
  Authentication check(const Sighting& message, const wire::Layout& extension,
                       std::array<NodeId, 2> near, std::array<NodeId, 2> far);

  NodeId partner(const Sighting& message, NodeId node) const;

  const model::Network& network_;
  const AddressBook& addresses_;
  std::vector<Key> keys_;
};

}  // namespace mipvet::observer

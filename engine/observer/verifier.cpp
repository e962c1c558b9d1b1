#include "engine/observer/verifier.h"

#include <algorithm>
#include <array>

#include "engine/wire/mip4.h"

namespace mipvet::observer {

namespace authentication = wire::mip4::authentication;

Verifier::Verifier(const model::Network& network, const AddressBook& addresses)
    : network_(network), addresses_(addresses) {
  for (const model::SharedAssociation& shared : network.associations) {
    const crypto::SecurityAssociation& association = shared.association;
    keys_.push_back({shared.one, shared.other, association.spi,
                     crypto::Authenticator(association.algorithm, association.key)});
  }
}

void Verifier::verify(Sighting& message) {
  const bool is_request = message.layout == &wire::mip4::request::layout;
  // Who registers, and with whom. A proxy registers in the place of the mobile node, so the
  // sender of a request counts as well.
  const NodeId near = is_request ? message.sender : message.receiver;
  NodeId far = is_request ? message.receiver : message.sender;
  // On its way between links, or in ESP, neither end of the frame is the agent.
  if (far == model::kNobody)
    far = addresses_.owner(is_request ? message.destination : message.source);
  NodeId home = message.agent;
  // A reply in the name of nobody: whoever the mobile node shares the association with.
  if (home == model::kNobody && !is_request) home = partner(message, near);
  Authentications& result = message.authentication;
  result.mobile_home = check(message, authentication::mobile_home,
                             std::array{message.mobile_node, near}, std::array{home, far});
  result.mobile_foreign = check(message, authentication::mobile_foreign,
                                std::array{message.mobile_node, near}, std::array{far, far});
  result.foreign_home =
      check(message, authentication::foreign_home, std::array{near, near}, std::array{home, far});
}

NodeId Verifier::partner(const Sighting& message, NodeId node) const {
  const ExtensionPlace* place = message.find(authentication::mobile_home);
  if (place == nullptr) return model::kNobody;
  const std::uint64_t spi = message.view(*place)[authentication::spi];
  for (const Key& key : keys_) {
    if (key.spi != spi) continue;
    if (key.one == node) return key.other;
    if (key.other == node) return key.one;
  }
  return model::kNobody;
}

Authentication Verifier::check(const Sighting& message, const wire::Layout& extension,
                               std::array<NodeId, 2> near, std::array<NodeId, 2> far) {
  const ExtensionPlace* place = message.find(extension);
  if (place == nullptr) return Authentication::absent;
  const wire::View view = message.view(*place);
  const std::uint64_t spi = view[authentication::spi];
  const wire::Bytes authenticator = view.octets(authentication::authenticator);
  const wire::Bytes covered =
      message.bytes().first(place->offset + authentication::authenticator.first_octet());
  bool known = false;
  for (Key& key : keys_) {
    if (key.spi != spi) continue;
    const auto among = [](NodeId node, const std::array<NodeId, 2>& parties) {
      return node == parties[0] || node == parties[1];
    };
    const bool shared = (among(key.one, near) && among(key.other, far)) ||
                        (among(key.other, near) && among(key.one, far));
    if (!shared) continue;
    known = true;
    if (key.authenticator.verify(covered, authenticator)) return Authentication::valid;
    // RFC 2002 §3.5.1 leaves the SPI out.
    const bool old = network_.node(key.one).edition == model::Edition::rfc2002 ||
                     network_.node(key.other).edition == model::Edition::rfc2002;
    if (old && key.authenticator.algorithm() == crypto::Algorithm::keyed_md5 &&
        key.authenticator.verify(covered.first(covered.size() - 4), authenticator))
      return Authentication::valid;
  }
  return known ? Authentication::invalid : Authentication::unknown_spi;
}

}  // namespace mipvet::observer

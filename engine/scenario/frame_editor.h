#pragma once

#include <cstddef>
#include <vector>

#include "engine/crypto/security_association.h"
#include "engine/model/network.h"
#include "engine/scenario/named_frames.h"
#include "engine/scenario/scenario.h"

namespace mipvet::scenario {

/// Changes the message in a frame as a step says and nothing else: lengths of IPv4 and UDP follow
/// what is added or taken away, authenticators and lengths of extensions stay unless they are
/// given. Throws CannotDo where the frame has not what is to be changed.
class FrameEditor {
 public:
  FrameEditor(const model::Network& network, const NamedFrames& frames, net::Time now,
              wire::Buffer frame);

  void apply(const Edit& edit);
  void append(const NewExtension& extension);
  void append(wire::Bytes payload);

  wire::Buffer take() && { return std::move(frame_); }

 private:
  void set(const Assignment& assignment);
  void flip(const FlipBit& flip);
  void remove(const wire::Layout& extension);
  void put(const PutOctets& octets);
  void sign(const Sign& sign);
  void truncate(std::size_t octets);

  /// Puts octets in the place of others of the message and what follows it.
  void replace(std::size_t at, std::size_t count, wire::Bytes octets);
  std::size_t message_begin() const { return packet_.message().offset; }
  std::size_t message_end() const { return message_begin() + packet_.message().length; }
  const wire::Layer& layer(const FieldPath& path) const;
  const model::SharedAssociation& association(const Signer& signer, std::uint64_t spi) const;
  wire::Buffer authenticator(const Signer& signer, const model::SharedAssociation& shared,
                             wire::Bytes covered) const;

  const model::Network& network_;
  const NamedFrames& frames_;
  net::Time now_;
  wire::Buffer frame_;
  wire::Packet packet_;
};

}  // namespace mipvet::scenario

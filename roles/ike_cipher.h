#pragma once

#include <optional>

#include "engine/crypto/ike_keys.h"
#include "engine/crypto/random_octets.h"
#include "engine/crypto/sealed.h"
#include "roles/deviations.h"
#include "roles/ike_message.h"

namespace mipvet::roles {

/// The SK payload of one IKE SA (RFC 7296 §3.14, RFC 5282): seals what this side sends, opens what
/// the other does.
class IkeCipher {
 public:
  /// `initiator`: whether this side is that of the IKE SA, RFC 7296 §2.14.
  IkeCipher(const crypto::IkeSuite& suite, const crypto::IkeKeys& keys, bool initiator,
            crypto::RandomOctets& random, const ActiveDeviations& deviates);

  /// The message with all payloads in SK, with that much padding as far as whole blocks allow, and
  /// as little as they need else.
  wire::Buffer seal(const wire::Layout& exchange, wire::FieldValues header,
                    const ike::PayloadChain& payloads, std::size_t padding = 0);

  struct Opened {
    std::uint8_t first_payload = 0;
    wire::Buffer payloads;
  };
  /// Nothing unless the message has an SK payload that is authentic.
  std::optional<Opened> open(wire::Bytes message);

 private:
  wire::Buffer next_vector();

  crypto::IkeSuite suite_;
  crypto::Sealer sealer_;
  crypto::Opener opener_;
  crypto::RandomOctets& random_;
  const ActiveDeviations& deviates_;
  std::uint64_t sealed_ = 0;
};

}  // namespace mipvet::roles

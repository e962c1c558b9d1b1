#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "engine/crypto/ike_algorithms.h"
#include "engine/crypto/ike_keys.h"
#include "engine/wire/bytes.h"

/// Sealed packets: ESP (RFC 4303 §2) and the SK payload of IKEv2 (RFC 7296 §3.14) are of one form,
///
///     associated data | IV | ciphertext | ICV
///
/// where the associated data are the SPI and the sequence number (8 octets; RFC 4106 §5), or the
/// IKE header and all up to and including the generic header of the SK payload (RFC 5282 §5.1). A
/// separate integrity algorithm covers all that precedes the ICV. The plaintext ends in padding
/// (padding.h).
namespace mipvet::crypto {

/// Octets of IV, ciphertext and ICV.
std::size_t sealed_size(Encryption encryption, Integrity integrity, std::size_t plaintext_size);

enum class Opening : std::uint8_t {
  opened,
  too_short,         ///< no room for IV, ICV and ciphertext
  not_whole_blocks,  ///< the ciphertext is no multiple of the cipher's block
  wrong_icv,         ///< altered on the way, or other keys
};
std::string_view to_string(Opening opening);

struct Opened {
  Opening result = Opening::too_short;
  wire::MutableBytes plaintext;  ///< padding included; empty unless opened

  explicit operator bool() const { return result == Opening::opened; }
};

/// The algorithms of one direction of an SA with their keys set up.
struct KeyedSuite;

/// The receiver's half of one direction of an SA: nothing is allocated for a packet that is no
/// larger than one before, except that a wrong ICV of AES-GCM is an exception inside Botan. It
/// works in the state of the object, so each thread needs one of its own.
class Opener {
 public:
  /// Keys of the algorithms' key sizes, the salt included, and algorithms that go together, else
  /// std::invalid_argument.
  Opener(Encryption encryption, Integrity integrity, const DirectionKeys& keys);
  Opener(Opener&&) noexcept;
  Opener& operator=(Opener&&) noexcept;
  ~Opener();

  /// Verifies the ICV and decrypts where the ciphertext is. A packet that is not opened stays as it
  /// was.
  Opened open(wire::MutableBytes packet, std::size_t associated_size);

 private:
  std::unique_ptr<KeyedSuite> suite_;
};

/// The sender's half.
class Sealer {
 public:
  /// As Opener.
  Sealer(Encryption encryption, Integrity integrity, const DirectionKeys& keys);
  Sealer(Sealer&&) noexcept;
  Sealer& operator=(Sealer&&) noexcept;
  ~Sealer();

  /// Appends IV, ciphertext and ICV to the packet, which is the associated data so far. The
  /// plaintext is whole blocks and the IV of the algorithm's size, else std::invalid_argument. The
  /// IV is the sender's to choose: unpredictable with CBC (RFC 3602 §3), never the same twice with
  /// GCM (RFC 4106 §3.1).
  void seal(wire::Buffer& packet, wire::Bytes plaintext, wire::Bytes iv);

 private:
  std::unique_ptr<KeyedSuite> suite_;
};

}  // namespace mipvet::crypto

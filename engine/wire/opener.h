#pragma once

#include "engine/wire/address.h"
#include "engine/wire/bytes.h"
#include "engine/wire/packet.h"

/// Where decoding meets cryptography: who knows the keys decrypts, the decoder goes on inside.
namespace mipvet::wire {

/// What became of an encrypted packet.
struct Opening {
  enum class Result : std::uint8_t {
    no_key,         ///< no key for this packet, or it is too short for its algorithm
    not_authentic,  ///< keys are known, and the integrity check value is not theirs
    opened,
  };
  Result result = Result::no_key;
  /// Octets [first, end) of what was given, decrypted in their place: payload, padding, pad length
  /// and, in ESP, next header; neither initialization vector nor integrity check value.
  std::uint32_t first = 0;
  std::uint32_t end = 0;
};

/// An implementation (engine/crypto)
/// - finds the keys: of an IKE message by its two SPIs and its `initiator` flag (RFC 7296 §3.1: who
///   sent it, hence SK_ei/SK_ai or SK_er/SK_ar); of ESP by SPI and, where two peers chose the same
///   SPI, by the addresses, which are those around the packet on this link (a NAT may have changed
///   them, MOBIKE may have moved them);
/// - checks the integrity first. For CBC with HMAC: over all octets given but the check value at
///   their end (IKE: RFC 7296 §3.14; ESP without ESN: RFC 4303 §2.8). For AES-GCM the additional
///   data are the octets before the initialization vector (IKE: RFC 5282 §5.1, the message from its
///   header to the head of the SK payload; ESP: RFC 4106 §5, SPI and sequence number);
/// - decrypts in place and says where. It writes to octets [first, end) alone, and to none unless
///   the result is `opened`;
/// - leaves pad length, padding, next header and what is inside to the decoder, and replay windows
///   to whoever judges: any packet may be given twice and in any order;
/// - takes whatever octets there are, throws nothing and, once warm, allocates nothing.
class Opener {
 public:
  virtual ~Opener() = default;

  /// An IKE message from its header (no non-ESP marker) to the end of its SK payload, which begins
  /// with its payload header at `payload`.
  virtual Opening open_ike(MutableBytes message, std::uint32_t payload) = 0;

  /// An ESP packet from its SPI to the end of its check value.
  virtual Opening open_esp(MutableBytes packet, Ipv4Address source, Ipv4Address destination) = 0;

 protected:
  Opener() = default;
  Opener(const Opener&) = default;
  Opener& operator=(const Opener&) = default;
};

/// Whether the decoder saw the inside of an `esp` or `encrypted` layer.
constexpr bool is_open(const Layer& layer) {
  return layer.header < layer.length;
}

}  // namespace mipvet::wire

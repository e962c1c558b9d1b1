#pragma once

#include "engine/wire/ike_compose.h"

/// Laying out what is to be encrypted: the reverse of opener.h. The octets come with room for
/// initialization vector and integrity check value; whoever knows the keys fills these in and
/// encrypts [first, end) in place.
namespace mipvet::wire {

/// What an algorithm (or a pair of them) needs room for, in octets.
struct CipherSizes {
  std::uint32_t iv = 0;
  /// What payload, padding, pad length (and next header in ESP) together fill wholly, at least 1;
  /// ESP fills four octets in any case (RFC 4303 §2.4).
  std::uint32_t block = 1;
  std::uint32_t icv = 0;
};

/// A message or packet before its encryption: [first, end) are payload, padding, pad length (and
/// next header). Before `first` stands the initialization vector, behind `end` the check value.
struct Unsealed {
  Buffer octets;
  std::uint32_t payload = 0;  ///< where the SK payload begins in an IKE message; 0 in ESP
  std::uint32_t first = 0;
  std::uint32_t end = 0;
};

/// An IKE message with these payloads in an SK payload. What is not among the values is filled in,
/// lengths with the room counted. Padding is as short as can be (RFC 7296 §3.14).
Unsealed unsealed_message(const Layout& exchange, FieldValues values,
                          const ike::PayloadChain& inside, const CipherSizes& sizes);

/// An ESP packet. Padding is 1, 2, 3, ... (RFC 4303 §2.4) and as short as can be.
Unsealed unsealed_esp(std::uint32_t spi, std::uint32_t sequence_number, std::uint8_t next_header,
                      Bytes payload, const CipherSizes& sizes);

}  // namespace mipvet::wire

#pragma once

#include <algorithm>

#include "engine/wire/esp.h"
#include "engine/wire/ike_compose.h"

/// Laying out what a cipher for tests is to encrypt: the reverse of opener.h (engine/crypto has the
/// real ones, with padding.h). The octets come with room for
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

namespace sealing {

inline std::uint32_t size_of(const Buffer& octets) {
  return static_cast<std::uint32_t>(octets.size());
}

/// How many octets of padding make the whole fill blocks.
inline std::uint32_t padding(std::uint32_t size, std::uint32_t block) {
  return (block - size % block) % block;
}

}  // namespace sealing

/// An IKE message with these payloads in an SK payload. What is not among the values is filled in,
/// lengths with the room counted. Padding is as short as can be (RFC 7296 §3.14).
inline Unsealed unsealed_message(const Layout& exchange, FieldValues values,
                                 const ike::PayloadChain& inside, const CipherSizes& sizes) {
  const Buffer& plain = inside.octets();
  const std::uint32_t pad = sealing::padding(sealing::size_of(plain) + 1, sizes.block);
  Buffer body(sizes.iv);
  body.insert(body.end(), plain.begin(), plain.end());
  body.resize(body.size() + pad);
  body.push_back(static_cast<std::uint8_t>(pad));
  body.resize(body.size() + sizes.icv);
  ike::PayloadChain outside;
  outside.add(ike::encrypted::layout, {{ike::payload::next_payload, inside.first_type()}}, body);
  Unsealed result{ike::make_message(exchange, values, outside)};
  result.end = sealing::size_of(result.octets) - sizes.icv;
  result.first = result.end - 1 - pad - sealing::size_of(plain);
  result.payload =
      result.first - sizes.iv - static_cast<std::uint32_t>(ike::encrypted::layout.minimum);
  return result;
}

/// An ESP packet. Padding is 1, 2, 3, ... (RFC 4303 §2.4) and as short as can be.
inline Unsealed unsealed_esp(std::uint32_t spi, std::uint32_t sequence_number,
                             std::uint8_t next_header, Bytes payload, const CipherSizes& sizes) {
  Unsealed result{make(esp::layout, {{esp::spi, spi}, {esp::sequence_number, sequence_number}})};
  Buffer& octets = result.octets;
  octets.resize(octets.size() + sizes.iv);
  result.first = sealing::size_of(octets);
  octets.insert(octets.end(), payload.begin(), payload.end());
  const std::uint32_t pad =
      sealing::padding(sealing::size_of(octets) - result.first + 2, std::max(sizes.block, 4U));
  for (std::uint32_t i = 1; i <= pad; ++i) octets.push_back(static_cast<std::uint8_t>(i));
  octets.push_back(static_cast<std::uint8_t>(pad));
  octets.push_back(next_header);
  result.end = sealing::size_of(octets);
  octets.resize(octets.size() + sizes.icv);
  return result;
}

}  // namespace mipvet::wire

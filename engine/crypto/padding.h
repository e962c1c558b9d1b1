#pragma once

#include <cstdint>
#include <optional>

#include "engine/crypto/ike_algorithms.h"
#include "engine/wire/bytes.h"

/// How the plaintext of a sealed packet ends.
namespace mipvet::crypto {

/// The plaintext of an ESP packet (RFC 4303 §2.4 to §2.6), parts of what it was made from.
struct EspPlaintext {
  wire::Bytes payload;
  wire::Bytes padding;
  std::uint8_t next_header = 0;
};

/// Nothing if there is no trailer, or its Pad Length reaches beyond the plaintext.
std::optional<EspPlaintext> esp_plaintext(wire::Bytes plaintext);
/// Whether the padding is 1, 2, 3, ... (RFC 4303 §2.4).
bool is_default_padding(wire::Bytes padding);
/// Appends default padding, to whole blocks and whole words (RFC 4303 §2.4), Pad Length and Next
/// Header.
void append_esp_trailer(wire::Buffer& payload, Encryption encryption, std::uint8_t next_header);

/// The payloads that an SK payload contains, without padding and Pad Length (RFC 7296 §3.14).
/// Nothing if the Pad Length reaches beyond the plaintext.
std::optional<wire::Bytes> sk_plaintext(wire::Bytes plaintext);
/// Appends as little padding as whole blocks need, or up to `most` octets (255 at most) in whole
/// blocks, and Pad Length.
void append_sk_padding(wire::Buffer& payloads, Encryption encryption, std::size_t most = 0);

}  // namespace mipvet::crypto

#pragma once

#include <array>

#include "engine/wire/layout.h"

/// Encapsulating Security Payload (IP protocol 50), also in UDP on port 4500 (RFC 3948 §2.1).
namespace mipvet::wire::esp {

/// RFC 4303 §2. What is behind the sequence number depends on the security association:
/// initialization vector, payload, padding, pad length, next header, integrity check value. Once
/// opened (opener.h) the initialization vector is all of `payload` that is the header's own.
inline constexpr Field spi = number("spi", 0, 4);
inline constexpr Field sequence_number = number("sequence_number", 4, 4);
inline constexpr Field payload = octets("payload", 8);
inline constexpr std::array fields{spi, sequence_number, payload};
inline constexpr Layout layout{"esp", 8, fields, "RFC 4303 §2"};

/// What stands behind the payload and its padding, known of opened packets: an extension of `esp`.
/// The padding is the `pad_length` octets before it.
namespace trailer {
inline constexpr Field pad_length = number("pad_length", 0, 1);
inline constexpr Field next_header = number("next_header", 1, 1);
inline constexpr Field icv = octets("icv", 2);
inline constexpr std::array fields{pad_length, next_header, icv};
inline constexpr Layout layout{"esp-trailer", 2, fields, "RFC 4303 §2.4"};

/// RFC 4303 §2.6: a dummy packet.
inline constexpr std::uint8_t kNoNextHeader = 59;
}  // namespace trailer

}  // namespace mipvet::wire::esp

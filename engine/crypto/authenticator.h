#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include <botan/secmem.h>

#include "engine/wire/bytes.h"

namespace Botan {
class Buffered_Computation;
}

namespace mipvet::crypto {

/// How an authentication extension protects a registration message (RFC 3344 §5.1).
enum class Algorithm : std::uint8_t {
  keyed_md5,  ///< MD5(key | data | key), "prefix+suffix": the default of RFC 2002 §3.5.1
  hmac_md5,   ///< RFC 2104; the default of RFC 3344 §3.5.1
  hmac_sha1,  ///< RFC 2104
};

std::string_view to_string(Algorithm algorithm);  ///< "keyed-md5", "hmac-md5", "hmac-sha1"
std::optional<Algorithm> algorithm_from_name(std::string_view name);

/// Octets of an authenticator, untruncated: 16 (MD5) or 20 (SHA-1).
std::size_t authenticator_size(Algorithm algorithm);
inline constexpr std::size_t kMaxAuthenticatorSize = 20;

inline constexpr std::size_t kMaxKeySize = 4096;

/// An algorithm with its key set up once. Which octets are covered is the caller's to say: the
/// message, all prior extensions and the type, length and SPI of the extension itself (RFC 3344
/// §3.5.1); RFC 2002 §3.5.1 leaves the SPI out. Neither `compute` nor `verify` allocates. They
/// work in the state of the object, so each thread needs one of its own.
class Authenticator {
 public:
  /// `key`: 1 to kMaxKeySize octets of any value (RFC 3344 §5.1), else std::invalid_argument.
  Authenticator(Algorithm algorithm, wire::Bytes key);
  Authenticator(Authenticator&&) noexcept;
  Authenticator& operator=(Authenticator&&) noexcept;
  ~Authenticator();

  Algorithm algorithm() const { return algorithm_; }
  std::size_t size() const { return authenticator_size(algorithm_); }

  /// Writes the authenticator of `data`, or of `parts` one after the other. `out` holds exactly
  /// size() octets, else std::invalid_argument; it may lie in the same buffer behind the data.
  void compute(wire::Bytes data, wire::MutableBytes out);
  void compute(std::span<const wire::Bytes> parts, wire::MutableBytes out);

  /// Whether `expected` is the authenticator of the data, compared in constant time. A wrong
  /// length is false: nothing is truncated.
  bool verify(wire::Bytes data, wire::Bytes expected);
  bool verify(std::span<const wire::Bytes> parts, wire::Bytes expected);

 private:
  Algorithm algorithm_;
  /// HMAC keeps its key pads; keyed MD5 is a plain hash.
  std::unique_ptr<Botan::Buffered_Computation> function_;
  /// What goes before and after the data: the key for keyed MD5, nothing for HMAC.
  Botan::secure_vector<std::uint8_t> wrapping_;
};

}  // namespace mipvet::crypto

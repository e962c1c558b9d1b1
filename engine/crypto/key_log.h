#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/crypto/ike_algorithms.h"
#include "engine/crypto/ike_keys.h"
#include "engine/wire/address.h"

/// The keys of a run, kept beside its capture so that it can be decrypted: what SSLKEYLOGFILE is to
/// TLS. Text, a line for each SA, fields apart by blanks, `#` begins a comment:
///
///     IKE_SA <SPIi> <SPIr> <ENCR> <INTEG> <PRF> <SK_d> <SK_ai> <SK_ar> <SK_ei> <SK_er> <SK_pi>
///     <SK_pr> CHILD_SA <SPI> <source> <destination> <ENCR> <INTEG> <encryption key> <integrity
///     key>
///
/// SPIs are 16 and 8 hexadecimal digits, keys hexadecimal (an AEAD one with its salt), algorithms
/// by the names of ike_algorithms.h. `-` is a key that there is none of: SK_ai, SK_ar and the
/// integrity key of an AEAD algorithm; and SK_d, SK_pi and SK_pr, with `-` for the PRF, where they
/// are not known. `*` is any address: a CHILD_SA that MOBIKE moves keeps its keys (RFC 4555 §3.5).
namespace mipvet::crypto {

/// An IKE SA: both directions.
struct IkeSaKeys {
  IkeSpis spis;
  Encryption encryption = Encryption::aes_cbc_128;
  Integrity integrity = Integrity::hmac_sha2_256_128;
  std::optional<Prf> prf;  ///< without it d, pi and pr are empty
  IkeKeys keys;

  bool operator==(const IkeSaKeys&) const = default;
};

/// One direction of a CHILD_SA.
struct ChildSaKeys {
  std::uint32_t spi = 0;  ///< the receiver's choice, in its packets
  std::optional<wire::Ipv4Address> source;
  std::optional<wire::Ipv4Address> destination;
  Encryption encryption = Encryption::aes_cbc_128;
  Integrity integrity = Integrity::hmac_sha2_256_128;
  DirectionKeys keys;

  bool operator==(const ChildSaKeys&) const = default;
};

struct KeyLog {
  std::vector<IkeSaKeys> ike_sas;
  std::vector<ChildSaKeys> child_sas;

  bool operator==(const KeyLog&) const = default;
};

/// A line of the log, its end included.
std::string to_line(const IkeSaKeys& sa);
std::string to_line(const ChildSaKeys& sa);
std::string to_text(const KeyLog& log);

/// `file` is what messages call the text. std::invalid_argument, "file:line: what is wrong and what
/// would be right", for anything that is not of the form, a key of a wrong length and algorithms
/// that do not go together included.
KeyLog read_key_log(std::string_view text, std::string_view file);

}  // namespace mipvet::crypto

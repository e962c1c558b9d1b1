#pragma once

#include <string>
#include <string_view>

#include "engine/crypto/key_log.h"

/// The two tables by which Wireshark (seen with 4.0) decrypts IKEv2 and ESP: files of these names
/// in its configuration directory, comma-separated, `#` begins a comment.
///
///     ikev2_decryption_table: SPIi,SPIr,SK_ei,SK_er,"encryption",SK_ai,SK_ar,"integrity"
///     esp_sa: "IPv4","source","destination","SPI","encryption","key","authentication","key"
///
/// esp_sa is used only with the preferences esp.enable_encryption_decode and, for the ICV,
/// esp.enable_authentication_check. Neither has a PRF.
namespace mipvet::crypto {

std::string ikev2_decryption_table(const KeyLog& log);
std::string esp_sa(const KeyLog& log);

/// Errors as of read_key_log. An esp_sa line may go on with an ESN length and upper bits, as later
/// versions have it, if it says "32-bit": mipvet has no ESN.
KeyLog read_ikev2_decryption_table(std::string_view text, std::string_view file);
KeyLog read_esp_sa(std::string_view text, std::string_view file);

}  // namespace mipvet::crypto

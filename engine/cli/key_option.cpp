#include "engine/cli/key_option.h"

#include "engine/campaign/key_files.h"

namespace mipvet::cli {

void KeyOption::add_to(CLI::App& verb) {
  verb.add_option("--keys", files_,
                  "Keys to decrypt IKE and ESP by: key logs, Wireshark's tables\n"
                  "ikev2_decryption_table and esp_sa, or logs of charon\n"
                  "(default: CAPTURE with .keys)")
      ->type_name("FILE");
}

std::vector<std::filesystem::path> KeyOption::files(
    const std::vector<std::filesystem::path>& captures) const {
  if (files_.empty()) return campaign::key_files_beside(captures);
  return {files_.begin(), files_.end()};
}

}  // namespace mipvet::cli

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

crypto::KeyLog KeyOption::load(const std::vector<std::filesystem::path>& captures) const {
  return campaign::load_keys({files_.begin(), files_.end()}, captures);
}

}  // namespace mipvet::cli

#include "engine/crypto/key_file.h"

#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "engine/crypto/charon_log.h"
#include "engine/crypto/key_fields.h"
#include "engine/crypto/wireshark_tables.h"

namespace mipvet::crypto {

KeyLog read_keys(std::string_view text, std::string_view file) {
  const auto lines = lines_of(text, file);
  if (lines.empty()) return {};
  const std::string_view first = lines.front().second;
  for (const std::string_view subsystem : {"[IKE] ", "[DMN] ", "[CHD] ", "[NET] ", "[MGR] "})
    if (text.find(subsystem) != std::string_view::npos) return read_charon_log(text, file);
  if (first.find(',') == std::string_view::npos) return read_key_log(text, file);
  return first.starts_with('"') ? read_esp_sa(text, file) : read_ikev2_decryption_table(text, file);
}

KeyLog load_keys(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (!stream || std::filesystem::is_directory(file))
    throw std::invalid_argument(
        file.string() +
        ": cannot be read; right: a key log, ikev2_decryption_table, esp_sa or a log of charon");
  return read_keys(text, file.string());
}

}  // namespace mipvet::crypto

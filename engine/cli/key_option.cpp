#include "engine/cli/key_option.h"

#include <filesystem>
#include <iterator>
#include <set>
#include <stdexcept>

#include "engine/crypto/key_file.h"
#include "engine/model/network.h"

namespace mipvet::cli {

void append_keys(crypto::KeyLog& log, const std::filesystem::path& file) {
  try {
    crypto::KeyLog more = crypto::load_keys(file);
    std::ranges::move(more.ike_sas, std::back_inserter(log.ike_sas));
    std::ranges::move(more.child_sas, std::back_inserter(log.child_sas));
  } catch (const std::invalid_argument& error) {
    throw model::InputError(error.what());
  }
}

std::vector<std::filesystem::path> key_files_beside(const std::filesystem::path& capture) {
  std::vector<std::filesystem::path> found;
  auto beside = capture;
  if (beside.replace_extension(".keys"); std::filesystem::exists(beside)) found.push_back(beside);
  // What implementations under test left in their logs.
  const auto logs = beside.replace_extension(".logs");
  std::set<std::filesystem::path> left;
  if (std::filesystem::is_directory(logs))
    for (const auto& entry : std::filesystem::directory_iterator(logs))
      if (entry.path().extension() == ".keys") left.insert(entry.path());
  found.insert(found.end(), left.begin(), left.end());
  return found;
}

void KeyOption::add_to(CLI::App& verb) {
  verb.add_option("--keys", files_,
                  "Keys to decrypt IKE and ESP by: key logs, Wireshark's tables\n"
                  "ikev2_decryption_table and esp_sa, or logs of charon\n"
                  "(default: CAPTURE with .keys)")
      ->type_name("FILE");
}

crypto::KeyLog KeyOption::load(const std::vector<std::string>& captures) const {
  crypto::KeyLog log;
  for (const std::string& file : files_) append_keys(log, file);
  if (!files_.empty()) return log;
  for (const std::string& capture : captures)
    for (const std::filesystem::path& file : key_files_beside(capture)) append_keys(log, file);
  return log;
}

}  // namespace mipvet::cli

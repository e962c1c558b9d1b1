#include "engine/campaign/key_files.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <stdexcept>

#include "engine/crypto/key_file.h"
#include "engine/model/network.h"

namespace mipvet::campaign {

crypto::KeyLog load_keys(const std::vector<std::filesystem::path>& files) {
  crypto::KeyLog log;
  for (const std::filesystem::path& file : files) {
    try {
      crypto::KeyLog more = crypto::load_keys(file);
      std::ranges::move(more.ike_sas, std::back_inserter(log.ike_sas));
      std::ranges::move(more.child_sas, std::back_inserter(log.child_sas));
    } catch (const std::invalid_argument& error) {
      throw model::InputError(error.what());
    }
  }
  return log;
}

std::vector<std::filesystem::path> key_files_beside(
    const std::vector<std::filesystem::path>& captures) {
  std::vector<std::filesystem::path> found;
  for (std::filesystem::path beside : captures) {
    if (beside.replace_extension(".keys"); std::filesystem::exists(beside)) found.push_back(beside);
    // What implementations under test left in their logs.
    const auto logs = beside.replace_extension(".logs");
    std::set<std::filesystem::path> left;
    if (std::filesystem::is_directory(logs))
      for (const auto& entry : std::filesystem::directory_iterator(logs))
        if (entry.path().extension() == ".keys") left.insert(entry.path());
    found.insert(found.end(), left.begin(), left.end());
  }
  return found;
}

}  // namespace mipvet::campaign

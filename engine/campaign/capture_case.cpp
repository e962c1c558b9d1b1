#include "engine/campaign/capture_case.h"

#include <algorithm>
#include <set>
#include <system_error>

#include <fmt/format.h>

#include "engine/campaign/key_files.h"
#include "engine/model/network.h"

namespace mipvet::campaign {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kNetwork = "network.json";
constexpr std::string_view kExpected = "expected.json";

bool is_capture(const fs::path& file) {
  return file.extension() == ".pcap" || file.extension() == ".pcapng";
}

/// All files of a folder and of those below it, but for what is hidden.
std::set<fs::path> files_below(const fs::path& folder) {
  std::error_code error;
  std::set<fs::path> files;
  fs::recursive_directory_iterator entries(folder, error);
  for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    if (entries->path().filename().string().starts_with('.')) {
      entries.disable_recursion_pending();
    } else if (entries->is_regular_file()) {
      files.insert(entries->path());
    }
  }
  if (error)
    throw model::InputError(
        fmt::format("{}: {}; right: a folder of captures", folder.string(), error.message()));
  return files;
}

/// `NAME.` before `ending` in the name of a file, "" where the name is `ending`; else nothing.
std::optional<std::string> prefix(const fs::path& file, std::string_view ending) {
  const std::string name = file.filename().string();
  if (name == ending) return "";
  if (name.size() <= ending.size() + 1 || !name.ends_with(ending)) return std::nullopt;
  std::string before = name.substr(0, name.size() - ending.size());
  return before.ends_with('.') ? std::optional(before) : std::nullopt;
}

/// Takes the captures of a case out of the files: `NAME.pcapng`, or `NAME.LINK.pcap` and its like,
/// where `NAME.` is `before`.
std::vector<CaptureFile> take_captures(const fs::path& folder, const std::string& before,
                                       std::set<fs::path>& files) {
  std::vector<CaptureFile> found;
  for (const fs::path& file : files) {
    if (file.parent_path() != folder || !is_capture(file)) continue;
    const std::string name = file.stem().string();
    if (name + "." == before)
      found.push_back({file, std::nullopt});
    else if (name.starts_with(before) && name.find('.', before.size()) == std::string::npos)
      found.push_back({file, name.substr(before.size())});
  }
  for (const CaptureFile& capture : found) files.erase(capture.path);
  return found;
}

std::vector<fs::path> keys_of(const fs::path& folder, const std::string& before) {
  if (!before.empty()) return key_files_beside({folder / (before + "pcapng")});
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder.empty() ? "." : folder)) {
    const std::string name = entry.path().filename().string();
    if (!name.starts_with('.') && entry.is_regular_file() &&
        (name.ends_with(".keys") || name.ends_with(".charon.log")))
      found.push_back(folder / name);
  }
  std::ranges::sort(found);
  return found;
}

/// What may stand before "network.json" in the name of the network that a capture was taken in.
std::vector<std::string> befores(const model::FrameSource& source) {
  const std::string stem = fs::path(source.path).stem().string();
  std::vector<std::string> result;
  if (source.link && stem == *source.link)
    result.emplace_back();
  else if (source.link && stem.ends_with("." + *source.link))
    result.push_back(stem.substr(0, stem.size() - source.link->size()));
  result.push_back(stem + ".");
  return result;
}

[[noreturn]] void lacks(const fs::path& file, std::string_view what, std::string_view right) {
  throw model::InputError(fmt::format("{}: {}; right: {}", file.string(), what, right));
}

}  // namespace

std::vector<fs::path> CaptureCase::inputs() const {
  std::vector<fs::path> result = keys;
  result.push_back(network);
  for (const CaptureFile& capture : captures) result.push_back(capture.path);
  return result;
}

std::string CaptureCase::check_command() const {
  if (network.empty()) return {};
  std::string command = "mipvet check";
  for (const CaptureFile& file : captures)
    command += (file.link ? " " + *file.link + "=" : " ") + file.path.string();
  command += " --network " + network.string();
  for (const fs::path& file : keys) command += " --keys " + file.string();
  return command;
}

std::vector<CaptureCase> find_cases(const fs::path& folder) {
  std::set<fs::path> files = files_below(folder);
  std::vector<CaptureCase> cases;
  std::set<fs::path> expectations;
  // Longer names first: `a.b.pcap` is of `a.b` where there is such a network, else of link `b`.
  std::vector<std::pair<fs::path, std::string>> networks;
  for (const fs::path& file : files)
    if (const auto before = prefix(file, kNetwork)) networks.emplace_back(file, *before);
  std::ranges::stable_sort(networks, std::ranges::greater{},
                           [](const auto& network) { return network.second.size(); });
  for (const auto& [network, before] : networks) {
    CaptureCase found;
    const fs::path here = network.parent_path();
    const fs::path name = before.empty() ? here : here / before.substr(0, before.size() - 1);
    found.id = name.lexically_relative(folder).generic_string();
    found.network = network;
    found.captures = take_captures(here, before, files);
    found.keys = keys_of(here, before);
    found.expected = here / (before + std::string(kExpected));
    if (found.captures.empty())
      lacks(
          network, "no capture is beside it",
          before.empty() ? "LINK.pcapng for each link" : before + "pcapng, or a LINK.pcapng each");
    if (found.captures.size() > 1)
      for (const CaptureFile& capture : found.captures)
        if (!capture.link)
          lacks(capture.path, "is one of several captures",
                "it alone, or one capture for each link");
    expectations.insert(found.expected);
    cases.push_back(std::move(found));
  }
  for (const fs::path& file : files)
    if (is_capture(file))
      lacks(file, "no network is declared for it",
            file.stem().string() + ".network.json beside it");
  for (const fs::path& file : files)
    if (prefix(file, kExpected) && !expectations.contains(file))
      lacks(file, "is the expectation of no capture", "its network and capture beside it");
  if (cases.empty())
    throw model::InputError(fmt::format(
        "{}: holds no captures; right: NAME.pcapng with NAME.network.json", folder.string()));
  std::ranges::sort(cases, {}, &CaptureCase::id);
  return cases;
}

std::optional<CaptureCase> find_case(const std::vector<model::FrameSource>& sources) {
  if (sources.empty()) return std::nullopt;
  const auto is_there = [](const fs::path& file) {
    std::error_code none;
    return fs::is_regular_file(file, none);
  };
  CaptureCase found;
  for (const model::FrameSource& source : sources) {
    if (!is_there(source.path)) return std::nullopt;
    found.captures.push_back({source.path, source.link});
  }
  const fs::path here = fs::path(sources.front().path).parent_path();
  for (const std::string& before : befores(sources.front())) {
    found.network = here / (before + std::string(kNetwork));
    if (!is_there(found.network)) continue;
    found.id = before.empty() ? here.filename().string() : before.substr(0, before.size() - 1);
    found.keys = keys_of(here, before);
    found.expected = here / (before + std::string(kExpected));
    return found;
  }
  return std::nullopt;
}

}  // namespace mipvet::campaign

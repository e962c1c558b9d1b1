#include "reports/report_files.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <string_view>
#include <unistd.h>

#include <fmt/format.h>

#include "engine/model/network.h"
#include "engine/model/text_file.h"
#include "reports/html_report.h"
#include "reports/json_report.h"
#include "reports/junit_report.h"
#include "reports/markdown_report.h"
#include "reports/pcapng_report.h"
#include "reports/sarif_report.h"
#include "reports/text_report.h"

namespace mipvet::reports {

struct ReportKind {
  std::string_view name;
  std::string (*make)(const model::Campaign&);  ///< null: `write` does it
  void (*write)(const model::Campaign&, const std::filesystem::path&) = nullptr;
  bool shows_frames = false;
};

namespace {

constexpr ReportKind kKinds[] = {
    {"json", json_report},
    {"junit", junit_report},
    {"html", html_report, nullptr, true},
    {"markdown", markdown_report},
    {"sarif", sarif_report},
    {"pcapng", nullptr, write_pcapng_report},
    {"text", [](const model::Campaign& campaign) { return text_report(campaign); }},
};

/// Of `KIND:FILE`; null for what is none, or of no kind.
const ReportKind* kind_of(const std::string& text) {
  const auto colon = text.find(':');
  if (colon == std::string::npos || colon + 1 == text.size()) return nullptr;
  const auto found = std::ranges::find(kKinds, text.substr(0, colon), &ReportKind::name);
  return found == std::end(kKinds) ? nullptr : &*found;
}

void check_writable(const std::string& text, const std::filesystem::path& file) {
  namespace fs = std::filesystem;
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  std::error_code ignored;
  std::string_view wrong;
  if (!fs::is_directory(folder, ignored))
    wrong = "there is no such directory";
  else if (fs::is_directory(file, ignored))
    wrong = "it is a directory";
  else if (access(fs::exists(file, ignored) ? file.c_str() : folder.c_str(), W_OK) != 0)
    wrong = std::strerror(errno);
  if (!wrong.empty())
    throw model::InputError(fmt::format(
        "--report {}: cannot be written: {}; right: a file in a directory that may be written to",
        text, wrong));
}

std::string file_of(const std::string& text) {
  std::string file = text.substr(text.find(':') + 1);
  check_writable(text, file);
  return file;
}

}  // namespace

ReportFiles::ReportFiles(const std::vector<std::string>& wanted) {
  for (const std::string& text : wanted) {
    const ReportKind* kind = kind_of(text);
    if (kind == nullptr)
      throw model::InputError(
          fmt::format("--report {}: is no KIND:FILE; right: {}", text, report_kinds()));
    wanted_.push_back({kind, file_of(text)});
  }
}

bool ReportFiles::show_frames() const {
  return std::ranges::any_of(wanted_, [](const Wanted& one) { return one.kind->shows_frames; });
}

bool ReportFiles::need_captures() const {
  return std::ranges::any_of(wanted_, [](const Wanted& one) { return one.kind->write != nullptr; });
}

void ReportFiles::write(const model::Campaign& campaign) const {
  for (const auto& [kind, file] : wanted_) {
    if (kind->make != nullptr)
      model::write_file(file, kind->make(campaign));
    else
      kind->write(campaign, file);
  }
}

std::string report_kinds() {
  std::string result;
  for (const ReportKind& kind : kKinds)
    result += fmt::format("{}{}:FILE",
                          &kind == std::begin(kKinds)     ? ""
                          : &kind + 1 == std::end(kKinds) ? " or "
                                                          : ", ",
                          kind.name);
  return result;
}

std::string json_file(const std::string& text) {
  if (text.empty()) return {};
  const ReportKind* kind = kind_of(text);
  if (kind == nullptr || kind->name != "json")
    throw model::InputError(fmt::format(
        "--report {}: is no kind of report that this verb has; right: json:FILE", text));
  return file_of(text);
}

}  // namespace mipvet::reports

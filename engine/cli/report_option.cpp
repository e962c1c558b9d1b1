#include "engine/cli/report_option.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <iterator>
#include <memory>
#include <unistd.h>

#include <fmt/format.h>

#include "engine/model/network.h"
#include "reports/html_report.h"
#include "reports/json_report.h"
#include "reports/junit_report.h"
#include "reports/markdown_report.h"
#include "reports/pcapng_report.h"
#include "reports/sarif_report.h"
#include "reports/text_report.h"

namespace mipvet::cli {

namespace {

struct Kind {
  std::string_view name;
  std::string (*make)(const model::Campaign&);  ///< null: `write` does it
  void (*write)(const model::Campaign&, const std::filesystem::path&) = nullptr;
  bool shows_frames = false;
};

constexpr Kind kKinds[] = {
    {"json", reports::json_report},
    {"junit", reports::junit_report},
    {"html", reports::html_report, nullptr, true},
    {"markdown", reports::markdown_report},
    {"sarif", reports::sarif_report},
    {"pcapng", nullptr, reports::write_pcapng_report},
    {"text", [](const model::Campaign& campaign) { return reports::text_report(campaign); }},
};

/// "json:FILE, junit:FILE or text:FILE", of all kinds.
std::string kinds() {
  std::string result;
  for (const Kind& kind : kKinds)
    result += fmt::format("{}{}:FILE",
                          &kind == std::begin(kKinds)     ? ""
                          : &kind + 1 == std::end(kKinds) ? " or "
                                                          : ", ",
                          kind.name);
  return result;
}

struct Wanted {
  const Kind& kind;
  std::string file;
};

Wanted parse(const std::string& text) {
  const auto colon = text.find(':');
  for (const Kind& kind : kKinds)
    if (colon != std::string::npos && colon + 1 < text.size() && text.substr(0, colon) == kind.name)
      return {kind, text.substr(colon + 1)};
  throw model::InputError(fmt::format("--report {}: is no KIND:FILE; right: {}", text, kinds()));
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

}  // namespace

void ReportOption::add_to(CLI::App& verb) {
  verb.add_option("--report", wanted_, "Also write a report: " + kinds())->type_name("KIND:FILE");
}

void ReportOption::check() const {
  for (const std::string& text : wanted_) check_writable(text, parse(text).file);
}

bool ReportOption::shows_frames() const {
  return std::ranges::any_of(wanted_,
                             [](const auto& text) { return parse(text).kind.shows_frames; });
}

bool ReportOption::needs_captures() const {
  return std::ranges::any_of(
      wanted_, [](const std::string& text) { return parse(text).kind.write != nullptr; });
}

void ReportOption::write_files(const model::Campaign& campaign) const {
  for (const std::string& text : wanted_) {
    const Wanted wanted = parse(text);
    if (wanted.kind.make != nullptr)
      write_file(wanted.file, wanted.kind.make(campaign));
    else
      wanted.kind.write(campaign, wanted.file);
  }
}

void ReportOption::write(const model::Campaign& campaign) const {
  // The files first: whoever reads standard output may go away.
  write_files(campaign);
  const bool terminal = isatty(STDOUT_FILENO) != 0;
  fmt::print("{}", reports::text_report(campaign, {.colour = terminal}));
  std::fflush(stdout);
}

std::string json_file(const std::string& text) {
  if (text.empty()) return {};
  constexpr std::string_view kind = "json:";
  if (!text.starts_with(kind) || text.size() == kind.size())
    throw model::InputError(fmt::format(
        "--report {}: is no kind of report that this verb has; right: json:FILE", text));
  std::string file = text.substr(kind.size());
  check_writable(text, file);
  return file;
}

void write_file(const std::string& path, const std::string& content) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "wb"),
                                                             &std::fclose);
  const bool written =
      file != nullptr &&
      std::fwrite(content.data(), 1, content.size(), file.get()) == content.size() &&
      std::fflush(file.get()) == 0;
  if (!written)
    throw model::InputError(fmt::format("{}: cannot be written: {}", path, std::strerror(errno)));
}

}  // namespace mipvet::cli

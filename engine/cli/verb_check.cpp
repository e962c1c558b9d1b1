#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "engine/campaign/capture_judging.h"
#include "engine/cli/key_option.h"
#include "engine/cli/report_option.h"
#include "engine/cli/verbs.h"
#include "engine/cli/verdict_option.h"
#include "engine/model/network.h"

namespace mipvet::cli {

namespace {

using campaign::CaptureFile;

struct CheckOptions {
  std::vector<std::string> captures;
  std::string network;
  VerdictOption verdict;
  KeyOption keys;
  ReportOption reports;
};

/// `LINK=CAPTURE`, or a file whose name may itself hold a `=`.
CaptureFile parse(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos || std::filesystem::exists(text)) return {text, std::nullopt};
  return {text.substr(equals + 1), text.substr(0, equals)};
}

/// `run --captures` leaves the network of a run beside its capture.
std::filesystem::path network_beside(const std::filesystem::path& capture) {
  std::filesystem::path path = capture;
  path.replace_extension(".network.json");
  if (!std::filesystem::exists(path))
    throw model::InputError(
        fmt::format("{}: no network is declared for it; right: --network FILE, or {} beside it",
                    capture.string(), path.filename().string()));
  return path;
}

/// Frames are read once more for a report that shows them, which a pipe does not allow.
void check_readable_again(const std::filesystem::path& path) {
  if (std::filesystem::exists(path) && !std::filesystem::is_regular_file(path))
    throw model::InputError(
        fmt::format("{}: is no file, and --report html:FILE reads it twice; right: a capture that "
                    "is a file",
                    path.string()));
}

int check(const CheckOptions& options) {
  const reports::ReportFiles reports = options.reports.files();
  std::vector<CaptureFile> captures;
  for (const std::string& text : options.captures) captures.push_back(parse(text));
  if (captures.size() > 1)
    for (const CaptureFile& capture : captures)
      if (!capture.link)
        throw model::InputError(fmt::format(
            "{}: is one of several captures; right: LINK={} for each, or one pcapng file",
            capture.path.string(), capture.path.string()));
  if (reports.show_frames())
    for (const CaptureFile& capture : captures) check_readable_again(capture.path);
  std::vector<std::filesystem::path> paths;
  for (const CaptureFile& capture : captures) paths.push_back(capture.path);
  const campaign::CaptureCase one{.id = paths.front().stem().string(),
                                  .network = options.network.empty()
                                                 ? network_beside(paths.front())
                                                 : std::filesystem::path(options.network),
                                  .captures = std::move(captures),
                                  .keys = options.keys.files(paths)};
  model::Campaign campaign;
  campaign.strict = options.verdict.strict();
  campaign.scenarios.push_back(campaign::judge_case(one, rules::all_rules(),
                                                    {.strict = options.verdict.strict(),
                                                     .baseline = options.verdict.baseline(),
                                                     .record = reports.show_frames()}));
  tell(campaign, reports);
  return campaign.exit_status();
}

}  // namespace

void add_check(CLI::App& app, int& exit_status) {
  auto* verb = app.add_subcommand("check", "Judge captures by the rules");
  const auto options = std::make_shared<CheckOptions>();
  verb->add_option("captures", options->captures,
                   "CAPTURE (a pcapng file whose interfaces bear the link names) or one\n"
                   "LINK=CAPTURE for each link")
      ->required();
  verb->add_option("--network", options->network,
                   "Network that the capture was taken in (default: CAPTURE with .network.json)");
  options->verdict.add_to(*verb);
  options->keys.add_to(*verb);
  options->reports.add_to(*verb);
  verb->callback([options, &exit_status] { exit_status = check(*options); });
}

}  // namespace mipvet::cli

#include <memory>

#include "engine/campaign/recall.h"
#include "engine/cli/report_option.h"
#include "engine/cli/verbs.h"
#include "reports/json_reader.h"

namespace mipvet::cli {

namespace {

struct Options {
  std::vector<std::string> files;
  ReportOption reports;
};

int merge(const Options& options) {
  const reports::ReportFiles files = options.reports.files();
  model::Campaign campaign = reports::merge_reports({options.files.begin(), options.files.end()});
  if (files.show_frames()) campaign::recall_frames(campaign);
  tell(campaign, files);
  return campaign.exit_status();
}

}  // namespace

void add_merge(CLI::App& app, int& exit_status) {
  auto* verb = app.add_subcommand("merge", "Make one campaign of the JSON reports of its parts");
  const auto options = std::make_shared<Options>();
  verb->add_option(
          "reports", options->files,
          "What --report json:FILE wrote: every shard of a run (the merged report is that of\n"
          "the whole run), or reports of campaigns that are told one behind the other")
      ->required()
      ->type_name("REPORT.json");
  options->reports.add_to(*verb);
  verb->footer(
      "Frames for html and pcapng come from the captures that the reports name (run --captures),\n"
      "which are looked for below the folder of their report, too; with them lie networks and "
      "keys.");
  verb->callback([options, &exit_status] { exit_status = merge(*options); });
}

}  // namespace mipvet::cli

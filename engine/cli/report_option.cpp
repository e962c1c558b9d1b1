#include "engine/cli/report_option.h"

#include <cstdio>
#include <unistd.h>

#include <fmt/format.h>

#include "reports/text_report.h"

namespace mipvet::cli {

void ReportOption::add_to(CLI::App& verb) {
  verb.add_option("--report", wanted_, "Also write a report: " + reports::report_kinds())
      ->type_name("KIND:FILE");
}

void tell(const model::Campaign& campaign, const reports::ReportFiles& files) {
  // The files first: whoever reads standard output may go away.
  files.write(campaign);
  const bool terminal = isatty(STDOUT_FILENO) != 0;
  fmt::print("{}", reports::text_report(campaign, {.colour = terminal}));
  std::fflush(stdout);
}

}  // namespace mipvet::cli

#include "engine/cli/command_line.h"

#include <string>

#include "engine/cli/verbs.h"
#include "reports/version.h"

namespace mipvet::cli {

void add_command_line(CLI::App& app, int& exit_status) {
  app.name("mipvet");
  app.description(
      "mipvet vets Mobile IP across VPN gateways: it can be any node, replays scenarios against\n"
      "real implementations, and checks every message on every link against the drafts and RFCs.");
  app.set_version_flag("--version", "mipvet " + std::string(reports::kVersion));
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 every scenario passed or was not applicable; 1 at least one nonconformance;\n"
      "2 bad usage or bad input; 3 something was inconclusive; 4 tool fault.");
  add_run(app, exit_status);
  add_check(app, exit_status);
  add_regress(app, exit_status);
  add_merge(app, exit_status);
  add_act(app, exit_status);
  add_mutants(app, exit_status);
  add_coverage(app, exit_status);
  add_rules(app, exit_status);
  add_lint(app, exit_status);
  add_decode(app, exit_status);
}

}  // namespace mipvet::cli

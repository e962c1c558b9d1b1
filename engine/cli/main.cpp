#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/cli/verbs.h"
#include "engine/model/network.h"
#include "engine/net/capture_file.h"
#include "engine/net/device.h"
#include "reports/version.h"

namespace {

constexpr int kBadInput = 2;
constexpr int kToolFault = 4;

int complain(int status, std::string_view text) {
  std::fputs(fmt::format("mipvet: {}\n", text).c_str(), stderr);
  return status;
}

/// One line for what the command line lacks or has too much.
std::string usage_problem(const CLI::App* app, const CLI::Error& error) {
  const auto chosen = app->get_subcommands();
  if (!chosen.empty())
    return fmt::format("mipvet: {} (see mipvet {} --help)\n", error.what(),
                       chosen.front()->get_name());
  std::vector<std::string> verbs;
  for (const CLI::App* verb : app->get_subcommands({})) verbs.push_back(verb->get_name());
  const auto unknown = app->remaining();
  return fmt::format("mipvet: {}; right: one of {} (see mipvet --help)\n",
                     unknown.empty() ? "a verb is missing" : unknown.front() + ": is no verb",
                     fmt::join(verbs, ", "));
}

}  // namespace

int main(int argc, char** argv) {
  using namespace mipvet;
  CLI::App app{
      "mipvet vets Mobile IP across VPN gateways: it can be any node, replays scenarios against\n"
      "real implementations, and checks every message on every link against the drafts and RFCs.",
      "mipvet"};
  app.set_version_flag("--version", "mipvet " + std::string(reports::kVersion));
  app.require_subcommand(1);
  app.failure_message(usage_problem);
  app.footer(
      "Exit status: 0 every scenario passed or was not applicable; 1 at least one nonconformance;\n"
      "2 bad usage or bad input; 3 something was inconclusive; 4 tool fault.");
  int exit_status = 0;
  cli::add_run(app, exit_status);
  cli::add_check(app, exit_status);
  cli::add_regress(app, exit_status);
  cli::add_merge(app, exit_status);
  cli::add_act(app, exit_status);
  cli::add_mutants(app, exit_status);
  cli::add_coverage(app, exit_status);
  cli::add_rules(app, exit_status);
  cli::add_lint(app, exit_status);
  cli::add_decode(app, exit_status);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kBadInput;
  } catch (const model::InputError& error) {
    return complain(kBadInput, error.what());
  } catch (const net::CaptureError& error) {
    return complain(kBadInput, error.what());
  } catch (const net::DeviceError& error) {
    return complain(kBadInput, error.what());
  } catch (const std::exception& error) {
    return complain(kToolFault, fmt::format("internal error: {}", error.what()));
  }
  if (std::fflush(stdout) != 0)
    return complain(kToolFault,
                    fmt::format("standard output: cannot be written: {}", std::strerror(errno)));
  return exit_status;
}

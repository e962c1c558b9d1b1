#include <cerrno>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/cli/command_line.h"
#include "engine/model/network.h"
#include "engine/net/capture_file.h"
#include "engine/net/device.h"

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
  CLI::App app;
  int exit_status = 0;
  cli::add_command_line(app, exit_status);
  app.failure_message(usage_problem);
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

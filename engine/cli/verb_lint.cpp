#include <memory>

#include <fmt/format.h>

#include "engine/cli/verbs.h"
#include "engine/model/network.h"
#include "engine/scenario/lint.h"

namespace mipvet::cli {

namespace {

int lint(const std::vector<std::string>& paths) {
  const scenario::LintResult result =
      scenario::lint(std::vector<std::filesystem::path>(paths.begin(), paths.end()));
  for (const std::string& problem : result.problems) fmt::print(stderr, "mipvet: {}\n", problem);
  fmt::print("{} files, {} problems\n", result.files, result.problems.size());
  return result.problems.empty() ? 0 : 2;
}

}  // namespace

void add_lint(CLI::App& app, int& exit_status) {
  auto* verb = app.add_subcommand("lint", "Check network, scenario, IUT and baseline files");
  const auto paths = std::make_shared<std::vector<std::string>>();
  verb->add_option("paths", *paths, "Files and directories of them")->required();
  verb->callback([paths, &exit_status] { exit_status = lint(*paths); });
}

}  // namespace mipvet::cli

#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace mipvet::scenario {

/// All that is wrong with a network, scenario or IUT file (told apart by their members), each a
/// line with file and JSON pointer; nothing where it is good.
std::vector<std::string> lint_file(const std::filesystem::path& path);

struct LintResult {
  std::size_t files = 0;
  std::vector<std::string> problems;
};

/// All .json files among files and directories, except JSON Schemas; ids of scenarios that are not
/// unique are problems, too.
LintResult lint(const std::vector<std::filesystem::path>& paths);

}  // namespace mipvet::scenario

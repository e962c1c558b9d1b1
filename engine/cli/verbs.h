#pragma once

#include <CLI/CLI.hpp>

/// The verbs of the command line. Each adds itself with its options; when it was chosen it does its
/// work in CLI11's callback and sets the exit status (0 passed, 1 nonconformance, 3 inconclusive,
/// 4 tool fault). Bad usage and bad input are thrown (exit status 2).
namespace mipvet::cli {

void add_run(CLI::App& app, int& exit_status);
void add_check(CLI::App& app, int& exit_status);
void add_regress(CLI::App& app, int& exit_status);
void add_merge(CLI::App& app, int& exit_status);
void add_act(CLI::App& app, int& exit_status);
void add_mutants(CLI::App& app, int& exit_status);
void add_coverage(CLI::App& app, int& exit_status);
void add_rules(CLI::App& app, int& exit_status);
void add_lint(CLI::App& app, int& exit_status);
void add_decode(CLI::App& app, int& exit_status);

}  // namespace mipvet::cli

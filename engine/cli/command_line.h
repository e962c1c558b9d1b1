#pragma once

#include <CLI/CLI.hpp>

namespace mipvet::cli {

/// Puts on `app` what the program's command line consists of: its verbs with their options, help
/// and version. The program parses with it, the manual page is made of it. A verb that is chosen
/// does its work while `app` parses and sets `exit_status`, see verbs.h.
void add_command_line(CLI::App& app, int& exit_status);

}  // namespace mipvet::cli

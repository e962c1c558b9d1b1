// manual_page PROSE > mipvet.1: the manual page in the language of man(7). Synopsis, verbs and
// options are those that the program parses by; the file PROSE has the sections that follow them.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "engine/cli/command_line.h"
#include "reports/version.h"

namespace {

/// Text as it is: a dash is a dash, a line that begins with a dot or quote is no request.
std::string plain(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if ((c == '.' || c == '\'') && (result.empty() || result.back() == '\n')) result += "\\&";
    if (c == '\\')
      result += "\\e";
    else if (c == '-')
      result += "\\-";
    else
      result += c;
  }
  return result;
}

/// What an option takes; of a number its bounds are left to --help.
std::string argument(const CLI::Option& option) {
  if (option.get_type_size() == 0) return {};
  const std::string type = option.get_type_name();
  return fmt::format(" \\fI{}\\fR", type.starts_with("UINT") ? "N" : plain(type));
}

std::string described(const CLI::Option& option) {
  std::string text = option.get_description();
  if (!option.get_default_str().empty())
    text += fmt::format(" (default: {})", option.get_default_str());
  if (option.get_group() != "Options" && !option.get_positional())
    text += fmt::format(" [{}]", option.get_group());
  return plain(text);
}

/// `-j, --jobs`
std::string names(const CLI::Option& option) {
  std::string text = option.get_name(false, true);
  if (const auto comma = text.find(','); comma != std::string::npos) text.insert(comma + 1, " ");
  return plain(text);
}

/// `mipvet run [OPTIONS] paths ...`, as --help has it.
std::string synopsis(const CLI::App& verb) {
  std::string text = fmt::format("\\fBmipvet {}\\fR", plain(verb.get_name()));
  for (const CLI::Option* option : verb.get_options())
    if (option->nonpositional() && option->get_required())
      text += fmt::format(" \\fB{}\\fR{}", plain(option->get_name()), argument(*option));
  text += " [\\fIOPTION\\fR]...";
  for (const CLI::Option* option : verb.get_options()) {
    if (!option->get_positional()) continue;
    const std::string name = fmt::format("\\fI{}\\fR{}", plain(option->get_name(true)),
                                         option->get_expected_max() > 1 ? "..." : "");
    text += option->get_required() ? " " + name : " [" + name + "]";
  }
  return text;
}

void print_verb(const CLI::App& verb, const std::string& inherited_footer) {
  fmt::print(".SS {}\n{}.\n", synopsis(verb), plain(verb.get_description()));
  for (const CLI::Option* option : verb.get_options()) {
    const bool positional = option->get_positional();
    if (positional && option->get_description().empty()) continue;
    if (!positional && option->get_name(false, true) == "-h,--help") continue;
    if (positional)
      fmt::print(".TP\n\\fI{}\\fR\n", plain(option->get_name(true)));
    else
      fmt::print(".TP\n\\fB{}\\fR{}\n", names(*option), argument(*option));
    fmt::print("{}\n", described(*option));
  }
  if (verb.get_footer() != inherited_footer) fmt::print(".PP\n{}\n", plain(verb.get_footer()));
}

}  // namespace

int main(int argc, char** argv) {
  std::ifstream prose(argc == 2 ? argv[1] : "");
  if (!prose) {
    fmt::print(stderr, "manual_page: usage: manual_page PROSE, a file in the language of man(7)\n");
    return 2;
  }
  CLI::App app;
  int exit_status = 0;
  mipvet::cli::add_command_line(app, exit_status);
  fmt::print(".\\\" Made by engine/cli/manual_page.cpp of what the program's command line is.\n");
  fmt::print(".TH MIPVET 1 \"\" \"mipvet {}\" \"User Commands\"\n", mipvet::reports::kVersion);
  fmt::print(
      ".SH NAME\nmipvet \\- conformance tester for Mobile IP across VPN gateways\n.SH SYNOPSIS\n");
  fmt::print("\\fBmipvet\\fR \\fIVERB\\fR [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n.br\n");
  fmt::print(
      "\\fBmipvet\\fR [\\fIVERB\\fR] \\fB\\-\\-help\\fR\n.br\n\\fBmipvet \\-\\-version\\fR\n");
  fmt::print(".SH DESCRIPTION\n{}\n", plain(app.get_description()));
  fmt::print(".SH VERBS\n");
  for (const CLI::App* verb : app.get_subcommands({})) print_verb(*verb, app.get_footer());
  fmt::print("{}", std::string(std::istreambuf_iterator<char>(prose), {}));
  return std::fflush(stdout) == 0 ? 0 : 1;
}

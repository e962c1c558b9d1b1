#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include <botan/hash.h>
#include <botan/hex.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/campaign/capture_case.h"
#include "engine/campaign/capture_judging.h"
#include "engine/campaign/workers.h"
#include "engine/cli/report_option.h"
#include "engine/cli/verbs.h"
#include "engine/cli/without_rule_option.h"
#include "engine/model/text_file.h"
#include "engine/net/capture_file.h"
#include "reports/expectation.h"

namespace mipvet::cli {

namespace {

namespace fs = std::filesystem;
using campaign::CaptureCase;
using reports::Change;
using reports::ChangeKind;

struct Options {
  std::string folder;
  bool accept = false;
  unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
  WithoutRuleOption without;
  ReportOption reports;
};

/// A case judged once more.
struct Rejudged {
  model::ScenarioResult result;
  std::string expectation;  ///< what the expected.json of it would be
  bool is_new = false;      ///< there is none yet
  std::vector<Change> changes;
  std::string trouble;  ///< why it could not be judged
};

std::string sha256(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  const auto hash = Botan::HashFunction::create_or_throw("SHA-256");
  std::array<char, 65536> piece{};
  while (file.read(piece.data(), piece.size()), file.gcount() > 0)
    hash->update(reinterpret_cast<const std::uint8_t*>(piece.data()),
                 static_cast<std::size_t>(file.gcount()));
  if (file.bad() || !file.is_open())
    throw model::InputError(path.string() + ": cannot be read; right: a file that can");
  return Botan::hex_encode(hash->final(), false);
}

Rejudged rejudge(const CaptureCase& one, const rules::RuleBook& book, bool with_frames) {
  Rejudged judged;
  try {
    judged.result = campaign::judge_case(one, book, {.record = with_frames});
    reports::Expectation now;
    now.verdict = judged.result.verdict;
    now.findings = judged.result.findings;
    for (const fs::path& file : one.inputs())
      now.inputs[file.lexically_relative(one.network.parent_path()).generic_string()] =
          sha256(file);
    judged.expectation = reports::to_json(now);
    judged.is_new = !fs::exists(one.expected);
    // Compared as it will be read: a file has UTF-8 only.
    if (!judged.is_new)
      judged.changes = reports::compare(reports::load_expectation(one.expected),
                                        reports::expectation_from(model::parse_document(
                                            judged.expectation, one.expected.string(), SIZE_MAX)));
  } catch (const model::InputError& error) {
    judged.trouble = error.what();
  } catch (const net::CaptureError& error) {
    judged.trouble = error.what();
  }
  return judged;
}

/// Indented to stand below the id of its case.
std::string shown(const Change& change) {
  std::string result = fmt::format("  {}: ", reports::to_string(change.kind));
  for (const char c : change.text) {
    result += c;
    if (c == '\n') result += "  ";
  }
  return result + "\n";
}

std::string told(const std::vector<CaptureCase>& cases, const std::vector<Rejudged>& judged) {
  std::string result;
  std::array<std::size_t, reports::kChangeKinds> counts{};
  std::size_t changed = 0;
  std::size_t unexpected = 0;
  std::size_t unreadable = 0;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const Rejudged& one = judged[i];
    if (!one.trouble.empty()) {
      ++unreadable;
      result += fmt::format("{}\n  not judged: {}\n", cases[i].id, one.trouble);
    } else if (one.is_new) {
      ++unexpected;
      result += fmt::format("{}\n  new capture: {}, no expectation yet\n", cases[i].id,
                            model::to_string(one.result.verdict));
    } else if (!one.changes.empty()) {
      ++changed;
      result += cases[i].id + "\n";
      for (const Change& change : one.changes) {
        ++counts[static_cast<std::size_t>(change.kind)];
        result += shown(change);
      }
    }
  }
  result += fmt::format("{}{} judged: {} as expected, {} changed, {} new, {} not judged\n",
                        result.empty() ? "" : "\n", cases.size(),
                        cases.size() - changed - unexpected - unreadable, changed, unexpected,
                        unreadable);
  if (changed > 0) {
    std::vector<std::string> sums;
    for (std::size_t kind = 0; kind < counts.size(); ++kind)
      if (counts[kind] > 0)
        sums.push_back(
            fmt::format("{} {}", counts[kind], reports::to_string(static_cast<ChangeKind>(kind))));
    result += fmt::format("changes: {}\n", fmt::join(sums, ", "));
  }
  return result;
}

int regress(const Options& options) {
  const reports::ReportFiles files = options.reports.files();
  const rules::RuleBook book = options.without.rules();
  const std::vector<CaptureCase> cases = campaign::find_cases(options.folder);
  std::vector<Rejudged> judged(cases.size());
  const bool with_frames = files.show_frames();
  campaign::for_each_index(cases.size(), options.jobs, [&](std::size_t i) {
    judged[i] = rejudge(cases[i], book, with_frames);
  });
  model::Campaign campaign;
  for (const Rejudged& one : judged)
    if (one.trouble.empty()) campaign.scenarios.push_back(one.result);
  files.write(campaign);
  fmt::print("{}", told(cases, judged));
  std::fflush(stdout);
  bool as_expected = true;
  std::size_t accepted = 0;
  std::string trouble;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (trouble.empty()) trouble = judged[i].trouble;
    if (!judged[i].trouble.empty() || (!judged[i].is_new && judged[i].changes.empty())) continue;
    as_expected = false;
    if (!options.accept) continue;
    model::write_file(cases[i].expected.string(), judged[i].expectation);
    ++accepted;
  }
  if (options.accept) fmt::print("accepted: {} expectations written\n", accepted);
  if (!trouble.empty()) throw model::InputError(trouble);
  return as_expected || options.accept ? 0 : 1;
}

}  // namespace

void add_regress(CLI::App& app, int& exit_status) {
  auto* verb = app.add_subcommand(
      "regress", "Judge a folder of captures again and tell what changed since it was accepted");
  const auto options = std::make_shared<Options>();
  verb->add_option("folder", options->folder,
                   "Captures with their networks, keys and expectations: NAME.pcapng,\n"
                   "NAME.network.json, NAME.keys, NAME.expected.json; or in a folder of its own\n"
                   "network.json, LINK.pcapng, *.keys, *.charon.log, expected.json")
      ->required()
      ->type_name("DIR");
  verb->add_flag("--accept", options->accept,
                 "Show the difference, then make it what is expected from now on");
  verb->add_option("-j,--jobs", options->jobs,
                   "Captures at a time (default: as many as there are processors)")
      ->check(CLI::Range(1U, 64U));
  options->without.add_to(*verb, "Judge without the rules of a requirement");
  options->reports.add_to(*verb);
  verb->footer(
      "Exit status: 0 all is as expected, or was accepted; 1 something changed: a failure is new "
      "or\n"
      "gone, a verdict or its evidence is another, a file is not the one judged then; 2 bad usage, "
      "or\n"
      "a capture that cannot be judged.");
  verb->callback([options, &exit_status] { exit_status = regress(*options); });
}

}  // namespace mipvet::cli

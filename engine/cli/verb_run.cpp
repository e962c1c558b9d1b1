#include <algorithm>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <mutex>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/campaign/scenario_run.h"
#include "engine/campaign/workers.h"
#include "engine/cli/interruption.h"
#include "engine/cli/node_names.h"
#include "engine/cli/report_option.h"
#include "engine/cli/scenario_option.h"
#include "engine/cli/verbs.h"
#include "engine/cli/verdict_option.h"
#include "engine/net/lab.h"
#include "engine/net/temporary_directory.h"

namespace mipvet::cli {

namespace {

struct Options {
  ScenarioOption scenarios;
  ReportOption reports;
  VerdictOption verdict;
  campaign::RunOptions run;
  bool live = false;
  std::string iut;
  std::string shard;
  unsigned jobs = 1;
  std::vector<std::string> deviations;  // NODE:ID
  std::vector<std::string> planted;     // NODE:ID
};

using Deviations = std::map<std::string, std::vector<std::string>>;

/// Of `mipp:MIPP-2.2.1-13` and its like, by node.
Deviations by_node(std::string_view option, const std::vector<std::string>& asked,
                   const std::vector<scenario::Scenario>& scenarios, const scenario::IutFile* iut) {
  Deviations result;
  for (const std::string& text : asked) {
    const auto colon = text.find(':');
    if (colon == std::string::npos || colon == 0 || colon + 1 == text.size())
      throw model::InputError(
          fmt::format("{} {}: is no NODE:ID; right: e.g. mipp:MIPP-2.2.1-13", option, text));
    const std::string node = text.substr(0, colon);
    if (iut != nullptr &&
        std::ranges::find(iut->nodes, node, &scenario::Implementation::node) != iut->nodes.end())
      throw model::InputError(
          fmt::format("{} {}: {} is an implementation under test here; right: a node that mipvet "
                      "plays, or what {} starts it with",
                      option, text, node, iut->path.string()));
    for (const scenario::Scenario& scenario : scenarios)
      if (scenario.network.find_node(node) == model::kNobody)
        throw model::InputError(fmt::format("{} {}: scenario {} has no such node; right: one of {}",
                                            option, text, scenario.id,
                                            fmt::join(node_names(scenario.network), ", ")));
    result[node].push_back(text.substr(colon + 1));
  }
  return result;
}

/// Of `K/N`; empty: the whole.
std::optional<model::Shard> shard_of(const std::string& text) {
  if (text.empty()) return std::nullopt;
  model::Shard shard;
  const char* const end = text.data() + text.size();
  const auto index = std::from_chars(text.data(), end, shard.index);
  const bool has_slash = index.ec == std::errc() && index.ptr != end && *index.ptr == '/';
  const auto of = std::from_chars(has_slash ? index.ptr + 1 : end, end, shard.of);
  if (!has_slash || of.ec != std::errc() || of.ptr != end || shard.index == 0 ||
      shard.index > shard.of || shard.of > model::Shard::kMost)
    throw model::InputError(fmt::format(
        "--shard {}: is no K/N; right: e.g. 2/5, the second of five shards, at most {} of them",
        text, model::Shard::kMost));
  return shard;
}

/// Deals the scenarios out in turn, so that no shard has all of the slow ones, and keeps its own.
void keep_shard(std::vector<scenario::Scenario>& scenarios, const model::Shard& shard) {
  std::size_t next = 0;
  std::erase_if(scenarios,
                [&](const scenario::Scenario&) { return next++ % shard.of != shard.index - 1; });
}

void make_directory(std::string_view option, const std::string& directory) {
  if (directory.empty()) return;
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error)
    throw model::InputError(
        fmt::format("{} {}: cannot be made: {}", option, directory, error.message()));
}

/// One line that is written over, on a terminal only.
class Progress {
 public:
  explicit Progress(std::size_t total) : total_(total), shown_(isatty(STDERR_FILENO) != 0) {
    tell(0, "");
  }
  ~Progress() { show(""); }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void tell(std::size_t done, std::string_view id) const {
    show(fmt::format("{}/{} {}", done, total_, id));
  }

 private:
  /// A terminal that has gone away is no reason to end a run.
  void show(const std::string& text) const {
    if (shown_) std::fputs(("\r\x1b[K" + text).c_str(), stderr);
  }

  std::size_t total_;
  bool shown_;
};

model::Campaign run_all(const std::vector<scenario::Scenario>& scenarios, const Options& options) {
  const rules::RuleBook book = rules::all_rules();
  const model::Mode mode = options.live ? model::Mode::live : model::Mode::sim;
  model::Campaign campaign;
  campaign.strict = options.run.strict;
  for (const scenario::Scenario& scenario : scenarios)
    campaign.scenarios.push_back(campaign::not_run(scenario, options.run, mode,
                                                   model::ScenarioVerdict::inconclusive,
                                                   "not run: interrupted by a signal"));
  const Progress progress(scenarios.size());
  std::mutex telling;
  std::size_t done = 0;
  campaign::for_each_index(scenarios.size(), options.jobs, [&](std::size_t i) {
    if (options.run.stop.stop_requested()) return;
    campaign.scenarios[i] = options.live ? campaign::run_live(scenarios[i], book, options.run)
                                         : campaign::run_simulated(scenarios[i], book, options.run);
    const std::scoped_lock lock(telling);
    progress.tell(++done, scenarios[i].id);
  });
  return campaign;
}

int run(Options& options) {
  const reports::ReportFiles reports = options.reports.files();
  const std::optional<model::Shard> shard = shard_of(options.shard);
  std::optional<scenario::IutFile> iut;
  if (!options.iut.empty()) {
    iut = scenario::load_iut(options.iut);
    options.run.iut = &*iut;
    options.live = true;
  }
  options.run.strict = options.verdict.strict();
  options.run.baseline = options.verdict.baseline();
  if (!options.run.tcpdump.empty() && !options.live)
    throw model::InputError("--tcpdump: a simulated run has no links for it; right: with --live");
  if (options.live) net::Lab::sweep();
  std::vector<scenario::Scenario> scenarios =
      options.scenarios.load(iut ? iut->ics : model::Json::object());
  options.run.deviations = by_node("--deviate", options.deviations, scenarios, options.run.iut);
  options.run.planted = by_node("--plant", options.planted, scenarios, options.run.iut);
  options.run.record = reports.show_frames();
  if (shard) keep_shard(scenarios, *shard);
  std::optional<net::TemporaryDirectory> frames;
  if (reports.need_captures() && options.run.captures.empty()) {
    options.run.captures = frames.emplace().path().string();
    options.run.keep_captures = false;
  }
  make_directory("--captures", options.run.captures);
  make_directory("--tcpdump", options.run.tcpdump);
  const Interruption interruption;  // until the reports are written
  options.run.stop = interruption.token();
  model::Campaign campaign = run_all(scenarios, options);
  campaign.shard = shard;
  tell(campaign, reports);
  return campaign.exit_status();
}

}  // namespace

void add_run(CLI::App& app, int& exit_status) {
  auto* verb = app.add_subcommand("run", "Run scenarios and judge every message on every link");
  const auto options = std::make_shared<Options>();
  options->scenarios.add_to(*verb, true);
  verb->add_flag("--live", options->live,
                 "In network namespaces that are made for it (needs root), not simulated");
  verb->add_option(
          "--iut", options->iut,
          "Implementations under test: what they are, how they are started (implies --live)")
      ->type_name("FILE");
  verb->add_option("-j,--jobs", options->jobs, "Scenarios at a time")
      ->check(CLI::Range(1U, 64U))
      ->capture_default_str();
  verb->add_option(
          "--shard", options->shard,
          "Of N shards of the scenarios the K-th; `mipvet merge` puts their reports together")
      ->type_name("K/N");
  options->verdict.add_to(*verb);
  verb->add_option("--seed", options->run.seed, "Of everything random")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb->add_option("--captures", options->run.captures,
                   "Leave each run's capture and network in this directory")
      ->type_name("DIR");
  verb->add_option("--tcpdump", options->run.tcpdump,
                   "Live: tcpdump's own capture of each link, DIR/<id>.<link>.pcap")
      ->type_name("DIR");
  verb->add_option("--deviate", options->deviations, "Ask a node for a deviation, to see it caught")
      ->type_name("NODE:ID");
  verb->add_option("--plant", options->planted,
                   "A deviation that the verdict does not know of: a bug of ours (exit status 4)")
      ->type_name("NODE:ID")
      ->group("For tests of mipvet itself");
  options->reports.add_to(*verb);
  verb->callback([options, &exit_status] { exit_status = run(*options); });
}

}  // namespace mipvet::cli

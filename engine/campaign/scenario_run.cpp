#include "engine/campaign/scenario_run.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <unistd.h>

#include <fmt/format.h>

#include "engine/campaign/run_watch.h"
#include "engine/model/text_file.h"
#include "engine/net/live.h"
#include "engine/net/sim.h"
#include "engine/net/tcpdump.h"
#include "engine/scenario/iut.h"
#include "engine/scenario/runner.h"
#include "engine/scenario/verdict.h"
#include "engine/wire/frame.h"
#include "engine/wire/marker.h"

namespace mipvet::campaign {

namespace {

constexpr const char* kInterrupted = "interrupted by a signal";

/// A file for another process to read, gone with this object.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content) {
    std::string name = (std::filesystem::temp_directory_path() / "mipvet-network-XXXXXX").string();
    const int file = mkstemp(name.data());
    if (file < 0) throw model::InputError(name + ": cannot be made");
    close(file);
    path_ = name;
    model::write_file(name, content);
  }
  ~TemporaryFile() {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// Beside the capture, with what `check` cannot see in it: how late the run's machine was.
void leave_network(const scenario::Scenario& scenario, const std::string& directory,
                   std::optional<double> jitter_s) {
  if (directory.empty()) return;
  auto document = scenario.network_document;
  if (jitter_s) document["windows"]["jitter"] = *jitter_s;
  model::write_file(capture_path(directory, scenario.id, ".network.json"), document.dump(1) + "\n");
}

/// Null where none is asked for.
std::unique_ptr<net::Tcpdump> start_tcpdump(const scenario::Scenario& scenario, const net::Lab& lab,
                                            const RunOptions& options) {
  if (options.tcpdump.empty()) return nullptr;
  std::vector<net::Tcpdump::Capture> captures;
  for (const model::Link& link : scenario.network.links)
    captures.push_back({link.name, capture_path(options.tcpdump, scenario.id,
                                                fmt::format(".{}.pcap", link.name))});
  return std::make_unique<net::Tcpdump>(lab, std::move(captures));
}

std::string replay_command(const scenario::Scenario& scenario, const RunOptions& options,
                           bool live) {
  std::string command = "mipvet run " + scenario.path.string();
  if (options.iut != nullptr)
    command += " --iut " + options.iut->path.string();
  else if (live)
    command += " --live";
  if (options.seed != 1) command += fmt::format(" --seed {}", options.seed);
  for (const auto& [node, ids] : options.deviations)
    for (const std::string& id : ids) command += fmt::format(" --deviate {}:{}", node, id);
  for (const auto& [node, ids] : options.planted)
    for (const std::string& id : ids) command += fmt::format(" --plant {}:{}", node, id);
  return command;
}

/// An implementation that cannot be stopped as it should may not have run as it should.
void stop(scenario::Iut& iut, scenario::RunResult& outcome) {
  try {
    iut.stop();
  } catch (const net::ProcessError& error) {
    if (outcome.aborted.empty()) outcome.aborted = error.what();
  }
}

/// Runs the script; `live` and `iut` may be null.
scenario::RunResult play(scenario::Run& run, net::LiveWorld* live, scenario::Iut* iut,
                         const RunOptions& options) {
  if (iut != nullptr && live != nullptr)
    iut->watch(
        [live](int file, std::function<void()> when_readable) {
          live->watch(file, std::move(when_readable));
        },
        [&run](std::string trouble) { run.abort(std::move(trouble)); });
  scenario::RunResult outcome = run.run();
  if (iut != nullptr) stop(*iut, outcome);
  if (options.stop.stop_requested()) outcome.aborted = kInterrupted;
  if (live != nullptr && live->lost() > 0 && outcome.aborted.empty())
    outcome.aborted =
        fmt::format("{} frames went by unseen, the machine is too busy", live->lost());
  return outcome;
}

/// What is known of a run before it begins.
model::ScenarioResult result_to_be(const scenario::Scenario& scenario, const RunOptions& options,
                                   model::Mode mode) {
  model::ScenarioResult result;
  result.id = scenario.id;
  result.title = scenario.title;
  result.file = scenario.path.string();
  result.mode = mode;
  result.seed = options.seed;
  result.replay = replay_command(scenario, options, mode == model::Mode::live);
  if (options.iut != nullptr)
    for (const scenario::Implementation* one : options.iut->implementations_in(scenario.network))
      result.iuts.push_back(one->node);
  return result;
}

/// Who stands trial, and what the findings come to for them.
void judge(model::ScenarioResult& result, const scenario::Scenario& scenario,
           const scenario::RunResult& outcome, const RunOptions& options) {
  scenario::Accused accused;
  for (const auto& [node, ids] : options.deviations) accused.deviating.insert(node);
  if (options.additions != nullptr)
    for (const model::Node& node : scenario.network.nodes)
      if (options.additions->plays(node.name)) accused.deviating.insert(node.name);
  accused.implementations.insert(result.iuts.begin(), result.iuts.end());
  const auto on_trial = [&](const std::string& node) { return accused.holds(node); };
  options.baseline.excuse(scenario.id, result.findings, on_trial);
  const scenario::ScenarioJudgement judgement =
      scenario::judge(scenario, outcome, result.findings, accused, options.strict);
  result.verdict = judgement.verdict;
  result.reason = judgement.reason;
  model::tell_stale(result, options.baseline, on_trial);
}

model::ScenarioResult run_in(net::World& world, const scenario::Scenario& scenario,
                             const rules::RuleBook& book, const RunOptions& options,
                             model::Mode mode, scenario::Iut* iut = nullptr,
                             net::Tcpdump* tcpdump = nullptr) {
  const model::Network& network = scenario.network;
  RunWatch watch(scenario, book, options);
  world.observe_keys([&](std::string_view line) { watch.keys(line); });
  const auto make_actor = [&](model::NodeId node, net::Environment& environment) {
    std::vector<std::string> deviations;
    for (const auto* asked : {&options.deviations, &options.planted})
      if (const auto found = asked->find(network.node(node).name); found != asked->end())
        deviations.insert(deviations.end(), found->second.begin(), found->second.end());
    const roles::Part part{network, node, environment, std::move(deviations)};
    if (options.additions != nullptr)
      if (auto actor = options.additions->actor(part)) return actor;
    return roles::make_actor(part);
  };
  scenario::Run run({.scenario = scenario,
                     .world = world,
                     .make_actor = make_actor,
                     .external = iut,
                     .observer = [&](const net::Frame& frame) {
                       if (options.stop.stop_requested()) world.stop();
                       watch.frame(frame);
                     }});
  auto* live = dynamic_cast<net::LiveWorld*>(&world);
  const scenario::RunResult outcome = play(run, live, iut, options);
  if (tcpdump != nullptr)
    tcpdump->stop(outcome.aborted.empty() ? wire::marker_frame(wire::marker::kEnd, scenario.id)
                                          : wire::Buffer{});
  watch.end();
  model::ScenarioResult result = result_to_be(scenario, options, mode);
  result.duration_s = std::chrono::duration<double>(outcome.end - outcome.begin).count();
  result.frames = outcome.frames;
  if (live != nullptr) result.jitter_s = std::chrono::duration<double>(live->jitter()).count();
  leave_network(scenario, options.captures, result.jitter_s);
  if (tcpdump != nullptr) leave_network(scenario, options.tcpdump, result.jitter_s);
  watch.put_into(result, world.jitter());
  judge(result, scenario, outcome, options);
  return result;
}

}  // namespace

model::ScenarioResult run_simulated(const scenario::Scenario& scenario, const rules::RuleBook& book,
                                    const RunOptions& options) {
  net::SimulatedWorld world(scenario.network, options.seed);
  return run_in(world, scenario, book, options, model::Mode::sim);
}

model::ScenarioResult run_live(const scenario::Scenario& scenario, const rules::RuleBook& book,
                               const RunOptions& options) {
  const model::Network& network = scenario.network;
  std::set<model::NodeId> external;
  std::span<const scenario::Implementation> implementations;
  if (options.iut != nullptr) {
    implementations = options.iut->nodes;
    for (const scenario::Implementation* one : options.iut->implementations_in(network))
      external.insert(network.find_node(one->node));
  }
  if (std::string why = scenario::why_not_applicable(scenario, implementations); !why.empty())
    return not_run(scenario, options, model::Mode::live, model::ScenarioVerdict::not_applicable,
                   std::move(why));
  net::LiveWorld world(network, options.seed, external, options.stop);
  std::unique_ptr<scenario::Iut> iut;
  const TemporaryFile network_file(scenario.network_document.dump(1) + "\n");
  std::filesystem::path logs;
  if (options.iut != nullptr && !options.captures.empty())
    std::filesystem::create_directories(logs =
                                            capture_path(options.captures, scenario.id, ".logs"));
  if (options.iut != nullptr)
    iut = std::make_unique<scenario::Iut>(scenario::Iut::Setting{
        .file = *options.iut,
        .network = network,
        .lab = world.lab(),
        .network_file = network_file.path(),
        .program = options.program.empty() ? std::filesystem::read_symlink("/proc/self/exe")
                                           : options.program,
        .log_directory = logs,
        .stop = options.stop});
  world.up();
  const auto tcpdump = start_tcpdump(scenario, world.lab(), options);
  try {
    if (iut) iut->start();
    return run_in(world, scenario, book, options, model::Mode::live, iut.get(), tcpdump.get());
  } catch (const net::ProcessError& error) {
    return not_run(scenario, options, model::Mode::live, model::ScenarioVerdict::inconclusive,
                   options.stop.stop_requested() ? kInterrupted : error.what());
  }
}

model::ScenarioResult not_run(const scenario::Scenario& scenario, const RunOptions& options,
                              model::Mode mode, model::ScenarioVerdict verdict,
                              std::string reason) {
  model::ScenarioResult result = result_to_be(scenario, options, mode);
  result.verdict = verdict;
  result.reason = std::move(reason);
  return result;
}

std::string capture_path(const std::string& directory, const std::string& scenario_id,
                         std::string_view suffix) {
  std::string name = scenario_id;
  std::replace(name.begin(), name.end(), '/', '-');
  return fmt::format("{}/{}{}", directory, name, suffix);
}

}  // namespace mipvet::campaign

#include "engine/cli/scenario_run.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <unistd.h>

#include <fmt/format.h>

#include "engine/cli/recorder.h"
#include "engine/cli/report_option.h"
#include "engine/crypto/key_log.h"
#include "engine/net/capture_file.h"
#include "engine/net/live.h"
#include "engine/net/sim.h"
#include "engine/net/tcpdump.h"
#include "engine/observer/observer.h"
#include "engine/rules/judge.h"
#include "engine/scenario/iut.h"
#include "engine/scenario/runner.h"
#include "engine/scenario/verdict.h"
#include "engine/wire/frame.h"
#include "engine/wire/marker.h"

namespace mipvet::cli {

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
    write_file(name, content);
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

/// Writes a run's frames to a capture whose interfaces bear the names of the links.
std::optional<net::CaptureWriter> open_capture(const scenario::Scenario& scenario,
                                               const std::string& path) {
  if (path.empty()) return std::nullopt;
  std::vector<std::string> links;
  for (const model::Link& link : scenario.network.links) links.push_back(link.name);
  return net::CaptureWriter::pcapng(path, links, "mipvet " + scenario.id);
}

/// Beside the capture, with what `check` cannot see in it: how late the run's machine was.
void leave_network(const scenario::Scenario& scenario, const std::string& directory,
                   std::optional<double> jitter_s) {
  if (directory.empty()) return;
  auto document = scenario.network_document;
  if (jitter_s) document["windows"]["jitter"] = *jitter_s;
  write_file(capture_path(directory, scenario.id, ".network.json"), document.dump(1) + "\n");
}

/// Beside the capture, so that `check` and `decode` find them.
void leave_keys(const scenario::Scenario& scenario, const std::string& directory,
                const std::string& keys) {
  const std::string path = capture_path(directory, scenario.id, ".keys");
  if (!keys.empty())
    write_file(path, keys);
  else
    std::filesystem::remove(path);  // of an earlier run
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

model::ScenarioResult run_in(net::World& world, const scenario::Scenario& scenario,
                             const rules::RuleBook& book, const RunOptions& options,
                             model::Mode mode, scenario::Iut* iut = nullptr,
                             net::Tcpdump* tcpdump = nullptr) {
  const model::Network& network = scenario.network;
  rules::Judge judge(network, book);
  observer::Observer observer(network, judge);
  const std::string path =
      options.captures.empty() ? "" : capture_path(options.captures, scenario.id);
  auto capture = open_capture(scenario, path);
  Recorder recorder;
  std::string keys;
  world.observe_keys([&](std::string_view line) {
    observer.add_keys(crypto::read_key_log(line, "keys of the run"));
    keys += line;
  });
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
                       observer.frame(frame);
                       if (options.record) recorder.frame(frame, observer.frames());
                       if (options.additions != nullptr)
                         options.additions->frame(frame, observer.frames());
                       if (capture)
                         capture->write({.time = frame.time,
                                         .interface = frame.link,
                                         .bytes = frame.bytes,
                                         .original_length = 0,
                                         .number = 0});
                     }});
  auto* live = dynamic_cast<net::LiveWorld*>(&world);
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
  if (tcpdump != nullptr)
    tcpdump->stop(outcome.aborted.empty() ? wire::marker_frame(wire::marker::kEnd, scenario.id)
                                          : wire::Buffer{});
  observer.finish(observer.now());
  model::ScenarioResult result;
  result.id = scenario.id;
  result.title = scenario.title;
  result.file = scenario.path.string();
  result.mode = mode;
  result.duration_s = std::chrono::duration<double>(outcome.end - outcome.begin).count();
  result.seed = options.seed;
  if (live != nullptr) result.jitter_s = std::chrono::duration<double>(live->jitter()).count();
  leave_network(scenario, options.captures, result.jitter_s);
  if (tcpdump != nullptr) leave_network(scenario, options.tcpdump, result.jitter_s);
  if (capture) {
    capture->close();
    leave_keys(scenario, options.captures, keys);
  }
  result.frames = outcome.frames;
  if (capture) result.sources = {{path, std::nullopt}};
  if (capture && options.keep_captures) result.capture = path;
  result.replay = replay_command(scenario, options, mode == model::Mode::live);
  result.findings = judge.findings(world.jitter());
  if (options.record)
    result.recording = std::make_shared<model::Recording>(
        recorder.take(network, crypto::read_key_log(keys, "keys of the run"),
                      FrameSelection(result.findings, result.frames)));
  scenario::Accused accused;
  for (const auto& [node, ids] : options.deviations) accused.deviating.insert(node);
  if (options.additions != nullptr) {
    options.additions->add_findings(result.findings);
    for (const model::Node& node : network.nodes)
      if (options.additions->plays(node.name)) accused.deviating.insert(node.name);
  }
  if (iut != nullptr) {
    result.iuts = iut->nodes();
    accused.implementations.insert(result.iuts.begin(), result.iuts.end());
  }
  const auto on_trial = [&](const std::string& node) { return accused.holds(node); };
  options.baseline.excuse(scenario.id, result.findings, on_trial);
  const scenario::ScenarioJudgement judgement =
      scenario::judge(scenario, outcome, result.findings, accused, options.strict);
  result.verdict = judgement.verdict;
  result.reason = judgement.reason;
  model::tell_stale(result, options.baseline, on_trial);
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
  if (options.iut != nullptr) implementations = options.iut->nodes;
  for (const scenario::Implementation& implementation : implementations)
    if (const model::NodeId node = network.find_node(implementation.node); node != model::kNobody)
      external.insert(node);
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
  model::ScenarioResult result;
  result.id = scenario.id;
  result.title = scenario.title;
  result.file = scenario.path.string();
  result.mode = mode;
  result.seed = options.seed;
  result.replay = replay_command(scenario, options, mode == model::Mode::live);
  if (options.iut != nullptr)
    for (const scenario::Implementation& implementation : options.iut->nodes)
      if (scenario.network.find_node(implementation.node) != model::kNobody)
        result.iuts.push_back(implementation.node);
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

}  // namespace mipvet::cli

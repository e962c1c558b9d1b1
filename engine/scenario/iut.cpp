#include "engine/scenario/iut.h"

#include <algorithm>
#include <chrono>
#include <list>
#include <poll.h>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/net/ip_command.h"
#include "engine/scenario/iut_placeholders.h"

namespace mipvet::scenario {
namespace {

using Clock = std::chrono::steady_clock;

/// How long a command may take that is waited for, and an implementation to say that it is ready: a
/// guest kernel of a loaded machine among them.
constexpr std::chrono::seconds kPatience{90};
constexpr std::chrono::milliseconds kGrace{500};

/// How soon a request to stop is seen while something is waited for.
constexpr std::chrono::milliseconds kAttention{50};

/// Waits until the file is readable; false when the time is over. Throws net::ProcessError where it
/// is told to stop.
bool wait_readable(int file, Clock::time_point until, const std::stop_token& stop = {}) {
  pollfd event{file, POLLIN, 0};
  while (true) {
    if (stop.stop_requested()) throw net::ProcessError("interrupted");
    const auto left = std::clamp(std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()),
                                 std::chrono::milliseconds{0}, kAttention);
    if (::poll(&event, 1, static_cast<int>(left.count())) == 1) return true;
    if (Clock::now() >= until) return false;
  }
}

/// Keeps the last line that was printed: mostly it says why. Returns whether `awaited` is in what
/// was read.
bool note_last(net::ChildProcess& process, std::string& last, std::string_view awaited = {}) {
  bool came = false;
  for (std::string& line : process.read_lines()) {
    came = came || line.find(awaited) != std::string::npos;
    if (!line.empty()) last = std::move(line);
  }
  return came;
}

std::string how_it_ended(const net::ChildProcess& process, const std::string& last) {
  const int status = process.exit_status().value_or(-1);
  return last.empty() ? fmt::format("ended with status {}", status)
                      : fmt::format("ended with status {}: {}", status, last);
}

void run_to_its_end(const std::string& node, const net::ChildProcess::Options& options,
                    const std::stop_token& stop = {}) {
  net::ChildProcess process(options);
  process.close_input();
  std::string last;
  const auto until = Clock::now() + kPatience;
  while (!process.exit_status() || !process.output_closed()) {
    const int file = process.output_closed() ? process.exit_fd() : process.output_fd();
    if (!wait_readable(file, until, stop))
      throw net::ProcessError(fmt::format("{}: `{}` did not end within {} s", node, options.command,
                                          kPatience.count()));
    note_last(process, last);
  }
  if (process.exit_status() != 0)
    throw net::ProcessError(
        fmt::format("{}: `{}` {}", node, options.command, how_it_ended(process, last)));
}

}  // namespace

/// A trigger that has not ended yet.
struct Iut::Command {
  std::string verb;
  std::function<void(net::Duration)> then;
  std::unique_ptr<net::ChildProcess> process;
  std::string last_line;
};

struct Iut::Running {
  const Implementation* what = nullptr;
  model::NodeId node = model::kNobody;
  std::string network_namespace;
  Placeholders placeholders;
  std::unique_ptr<net::ChildProcess> process;
  std::list<std::unique_ptr<Command>> triggers;
  std::function<void(net::Duration)> ready;  ///< awaits the output of a restarted process
  std::string last_line;
  int lives = 0;
};

Iut::Iut(const Setting& setting) : setting_(setting) {
  for (const Implementation* implementation : setting_.file.implementations_in(setting_.network)) {
    auto running = std::make_unique<Running>();
    running->what = implementation;
    running->node = setting_.network.find_node(implementation->node);
    add_ports(*running);
    running_.push_back(std::move(running));
  }
}

Iut::~Iut() {
  try {
    stop();
  } catch (const std::exception&) {
    // Whatever still runs is ended with the lab.
  }
}

void Iut::add_ports(Running& running) {
  const Implementation& what = *running.what;
  const model::Node& node = setting_.network.node(running.node);
  const std::string at =
      fmt::format("{}: /nodes/{}/attachments", setting_.file.path.string(), what.node);
  running.placeholders = placeholders_of(setting_.network, running.node);
  running.placeholders["node"] = what.node;
  running.placeholders["network"] = setting_.network_file.string();
  running.placeholders["mipvet"] = setting_.program.string();
  running.placeholders["here"] = std::filesystem::absolute(setting_.file.path).parent_path();
  running.placeholders["logs"] = setting_.log_directory.empty()
                                     ? std::string()
                                     : std::filesystem::absolute(setting_.log_directory).string();
  for (const auto& [link_name, interface] : what.attachments) {
    const auto link = setting_.network.find_link(link_name);
    const model::Attachment* attachment = link ? node.attachment(*link) : nullptr;
    if (attachment == nullptr)
      throw model::InputError(fmt::format(
          "{}/{}: is no link of {} in the network {}; must be one that it is attached to", at,
          link_name, what.node, setting_.network.name));
    const auto port = setting_.lab.add_external_port(link_name, what.node, interface);
    running.network_namespace = port.network_namespace;
    running.placeholders["interface." + link_name] = port.device;
    running.placeholders["mac." + link_name] = attachment->mac.to_string();
    running.placeholders["address." + link_name] =
        attachment->address ? attachment->address->to_string() : "";
    running.placeholders["gateway." + link_name] =
        attachment->gateway ? attachment->gateway->to_string() : "";
  }
  for (const model::Attachment& attachment : node.attachments) {
    const std::string& link = setting_.network.link(attachment.link).name;
    if (std::ranges::find(what.attachments, link, &Implementation::Attachment::link) ==
        what.attachments.end())
      throw model::InputError(
          fmt::format("{}: lacks \"{}\", where {} is attached in the network {}", at, link,
                      what.node, setting_.network.name));
  }
}

net::ChildProcess::Options Iut::options(const Running& running, const std::string& command) const {
  net::ChildProcess::Options options;
  options.command = completed(command, running.placeholders);
  if (const std::size_t at = options.command.find("{peer."); at != std::string::npos)
    throw net::ProcessError(fmt::format(
        "{}: {}: is no address in the network {}", running.what->node,
        options.command.substr(at, options.command.find('}', at) - at + 1), setting_.network.name));
  options.network_namespace = running.network_namespace;
  return options;
}

void Iut::start() {
  started_ = true;
  for (const auto& running : running_) {
    std::string commands;
    for (const auto& [link, interface] : running->what->attachments)
      commands += fmt::format("link set dev {} address {}\n", interface,
                              running->placeholders.at("mac." + link));
    net::run_ip(running->network_namespace, commands);
    for (const std::string& command : running->what->setup)
      run_to_its_end(running->what->node, options(*running, command), setting_.stop);
    start_process(*running);
  }
  for (const auto& running : running_) wait_ready(*running);
}

void Iut::start_process(Running& running) {
  running.last_line.clear();
  if (running.what->start.empty()) return;
  auto with_log = options(running, running.what->start);
  const std::string life = ++running.lives > 1 ? fmt::format("-{}", running.lives) : "";
  if (!setting_.log_directory.empty())
    with_log.log = setting_.log_directory / (running.what->node + life + ".log");
  running.process = std::make_unique<net::ChildProcess>(with_log);
}

void Iut::wait_ready(Running& running) {
  const Implementation& what = *running.what;
  const bool by_time = what.ready_output.empty();
  if (!running.process && by_time && what.ready_after == net::Duration::zero()) return;
  const auto until =
      Clock::now() + (by_time ? std::chrono::duration_cast<Clock::duration>(what.ready_after)
                              : std::chrono::duration_cast<Clock::duration>(kPatience));
  // A kernel that is the implementation says nothing: poll passes a file of -1 over.
  while (wait_readable(running.process ? running.process->output_fd() : -1, until, setting_.stop)) {
    if (note_last(*running.process, running.last_line, what.ready_output) && !by_time) return;
    if (running.process->output_closed()) {
      wait_readable(running.process->exit_fd(), Clock::now() + kGrace);
      throw net::ProcessError(fmt::format("{}: `{}` {}", what.node, what.start,
                                          how_it_ended(*running.process, running.last_line)));
    }
  }
  if (!by_time)
    throw net::ProcessError(fmt::format("{}: `{}` did not print \"{}\" within {} s", what.node,
                                        what.start, what.ready_output, kPatience.count()));
}

void Iut::watch(Watch watch, std::function<void(std::string)> trouble) {
  watch_ = std::move(watch);
  trouble_ = std::move(trouble);
  for (const auto& running : running_)
    if (running->process) watch_process(*running);
}

void Iut::watch_process(Running& running) {
  if (!watch_) return;
  net::ChildProcess* process = running.process.get();
  watch_(process->output_fd(), [this, of = &running] { read_process(of); });
  // Ending a watch may end the callback with all that it holds: hand over copies.
  watch_(process->exit_fd(), [this, of = &running] { process_ended(of); });
}

void Iut::read_process(Running* running) {
  net::ChildProcess& process = *running->process;
  const int file = process.output_fd();
  if (note_last(process, running->last_line, running->what->ready_output) && running->ready)
    std::exchange(running->ready, {})(net::Duration::zero());
  if (process.output_closed()) watch_(file, {});
}

void Iut::read_trigger(Command* trigger) {
  const int file = trigger->process->output_fd();
  note_last(*trigger->process, trigger->last_line);
  if (trigger->process->output_closed()) watch_(file, {});
}

void Iut::process_ended(Running* running) {
  note_last(*running->process, running->last_line);
  unwatch(*running->process);
  trouble_(fmt::format("{} {}", running->what->node,
                       how_it_ended(*running->process, running->last_line)));
}

void Iut::unwatch(const net::ChildProcess& process) {
  if (!watch_) return;
  if (!process.output_closed()) watch_(process.output_fd(), {});
  watch_(process.exit_fd(), {});
}

void Iut::stop() {
  if (!std::exchange(started_, false)) return;
  for (const auto& running : running_) {
    for (const auto& trigger : running->triggers) unwatch(*trigger->process);
    running->triggers.clear();
    if (running->process) unwatch(*running->process);
    if (!running->what->stop.empty())
      run_to_its_end(running->what->node, options(*running, running->what->stop));
    running->process.reset();
  }
}

Iut::Running& Iut::running(model::NodeId node) {
  const auto found =
      std::ranges::find_if(running_, [node](const auto& running) { return running->node == node; });
  return **found;
}

bool Iut::has(model::NodeId node) const {
  return std::ranges::any_of(running_,
                             [node](const auto& running) { return running->node == node; });
}

void Iut::command(model::NodeId node, const std::string& verb, const nlohmann::json& arguments) {
  Running& of = running(node);
  const auto found = of.what->triggers.find(verb);
  if (found == of.what->triggers.end())
    throw CannotDo(fmt::format("{} has no trigger {}", of.what->node, verb));
  Placeholders placeholders;
  for (const auto& [name, value] : arguments.items())
    placeholders[name] = value.is_string() ? value.get<std::string>() : value.dump();
  const Trigger& trigger = found->second;
  if (!trigger.command.empty())
    return run_trigger(of, verb, filled_in(trigger.command, placeholders));
  const std::string line = completed(filled_in(trigger.input, placeholders), of.placeholders);
  if (!of.process || !of.process->write_input(line + "\n"))
    throw CannotDo(fmt::format("{} does not read its input", of.what->node));
}

void Iut::run_trigger(Running& running, const std::string& verb, const std::string& command,
                      std::function<void(net::Duration)> then) {
  Command& trigger = *running.triggers.emplace_back(std::make_unique<Command>(Command{
      verb, std::move(then), std::make_unique<net::ChildProcess>(options(running, command)), {}}));
  trigger.process->close_input();
  if (!watch_) return;
  watch_(trigger.process->output_fd(), [this, of = &trigger] { read_trigger(of); });
  watch_(trigger.process->exit_fd(),
         [this, of = &running, ended = &trigger] { trigger_ended(of, ended); });
}

void Iut::trigger_ended(Running* running, Command* trigger) {
  net::ChildProcess& process = *trigger->process;
  note_last(process, trigger->last_line);
  unwatch(process);
  const bool failed = process.exit_status() != 0;
  const std::string what =
      fmt::format("the trigger {} of {} {}", trigger->verb, running->what->node,
                  how_it_ended(process, trigger->last_line));
  const auto then = std::move(trigger->then);
  running->triggers.remove_if([trigger](const auto& one) { return one.get() == trigger; });
  if (failed) return trouble_(what);
  if (then) then(net::Duration::zero());
}

void Iut::restart(model::NodeId node, std::function<void(net::Duration)> ready) {
  Running& of = running(node);
  if (!of.what->reset.empty()) return run_trigger(of, "restart", of.what->reset, std::move(ready));
  if (!of.process) throw CannotDo(fmt::format("{} has no reset command", of.what->node));
  unwatch(*of.process);
  of.process->terminate(kGrace);
  const bool by_time = of.what->ready_output.empty();
  of.ready = by_time ? nullptr : ready;
  start_process(of);
  watch_process(of);
  if (by_time) ready(of.what->ready_after);
}

}  // namespace mipvet::scenario

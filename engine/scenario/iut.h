#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/model/network.h"
#include "engine/net/lab.h"
#include "engine/net/process.h"
#include "engine/scenario/iut_file.h"
#include "engine/scenario/runner.h"

namespace mipvet::scenario {

/// The implementations under test of one run: processes in network namespaces of their own, at the
/// links of a lab. In this order: made; `Lab::up`; `start`; `watch` once the world runs.
class Iut final : public ExternalNodes {
 public:
  struct Setting {
    const IutFile& file;
    const model::Network& network;
    net::Lab& lab;
    std::filesystem::path network_file;  ///< the network as declared for the run
    std::filesystem::path program;       ///< mipvet itself
    /// For NODE.log, after a restart NODE-2.log, and what the implementations write to {logs};
    /// "": none.
    std::filesystem::path log_directory = {};
    std::stop_token stop = {};  ///< ends the waiting in `start`
  };
  /// Calls `when_readable` whenever something can be read from the file, until the next call for
  /// the same file with none; that call may come from within the callback.
  using Watch = std::function<void(int file, std::function<void()> when_readable)>;

  /// Adds a port to the lab for every attachment of every implementation that the network has a
  /// node for. Throws model::InputError where the node's links are not those of the file.
  explicit Iut(const Setting& setting);
  /// Stops what runs.
  ~Iut() override;
  Iut(const Iut&) = delete;
  Iut& operator=(const Iut&) = delete;

  /// Gives the interfaces the declared MAC addresses, runs the setup commands, starts everything
  /// and waits until all say that they are ready. Throws net::ProcessError, also where it is told
  /// to stop.
  void start();
  /// From now on tells `trouble` in one line when an implementation dies or a trigger fails. Both
  /// have to work until `stop` has returned.
  void watch(Watch watch, std::function<void(std::string)> trouble);
  /// Runs the stop commands, then ends what still runs. Once, and only after `start`.
  void stop();

  bool has(model::NodeId node) const override;
  void command(model::NodeId node, const std::string& verb,
               const nlohmann::json& arguments) override;
  /// By the reset command, else the process is ended and started again. It is ready as at its
  /// start: by its output, else when its time is over.
  void restart(model::NodeId node, std::function<void(net::Duration)> ready) override;

 private:
  struct Running;
  struct Command;

  Running& running(model::NodeId node);
  void add_ports(Running& running);
  void start_process(Running& running);
  void wait_ready(Running& running);
  void watch_process(Running& running);
  void read_process(Running* running);
  void process_ended(Running* running);
  void run_trigger(Running& running, const std::string& verb, const std::string& command,
                   std::function<void(net::Duration)> then = {});
  void read_trigger(Command* trigger);
  void trigger_ended(Running* running, Command* trigger);
  net::ChildProcess::Options options(const Running& running, const std::string& command) const;
  void unwatch(const net::ChildProcess& process);

  Setting setting_;
  std::vector<std::unique_ptr<Running>> running_;
  bool started_ = false;
  Watch watch_;
  std::function<void(std::string)> trouble_;
};

}  // namespace mipvet::scenario

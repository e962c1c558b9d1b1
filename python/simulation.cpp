#include "engine/crypto/key_log.h"
#include "engine/net/sim.h"
#include "engine/observer/observer.h"
#include "engine/rules/judge.h"
#include "python/networks.h"
#include "python/run_additions.h"
#include "python/stage.h"

namespace mipvet::python {

namespace {

using Deviations = std::map<std::string, std::vector<std::string>>;
using SeenFrames = std::vector<std::shared_ptr<SeenFrame>>;

/// A simulated network without a script: whoever has it says how far its time goes.
class Simulation {
 public:
  Simulation(const LoadedNetwork& network, std::uint64_t seed, Deviations deviations,
             const OwnRoles& own_roles, const OwnRuleList& own_rules)
      : network_(network.network),
        deviations_(std::move(deviations)),
        book_(rules::all_rules()),
        additions_(own_roles, own_rules, network_, true),
        judge_(*network_, book_),
        observer_(*network_, judge_),
        world_(*network_, seed),
        actors_(network_->nodes.size()) {
    for (const auto& [node, ids] : deviations_) node_named(*network_, node);
    for (const auto& [node, make] : own_roles) node_named(*network_, node);
    world_.observe([this](const net::Frame& frame) { see(frame); });
    world_.observe_keys([this](std::string_view line) {
      observer_.add_keys(crypto::read_key_log(line, "keys of the simulation"));
    });
    for (model::NodeId node = 0; node < network_->node_count(); ++node) play(node);
    for (const auto& actor : actors_) actor->start();
  }

  /// The frames of that time.
  SeenFrames run(double seconds) {
    const py::gil_scoped_release others_may_run;
    const auto before = static_cast<std::ptrdiff_t>(additions_.frames().size());
    pass(seconds, false);
    return {additions_.frames().begin() + before, additions_.frames().end()};
  }
  /// The next frame; null where none comes within the time.
  std::shared_ptr<SeenFrame> step(double seconds) {
    const py::gil_scoped_release others_may_run;
    const std::size_t before = additions_.frames().size();
    pass(seconds, true);
    return additions_.frames().size() > before ? additions_.frames().back() : nullptr;
  }

  void command(const std::string& name, const std::string& verb, const std::string& arguments) {
    const model::NodeId node = node_named(*network_, name);
    if (verb == "restart") {
      play(node);
      actors_[node]->start();
      return;
    }
    const nlohmann::json json = command_arguments(*network_, node, verb, arguments);
    actors_[node]->command({verb, &json});
  }
  void send(const std::string& link, const py::bytes& frame) {
    world_.inject(link_named(*network_, link), octets_of(frame));
  }

  const SeenFrames& frames() { return additions_.frames(); }
  std::string findings() {
    model::ScenarioResult result;
    result.findings = judge_.findings();
    additions_.add_findings(result.findings);
    return result_json(std::move(result));
  }
  std::int64_t now_ns() const { return world_.now().time_since_epoch().count(); }

 private:
  void play(model::NodeId node) {
    net::Environment& environment =
        world_.play(node, [this, node](net::PortId port, wire::Bytes frame) {
          if (actors_[node]) actors_[node]->receive(port, frame);
        });
    std::vector<std::string> asked;
    if (const auto found = deviations_.find(network_->node(node).name); found != deviations_.end())
      asked = found->second;
    const roles::Part part{*network_, node, environment, std::move(asked)};
    auto own = additions_.actor(part);
    actors_[node] = own ? std::move(own) : roles::make_actor(part);
  }
  void see(const net::Frame& frame) {
    observer_.frame(frame);
    additions_.frame(frame, observer_.frames());
    if (stepping_) world_.stop();
  }
  void pass(double seconds, bool stepping) {
    stepping_ = stepping;
    const auto end =
        std::chrono::duration_cast<net::Duration>(std::chrono::duration<double>(seconds));
    const net::TimerId timer = world_.schedule(end, [this] { world_.stop(); });
    world_.run();
    world_.cancel(timer);
  }

  std::shared_ptr<const model::Network> network_;
  Deviations deviations_;
  rules::RuleBook book_;
  RunAdditions additions_;
  rules::Judge judge_;
  observer::Observer observer_;
  net::SimulatedWorld world_;
  std::vector<std::unique_ptr<roles::Actor>> actors_;
  bool stepping_ = false;
};

}  // namespace

void bind_simulation(py::module_& module) {
  py::class_<Simulation>(module, "Simulation")
      .def(py::init<const LoadedNetwork&, std::uint64_t, Deviations, const OwnRoles&,
                    const OwnRuleList&>())
      .def("run", &Simulation::run)
      .def("step", &Simulation::step)
      .def("command", &Simulation::command)
      .def("send", &Simulation::send)
      .def("findings", &Simulation::findings)
      .def_property_readonly("frames", [](Simulation& self) { return self.frames(); })
      .def_property_readonly("now_ns", &Simulation::now_ns);
}

}  // namespace mipvet::python

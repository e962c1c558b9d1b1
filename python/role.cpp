#include "python/role.h"

#include "engine/net/environment.h"

namespace mipvet::python {

namespace {

/// What a role in Python stands on. It may outlive the run there; then it does nothing any more.
struct Stand {
  roles::Part part;
  bool over = false;

  net::Environment& environment() const {
    if (over) throw std::runtime_error("the run is over; the node's stand has gone");
    return part.environment;
  }
};
using SharedStand = std::shared_ptr<Stand>;

/// What one of our roles stands on that plays inside one of Python: what it sends goes there.
class Diverted final : public net::Environment {
 public:
  Diverted(SharedStand stand, py::object transmit)
      : stand_(std::move(stand)), transmit_(std::move(transmit)) {}
  net::Time now() const override { return stand_->environment().now(); }
  net::TimerId schedule(net::Duration after, std::function<void()> action) override {
    return stand_->environment().schedule(after, std::move(action));
  }
  void cancel(net::TimerId timer) override {
    if (!stand_->over) stand_->part.environment.cancel(timer);  // called by its own end, too
  }
  void transmit(net::PortId port, wire::Bytes frame) override {
    const py::gil_scoped_acquire gil;
    transmit_.get()(port, to_bytes(frame));
  }
  std::uint64_t random() override { return stand_->environment().random(); }
  void log_keys(std::string_view line) override { stand_->environment().log_keys(line); }

 private:
  SharedStand stand_;
  Held transmit_;
};

/// One of our roles, for a role in Python that alters what it does.
struct Builtin {
  Builtin(SharedStand on, py::object transmit)
      : stand(std::move(on)),
        environment(stand, std::move(transmit)),
        actor(roles::make_actor(
            {stand->part.network, stand->part.node, environment, stand->part.deviations})) {}

  roles::Actor& here() {
    stand->environment();  // not after the run
    return *actor;
  }

  SharedStand stand;
  Diverted environment;
  std::unique_ptr<roles::Actor> actor;
};

class OwnActor final : public roles::Actor {
 public:
  OwnActor(const py::object& make, const roles::Part& part)
      : stand_(std::make_shared<Stand>(Stand{part})), role_(make(stand_)) {}
  ~OwnActor() override { stand_->over = true; }

  void start() override {
    const py::gil_scoped_acquire gil;
    role_.get().attr("start")();
  }
  void receive(net::PortId port, wire::Bytes frame) override {
    const py::gil_scoped_acquire gil;
    role_.get().attr("receive")(port, to_bytes(frame));
  }
  void command(const roles::Command& command) override {
    const py::gil_scoped_acquire gil;
    role_.get().attr("_command")(command.verb,
                                 command.arguments == nullptr ? "{}" : command.arguments->dump());
  }

 private:
  SharedStand stand_;
  Held role_;
};

py::dict describe(const Stand& self) {
  self.environment();  // not after the run
  const model::Network& network = self.part.network;
  const model::Node& node = network.node(self.part.node);
  py::list ports;
  for (const model::Attachment& one : node.attachments)
    ports.append(py::make_tuple(
        network.link(one.link).name, one.mac.to_string(),
        one.address ? py::object(py::str(one.address->to_string())) : py::object(py::none())));
  py::dict result;
  result["name"] = node.name;
  result["role"] = to_string(node.role);
  result["ports"] = ports;
  result["parameters"] = node.parameters.dump();
  return result;
}

}  // namespace

std::unique_ptr<roles::Actor> make_own_actor(const std::map<std::string, Held>& own,
                                             const roles::Part& part) {
  const auto found = own.find(part.network.node(part.node).name);
  if (found == own.end()) return nullptr;
  const py::gil_scoped_acquire gil;
  return std::make_unique<OwnActor>(found->second.get(), part);
}

void bind_roles(py::module_& module) {
  py::class_<Stand, SharedStand>(module, "Stand")
      .def("describe", &describe)
      .def_property_readonly(
          "now_ns",
          [](const Stand& self) { return self.environment().now().time_since_epoch().count(); })
      .def("schedule",
           [](const Stand& self, double seconds, py::object action) {
             const auto after =
                 std::chrono::duration_cast<net::Duration>(std::chrono::duration<double>(seconds));
             return self.environment().schedule(after, [held = Held(std::move(action))] {
               const py::gil_scoped_acquire gil;
               held.get()();
             });
           })
      .def("cancel",
           [](const Stand& self, net::TimerId timer) { self.environment().cancel(timer); })
      .def("transmit",
           [](const Stand& self, net::PortId port, const py::bytes& frame) {
             self.environment().transmit(port, octets_of(frame));
           })
      .def("random", [](const Stand& self) { return self.environment().random(); })
      .def("builtin", [](const SharedStand& self, py::object transmit) {
        self->environment();  // not after the run
        return std::make_unique<Builtin>(self, std::move(transmit));
      });
  py::class_<Builtin>(module, "Builtin")
      .def("start", [](Builtin& self) { self.here().start(); })
      .def("receive", [](Builtin& self, net::PortId port,
                         const py::bytes& frame) { self.here().receive(port, octets_of(frame)); })
      .def("command", [](Builtin& self, const std::string& verb, const std::string& arguments) {
        const auto json = nlohmann::json::parse(arguments);
        self.here().command({verb, &json});
      });
}

}  // namespace mipvet::python

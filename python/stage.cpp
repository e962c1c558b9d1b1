#include "python/stage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/scenario/commands.h"
#include "engine/scenario/named_frames.h"

namespace mipvet::python {

namespace {

template <typename Named>
std::string names_of(const std::vector<Named>& all) {
  std::vector<std::string_view> names;
  for (const Named& one : all) names.emplace_back(one.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

/// What Python is given of a stage: it outlives the step there, but does nothing any more.
struct StageHandle {
  scenario::Stage* stage;
  const model::Network* network;

  scenario::Stage& here() const {
    if (stage == nullptr) throw std::runtime_error("the step is over; its stage has gone");
    return *stage;
  }
};

}  // namespace

model::NodeId node_named(const model::Network& network, const std::string& name) {
  const model::NodeId node = network.find_node(name);
  if (node == model::kNobody)
    throw model::InputError(fmt::format("{}: is no node of network {}; must be one of {}", name,
                                        network.name, names_of(network.nodes)));
  return node;
}

model::LinkId link_named(const model::Network& network, const std::string& name) {
  const auto link = network.find_link(name);
  if (!link)
    throw model::InputError(fmt::format("{}: is no link of network {}; must be one of {}", name,
                                        network.name, names_of(network.links)));
  return *link;
}

nlohmann::json command_arguments(const model::Network& network, model::NodeId node,
                                 const std::string& verb, const std::string& arguments) {
  model::Document step{"command", model::Json::parse(arguments)};
  step.json["node"] = network.node(node).name;
  step.json["do"] = verb;
  return scenario::command_arguments(model::Value(step), network, node);
}

void perform(const py::object& code, scenario::Stage& stage, const model::Network& network) {
  const auto handle = std::make_shared<StageHandle>(StageHandle{&stage, &network});
  try {
    code(handle);
    handle->stage = nullptr;
  } catch (py::error_already_set& error) {
    handle->stage = nullptr;
    if (error.matches(PyExc_AssertionError))
      throw scenario::CannotDo(std::string(py::str(error.value())));
    throw;
  }
}

void bind_stage(py::module_& module) {
  py::class_<StageHandle, std::shared_ptr<StageHandle>>(module, "Stage")
      .def_property_readonly(
          "now_ns",
          [](const StageHandle& self) { return self.here().now().time_since_epoch().count(); })
      .def("send",
           [](const StageHandle& self, const std::string& link, const py::bytes& frame) {
             scenario::Stage& stage = self.here();
             stage.send(link_named(*self.network, link), octets_of(frame));
           })
      .def("command",
           [](const StageHandle& self, const std::string& node_name, const std::string& verb,
              const std::string& arguments) {
             scenario::Stage& stage = self.here();
             const model::NodeId node = node_named(*self.network, node_name);
             stage.command(node, verb, command_arguments(*self.network, node, verb, arguments));
           })
      .def("frame", [](const StageHandle& self, const std::string& name) {
        return to_bytes(self.here().frame(name));
      });
}

}  // namespace mipvet::python

#include "python/networks.h"

#include <fmt/format.h>

#include "engine/model/network_file.h"
#include "engine/scenario/iut_file.h"
#include "engine/scenario/lint.h"
#include "engine/scenario/scenario_file.h"
#include "python/own_rule.h"
#include "python/stage.h"

namespace mipvet::python {

namespace {

LoadedNetwork load(const model::Document& document, const std::string& path = {}) {
  return {std::make_shared<const model::Network>(model::network_from_document(document)),
          document.json, path};
}

py::list nodes_of(const LoadedNetwork& self) {
  py::list result;
  for (const model::Node& node : self.network->nodes) {
    py::dict attachments;
    for (const model::Attachment& one : node.attachments)
      attachments[py::str(self.network->link(one.link).name)] = py::make_tuple(
          one.mac.to_string(),
          one.address ? py::object(py::str(one.address->to_string())) : py::object(py::none()));
    py::dict table;
    table["name"] = node.name;
    table["role"] = to_string(node.role);
    table["attachments"] = attachments;
    table["home_address"] = node.home_address
                                ? py::object(py::str(node.home_address->address.to_string()))
                                : py::object(py::none());
    result.append(table);
  }
  return result;
}

void set_call(scenario::Scenario& scenario, std::size_t step, std::string text, py::object code) {
  scenario::Step& one = scenario.script.at(step);
  one.text = std::move(text);
  const auto network = std::make_shared<const model::Network>(scenario.network);
  one.action = scenario::Call{[held = Held(std::move(code)), network](scenario::Stage& stage) {
    const py::gil_scoped_acquire gil;
    perform(held.get(), stage, *network);
  }};
}

}  // namespace

void bind_networks(py::module_& module) {
  py::class_<LoadedNetwork, std::shared_ptr<LoadedNetwork>>(module, "Network")
      .def_static("load",
                  [](const std::string& path) { return load(model::read_document(path), path); })
      .def_static("from_json",
                  [](const std::string& text, const std::string& source) {
                    return load(model::parse_document(text, source));
                  })
      .def_property_readonly("name", [](const LoadedNetwork& self) { return self.network->name; })
      .def_property_readonly("title", [](const LoadedNetwork& self) { return self.network->title; })
      .def_property_readonly("links",
                             [](const LoadedNetwork& self) {
                               std::vector<std::string> names;
                               for (const model::Link& link : self.network->links)
                                 names.push_back(link.name);
                               return names;
                             })
      .def_property_readonly("nodes", &nodes_of)
      .def_property_readonly("document",
                             [](const LoadedNetwork& self) { return self.document.dump(); })
      .def("address",
           [](const LoadedNetwork& self, const std::string& name) {
             const auto address = self.network->resolve(name);
             if (!address)
               throw model::InputError(fmt::format(
                   "{}: is no address of network {}; must be like mipp.private, mn.home_address or "
                   "192.0.2.1",
                   name, self.network->name));
             return address->to_string();
           })
      .def("owner",
           [](const LoadedNetwork& self, const std::string& text) -> std::optional<std::string> {
             const auto address = wire::Ipv4Address::parse(text);
             if (!address)
               throw model::InputError(
                   fmt::format("{}: is no IPv4 address; must be like 192.0.2.1", text));
             const model::NodeId node = self.network->owner(*address);
             if (node == model::kNobody) return std::nullopt;
             return self.network->node(node).name;
           });

  py::class_<scenario::Scenario, SharedScenario>(module, "Scenario")
      .def_static("load",
                  [](const std::string& path, const std::string& ics) {
                    return std::make_shared<scenario::Scenario>(
                        scenario::load_scenario(path, model::Json::parse(ics)));
                  })
      .def_static("from_json",
                  [](const std::string& text, const std::string& path, const std::string& ics) {
                    return std::make_shared<scenario::Scenario>(scenario::scenario_from_document(
                        model::parse_document(text, path), path, model::Json::parse(ics)));
                  })
      .def_readonly("id", &scenario::Scenario::id)
      .def_readonly("title", &scenario::Scenario::title)
      .def_readonly("draft", &scenario::Scenario::draft)
      .def_readonly("section", &scenario::Scenario::section)
      .def_property_readonly("path",
                             [](const scenario::Scenario& self) { return self.path.string(); })
      .def_property_readonly("proves",
                             [](const scenario::Scenario& self) {
                               std::vector<std::string> ids;
                               for (const rules::Requirement* one : self.proves)
                                 ids.emplace_back(one->id);
                               return ids;
                             })
      .def_property_readonly("steps",
                             [](const scenario::Scenario& self) {
                               std::vector<std::string> texts;
                               for (const scenario::Step& step : self.script)
                                 texts.push_back(step.text);
                               return texts;
                             })
      .def_property_readonly(
          "network",
          [](const scenario::Scenario& self) {
            return LoadedNetwork{
                std::make_shared<const model::Network>(self.network), self.network_document, {}};
          })
      .def("set_call", &set_call)
      .def(
          "add_proof",
          [](scenario::Scenario& self, const OwnRule& rule) {
            self.proves.push_back(&rule.requirement());
          },
          py::keep_alive<1, 2>());

  module.def("scenario_files", [](const std::vector<std::string>& paths) {
    std::vector<std::string> result;
    for (const auto& path : scenario::scenario_files({paths.begin(), paths.end()}))
      result.push_back(path.string());
    return result;
  });
  module.def("lint", [](const std::vector<std::string>& paths) {
    return scenario::lint({paths.begin(), paths.end()}).problems;
  });
  py::class_<scenario::IutFile, std::shared_ptr<scenario::IutFile>>(module, "Iut")
      .def(py::init([](const std::string& path) {
        return std::make_shared<scenario::IutFile>(scenario::load_iut(path));
      }))
      .def_property_readonly("path",
                             [](const scenario::IutFile& self) { return self.path.string(); })
      .def_readonly("title", &scenario::IutFile::title)
      .def_property_readonly("ics", [](const scenario::IutFile& self) { return self.ics.dump(); })
      .def_property_readonly("nodes", [](const scenario::IutFile& self) {
        std::vector<std::string> names;
        for (const scenario::Implementation& one : self.nodes) names.push_back(one.node);
        return names;
      });
}

}  // namespace mipvet::python

#include <filesystem>

#include "engine/model/network.h"
#include "engine/net/capture_file.h"
#include "engine/net/device.h"
#include "engine/net/process.h"
#include "engine/scenario/named_frames.h"
#include "python/bindings.h"
#include "python/stage.h"
#include "reports/json_report.h"
#include "reports/version.h"

namespace mipvet::python {

std::string result_json(model::ScenarioResult result, bool strict) {
  model::Campaign campaign;
  campaign.strict = strict;
  campaign.scenarios.push_back(std::move(result));
  return reports::json_report(campaign);
}

}  // namespace mipvet::python

PYBIND11_MODULE(_engine, module) {
  using namespace mipvet;
  module.attr("__version__") = reports::kVersion;
  namespace py = pybind11;
  py::register_exception<model::InputError>(module, "InputError", PyExc_ValueError);
  py::register_exception<net::CaptureError>(module, "CaptureError", PyExc_ValueError);
  py::register_exception<net::DeviceError>(module, "DeviceError", PyExc_OSError);
  py::register_exception<net::ProcessError>(module, "ProcessError", PyExc_RuntimeError);
  py::register_exception<scenario::CannotDo>(module, "CannotDo", PyExc_RuntimeError);
  python::bind_messages(module);
  python::bind_networks(module);
  python::bind_rules(module);
  python::bind_stage(module);
  python::bind_roles(module);
  python::bind_runs(module);
  python::bind_captures(module);
  python::bind_reports(module);
  python::bind_simulation(module);
}

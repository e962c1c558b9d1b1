#include <limits>

#include "engine/campaign/capture_case.h"
#include "engine/campaign/recall.h"
#include "python/bindings.h"
#include "reports/json_reader.h"
#include "reports/json_report.h"
#include "reports/report_files.h"

namespace mipvet::python {

namespace {

model::Campaign read(const std::string& report) {
  return reports::read_json_report(
      model::parse_document(report, "report", std::numeric_limits<std::size_t>::max()));
}

/// One campaign of the JSON reports of single captures.
std::string merge(const std::vector<std::string>& parts, bool strict) {
  const py::gil_scoped_release others_may_run;
  model::Campaign whole;
  whole.strict = strict;
  for (const std::string& part : parts)
    for (model::ScenarioResult& scenario : read(part).scenarios)
      whole.scenarios.push_back(std::move(scenario));
  return reports::json_report(whole);
}

/// `wanted`: KIND:FILE, as --report has it.
void write_report(const std::string& report, const std::string& wanted) {
  const py::gil_scoped_release others_may_run;
  const reports::ReportFiles files({wanted});
  model::Campaign campaign = read(report);
  if (files.show_frames()) campaign::recall_frames(campaign);
  files.write(campaign);
}

using Files = std::vector<std::pair<std::string, std::optional<std::string>>>;

/// (id, network, captures, keys) of each capture in a folder.
std::vector<std::tuple<std::string, std::string, Files, std::vector<std::string>>> find_cases(
    const std::string& folder) {
  std::vector<std::tuple<std::string, std::string, Files, std::vector<std::string>>> result;
  for (const campaign::CaptureCase& one : campaign::find_cases(folder)) {
    Files captures;
    for (const campaign::CaptureFile& file : one.captures)
      captures.emplace_back(file.path.string(), file.link);
    result.emplace_back(one.id, one.network.string(), std::move(captures),
                        std::vector<std::string>(one.keys.begin(), one.keys.end()));
  }
  return result;
}

}  // namespace

void bind_reports(py::module_& module) {
  module.def("merge", &merge);
  module.def("write_report", &write_report);
  module.def("find_cases", &find_cases);
}

}  // namespace mipvet::python

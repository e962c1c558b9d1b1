#include "engine/campaign/scenario_run.h"
#include "engine/net/lab.h"
#include "python/networks.h"
#include "python/run_additions.h"
#include "python/stage.h"

namespace mipvet::python {

namespace {

using Deviations = std::map<std::string, std::vector<std::string>>;

py::tuple run(const SharedScenario& scenario, bool live, const scenario::IutFile* iut,
              std::uint64_t seed, bool strict, const Deviations& deviations,
              const std::string& captures, const std::string& program, const OwnRoles& roles,
              const OwnRuleList& own_rules, bool keep_frames, const std::string& expect) {
  for (const auto& [node, ids] : deviations) node_named(scenario->network, node);
  for (const auto& [node, make] : roles) node_named(scenario->network, node);
  RunAdditions additions(roles, own_rules,
                         std::make_shared<const model::Network>(scenario->network), keep_frames);
  campaign::RunOptions options;
  options.seed = seed;
  options.strict = strict;
  options.deviations = deviations;
  options.captures = captures;
  if (!expect.empty()) options.baseline = model::load_baseline(expect);
  options.iut = iut;
  options.additions = &additions;
  options.program = program;
  std::string result;
  {
    const py::gil_scoped_release others_may_run;
    const rules::RuleBook book = rules::all_rules();
    if (live) net::Lab::sweep();
    result = result_json(live ? campaign::run_live(*scenario, book, options)
                              : campaign::run_simulated(*scenario, book, options));
  }
  return py::make_tuple(result, std::move(additions.frames()));
}

}  // namespace

void bind_runs(py::module_& module) {
  module.def("run", &run);
}

}  // namespace mipvet::python

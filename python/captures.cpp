#include <deque>
#include <filesystem>
#include <map>

#include "engine/campaign/capture_judging.h"
#include "engine/campaign/key_files.h"
#include "engine/net/capture_file.h"
#include "python/networks.h"

namespace mipvet::python {

namespace {

using Captures = std::vector<std::pair<std::string, std::optional<std::string>>>;

/// Captures being judged. Python is asked for nothing between two findings: the loop over the
/// frames is here.
class Judging {
 public:
  Judging(const Captures& captures, const LoadedNetwork& network,
          const std::vector<std::string>& keys, const std::string& id)
      : network_(network.network),
        book_(rules::all_rules()),
        case_(case_of(captures, network.path, keys, id)),
        judging_(case_, *network_, book_, campaign::load_keys(case_.keys)) {}

  /// The next finding that was not there before or is a worse one now; nothing at the end.
  std::optional<std::string> next() {
    const py::gil_scoped_release others_may_run;
    while (found_.empty() && !over_) {
      over_ = !judging_.advance();
      if (over_ || judging_.judge().breaches() != breaches_) compare();
    }
    if (found_.empty()) return std::nullopt;
    model::ScenarioResult one;
    one.findings.push_back(std::move(found_.front()));
    found_.pop_front();
    return result_json(std::move(one));
  }

  /// Judges what is left. `expect`: the file of a baseline, or empty.
  std::string result(bool strict, const std::string& expect) {
    const py::gil_scoped_release others_may_run;
    campaign::JudgingOptions options{.strict = strict};
    if (!expect.empty()) options.baseline = model::load_baseline(expect);
    while (!over_) over_ = !judging_.advance();
    return result_json(judging_.result(options), strict);
  }
  std::uint64_t frames() const { return judging_.frames(); }

 private:
  static campaign::CaptureCase case_of(const Captures& captures, const std::string& network,
                                       const std::vector<std::string>& keys,
                                       const std::string& id) {
    campaign::CaptureCase result{.id = id, .network = network, .captures = {}, .keys = {}};
    std::vector<std::filesystem::path> paths;
    for (const auto& [path, link] : captures) {
      paths.emplace_back(path);
      result.captures.push_back({path, link});
    }
    if (id.empty()) result.id = paths.front().stem().string();
    result.keys = keys.empty() ? campaign::key_files_beside(paths)
                               : std::vector<std::filesystem::path>(keys.begin(), keys.end());
    return result;
  }

  void compare() {
    breaches_ = judging_.judge().breaches();
    for (model::Finding& finding : judging_.judge().findings()) {
      if (!model::is_broken(finding)) continue;
      auto& told = told_[{std::string(finding.requirement->id), finding.node}];
      if (told == finding.verdict) continue;
      told = finding.verdict;
      found_.push_back(std::move(finding));
    }
  }

  std::shared_ptr<const model::Network> network_;
  rules::RuleBook book_;
  campaign::CaptureCase case_;
  campaign::CaptureJudging judging_;
  std::map<std::pair<std::string, std::string>, std::optional<model::Verdict>> told_;
  std::deque<model::Finding> found_;
  std::uint64_t breaches_ = 0;
  bool over_ = false;
};

}  // namespace

void bind_captures(py::module_& module) {
  py::class_<Judging>(module, "Judging")
      .def(py::init<const Captures&, const LoadedNetwork&, const std::vector<std::string>&,
                    const std::string&>())
      .def("next", &Judging::next)
      .def("result", &Judging::result)
      .def_property_readonly("frames", &Judging::frames);
  py::class_<net::CaptureReader>(module, "CaptureReader")
      .def(py::init<const std::string&>())
      .def("next", [](net::CaptureReader& self) -> py::object {
        const auto frame = self.next();
        if (!frame) return py::none();
        return py::make_tuple(frame->time.time_since_epoch().count(),
                              self.interfaces()[frame->interface], to_bytes(frame->bytes));
      });
}

}  // namespace mipvet::python

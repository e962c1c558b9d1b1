#include "reports/finding_json.h"

#include <limits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace mipvet::reports {

namespace {

constexpr std::uint64_t kAnyNumber = std::numeric_limits<std::uint64_t>::max();
// A frame has at most this many octets, see net::CaptureWriter.
constexpr std::uint64_t kMostOctetsOfAFrame = 262144;

model::Evidence evidence_from(const model::Value& value) {
  model::Evidence evidence;
  evidence.capture_frame = value["capture_frame"].number(kAnyNumber);
  evidence.link = value["link"].text();
  const model::Value range = value["byte_range"];
  const auto ends = range.elements();
  if (ends.size() != 2) range.fail("must be [first octet, octet after the last]");
  evidence.range.first = static_cast<std::uint32_t>(ends[0].number(kMostOctetsOfAFrame));
  evidence.range.end = static_cast<std::uint32_t>(ends[1].number(kMostOctetsOfAFrame));
  return evidence;
}

}  // namespace

model::Json finding_json(const model::Finding& finding) {
  model::Json frames = model::Json::array();
  for (const model::Evidence& evidence : finding.frames)
    frames.push_back({{"capture_frame", evidence.capture_frame},
                      {"link", evidence.link},
                      {"byte_range", {evidence.range.first, evidence.range.end}}});
  model::Json json = {{"requirement", finding.requirement->id},
                      {"level", rules::to_string(finding.requirement->level)},
                      {"role", finding.role},
                      {"node", finding.node},
                      {"verdict", model::to_string(finding.verdict)},
                      {"evaluated", finding.evaluated},
                      {"frames", frames},
                      {"expected", finding.expected},
                      {"observed", finding.observed}};
  if (!finding.known.empty()) json["known"] = finding.known;
  return json;
}

model::Finding finding_from(const model::Value& value) {
  model::Finding finding;
  const model::Value id = value["requirement"];
  finding.requirement = rules::find(id.text());
  if (finding.requirement == nullptr)
    id.fail(fmt::format("is {}, which no ledger of this mipvet has", model::shown(id.json())));
  finding.node = value["node"].text();
  if (const auto role = value.find("role")) finding.role = role->text();
  finding.verdict = named(value["verdict"], model::Verdict::not_applicable);
  finding.evaluated = value["evaluated"].number(kAnyNumber);
  if (const auto frames = value.find("frames"))
    for (const model::Value& frame : frames->elements())
      finding.frames.push_back(evidence_from(frame));
  const auto expected = value.find("expected");
  finding.expected = expected ? expected->text() : std::string(finding.requirement->requirement);
  if (const auto observed = value.find("observed")) finding.observed = observed->text();
  if (const auto known = value.find("known")) finding.known = known->text();
  return finding;
}

}  // namespace mipvet::reports

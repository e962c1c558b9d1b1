#include "reports/json_reader.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include <fmt/format.h>

#include "engine/model/document.h"
#include "reports/finding_json.h"

namespace mipvet::reports {

namespace {

using model::Campaign;
using model::InputError;
using model::ScenarioResult;
using model::Value;

constexpr std::uint64_t kAnyNumber = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t kLargestReport = std::size_t{1} << 30U;

std::vector<std::string> iuts_from(const Value& value) {
  if (value.json().is_null()) return {};
  if (value.json().is_string()) return {value.text()};
  std::vector<std::string> result;
  for (const Value& node : value.elements()) result.push_back(node.text());
  return result;
}

ScenarioResult scenario_from(const Value& value) {
  ScenarioResult result;
  result.id = value["id"].text();
  result.title = value["title"].text();
  result.file = value["file"].text();
  result.verdict = named(value["verdict"], model::ScenarioVerdict::error);
  result.reason = value["reason"].text();
  result.mode = named(value["mode"], model::Mode::capture);
  result.iuts = iuts_from(value["iut"]);
  result.duration_s = value["duration_s"].real();
  result.seed = value["seed"].number(kAnyNumber);
  if (const auto jitter = value.find("jitter_s")) result.jitter_s = jitter->real();
  result.frames = value["frames"].number(kAnyNumber);
  if (const Value capture = value["capture"]; !capture.json().is_null())
    result.capture = capture.text();
  if (const auto captures = value.find("captures"))
    for (const Value& capture : captures->members())
      result.sources.push_back({capture.text(), std::string(capture.key())});
  else if (result.capture)
    result.sources = {{*result.capture, std::nullopt}};
  result.replay = value["replay"].text();
  for (const Value& finding : value["findings"].elements())
    result.findings.push_back(finding_from(finding));
  return result;
}

/// Where a capture is that a report names.
std::string found(const std::string& capture, const std::filesystem::path& report) {
  const std::filesystem::path named(capture);
  std::error_code none;
  if (named.is_absolute() && std::filesystem::exists(named, none)) return capture;
  for (auto part = named.begin(); part != named.end(); ++part) {
    std::filesystem::path end;
    for (auto rest = part; rest != named.end(); ++rest) end /= *rest;
    const std::filesystem::path beside = report.parent_path() / end;
    if (end.is_relative() && std::filesystem::is_regular_file(beside, none)) return beside.string();
  }
  return capture;
}

/// The scenarios that shard K of N has when they are dealt out in turn.
std::size_t dealt(std::size_t total, const model::Shard& shard) {
  return (total + shard.of - shard.index) / shard.of;
}

/// Deals the scenarios of all shards out again.
Campaign whole(const std::vector<std::filesystem::path>& paths, std::vector<Campaign> parts) {
  const std::size_t of = parts.front().shard->of;
  std::vector<Campaign*> shards(of);
  std::size_t total = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const model::Shard& shard = *parts[i].shard;
    if (shard.of != of)
      throw InputError(
          fmt::format("{}: is shard {}/{}, another is one of {}; right: shards of one run",
                      paths[i].string(), shard.index, shard.of, of));
    if (shards[shard.index - 1] != nullptr)
      throw InputError(fmt::format("{}: is shard {}/{} again; right: each shard once",
                                   paths[i].string(), shard.index, of));
    shards[shard.index - 1] = &parts[i];
    total += parts[i].scenarios.size();
  }
  for (std::size_t i = 0; i < of; ++i)
    if (shards[i] == nullptr)
      throw InputError(fmt::format("shard {}/{} is missing; right: a report of each", i + 1, of));
  for (std::size_t i = 0; i < parts.size(); ++i)
    if (parts[i].scenarios.size() != dealt(total, *parts[i].shard))
      throw InputError(fmt::format(
          "{}: has {} scenarios, as shard {}/{} of {} it has {}; right: shards of one run",
          paths[i].string(), parts[i].scenarios.size(), parts[i].shard->index, of, total,
          dealt(total, *parts[i].shard)));
  Campaign result;
  for (std::size_t i = 0; i < total; ++i)
    result.scenarios.push_back(std::move(shards[i % of]->scenarios[i / of]));
  return result;
}

}  // namespace

Campaign read_json_report(const model::Document& document) {
  const Value root(document);
  if (!root.json().is_object() || !root.has("mipvet") || !root.has("schema"))
    root.fail("is no report; must be what `mipvet run --report json:FILE` writes");
  if (const Value schema = root["schema"]; schema.number(kAnyNumber) != 1)
    schema.fail(fmt::format("is {}; must be 1", model::shown(schema.json())));
  Campaign campaign;
  campaign.strict = root["strict"].flag();
  if (const auto value = root.find("shard")) {
    model::Shard shard;
    shard.of = (*value)["of"].number(model::Shard::kMost);
    shard.index = (*value)["index"].number(model::Shard::kMost);
    if (shard.index == 0 || shard.index > shard.of)
      value->fail(fmt::format("is {} of {}; must be one of them", shard.index, shard.of));
    campaign.shard = shard;
  }
  for (const Value& scenario : root["scenarios"].elements())
    campaign.scenarios.push_back(scenario_from(scenario));
  return campaign;
}

Campaign load_json_report(const std::filesystem::path& path) {
  Campaign campaign = read_json_report(model::read_document(path, kLargestReport));
  for (ScenarioResult& scenario : campaign.scenarios) {
    for (model::FrameSource& source : scenario.sources) source.path = found(source.path, path);
    if (scenario.capture) scenario.capture = found(*scenario.capture, path);
  }
  return campaign;
}

Campaign merge_reports(const std::vector<std::filesystem::path>& paths) {
  std::vector<Campaign> parts;
  for (const auto& path : paths) {
    parts.push_back(load_json_report(path));
    if (parts.back().strict != parts.front().strict)
      throw InputError(path.string() + ": is of another strictness than " + paths.front().string() +
                       "; right: --strict for all or for none");
    if (parts.back().shard.has_value() != parts.front().shard.has_value())
      throw InputError(fmt::format("{}: {} a shard, {} {}; right: all shards of a run, or none",
                                   path.string(), parts.back().shard ? "is" : "is not",
                                   paths.front().string(), parts.front().shard ? "is" : "is not"));
  }
  const bool strict = parts.front().strict;
  Campaign result;
  if (parts.front().shard) {
    result = whole(paths, std::move(parts));
  } else {
    for (Campaign& part : parts)
      std::ranges::move(part.scenarios, std::back_inserter(result.scenarios));
  }
  result.strict = strict;
  return result;
}

}  // namespace mipvet::reports

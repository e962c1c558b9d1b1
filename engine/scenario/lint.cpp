#include "engine/scenario/lint.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "engine/model/baseline.h"
#include "engine/model/network_file.h"
#include "engine/model/schema.h"
#include "engine/scenario/iut_file.h"
#include "engine/scenario/scenario_file.h"

namespace mipvet::scenario {
namespace {

using model::Document;
using model::InputError;

/// A kind of file, told by its member: the first that fits, since a scenario has a network, too.
struct Kind {
  std::string_view member;
  const model::Schema& (*schema)();
  /// Throws InputError; a scenario's problems are many.
  void (*read)(const Document&, const std::filesystem::path&, std::vector<std::string>& problems);
};

constexpr Kind kKinds[] = {
    {"scenario", model::scenario_schema,
     [](const Document& document, const std::filesystem::path& path,
        std::vector<std::string>& problems) {
       scenario_from_document(document, path, model::Json::object(), &problems);
     }},
    {"iut", model::iut_schema,
     [](const Document& document, const std::filesystem::path& path, std::vector<std::string>&) {
       iut_from_document(document, path);
     }},
    {"baseline", model::baseline_schema,
     [](const Document& document, const std::filesystem::path&, std::vector<std::string>&) {
       model::baseline_from(document);
     }},
    {"network", model::network_schema,
     [](const Document& document, const std::filesystem::path&, std::vector<std::string>&) {
       model::network_from_document(document);
     }},
};

/// The schema's complaints, or, where it has none, those about names.
std::vector<std::string> lint_document(const Document& document,
                                       const std::filesystem::path& path) {
  const auto kind = std::ranges::find_if(kKinds, [&](const Kind& one) {
    return document.json.is_object() && document.json.contains(one.member);
  });
  if (kind == std::end(kKinds))
    return {model::located(document.source, "",
                           "is neither a network nor a scenario nor an IUT nor a baseline; must "
                           "have a member \"network\", \"scenario\", \"iut\" or \"baseline\"")};
  std::vector<std::string> problems = kind->schema().breaches(document);
  if (!problems.empty()) return problems;
  try {
    kind->read(document, path, problems);
  } catch (const InputError& error) {
    problems.emplace_back(error.what());
  }
  return problems;
}

std::vector<std::filesystem::path> json_files(const std::filesystem::path& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (!fs::is_directory(path, error)) return {path};
  std::vector<fs::path> files;
  for (fs::recursive_directory_iterator walk(path, error), end; !error && walk != end;
       walk.increment(error)) {
    const std::string name = walk->path().filename().string();
    if (walk->is_regular_file() && name.ends_with(".json") && !name.ends_with(".schema.json"))
      files.push_back(walk->path());
  }
  if (error)
    throw InputError(fmt::format("{}: {}; must be a directory that can be read", path.string(),
                                 error.message()));
  std::ranges::sort(files);
  return files;
}

}  // namespace

std::vector<std::string> lint_file(const std::filesystem::path& path) {
  try {
    return lint_document(model::read_document(path), path);
  } catch (const InputError& error) {
    return {error.what()};
  }
}

LintResult lint(const std::vector<std::filesystem::path>& paths) {
  LintResult result;
  std::map<std::string, std::string> by_id;
  std::set<std::filesystem::path> seen;
  for (const auto& path : paths) {
    for (const auto& file : json_files(path)) {
      if (!seen.insert(std::filesystem::absolute(file).lexically_normal()).second) continue;
      ++result.files;
      const auto problems = lint_file(file);
      result.problems.insert(result.problems.end(), problems.begin(), problems.end());
      if (!problems.empty()) continue;
      const Document document = model::read_document(file);
      if (!document.json.contains("scenario")) continue;
      const std::string id = document.json["scenario"].get<std::string>();
      const auto [place, is_new] = by_id.emplace(id, file.string());
      if (!is_new)
        result.problems.push_back(model::located(
            file.string(), "/scenario",
            fmt::format("is \"{}\", as in {}; must be an id of its own", id, place->second)));
    }
  }
  return result;
}

}  // namespace mipvet::scenario

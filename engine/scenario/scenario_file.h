#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "engine/model/document.h"
#include "engine/scenario/scenario.h"

namespace mipvet::scenario {

/// Loads a scenario with its network. `ics` is a merge patch (RFC 7396) for the network's nodes, by
/// name, that goes over that of the scenario; nodes that the network has not are passed over.
/// Throws model::InputError.
Scenario load_scenario(const std::filesystem::path& path,
                       const model::Json& ics = model::Json::object());

/// The same from a document; the network's path is relative to `path`. Where `problems` is given,
/// complaints about single steps go there, each a line.
Scenario scenario_from_document(const model::Document& document, const std::filesystem::path& path,
                                const model::Json& ics = model::Json::object(),
                                std::vector<std::string>* problems = nullptr);

/// The scenario files among files and directories, sorted within each directory; files that are
/// asked for by name twice come once. Directories of networks, schemas and IUTs are passed over.
/// Throws model::InputError for what is not there and a directory without scenarios.
std::vector<std::filesystem::path> scenario_files(const std::vector<std::filesystem::path>& paths);

/// Loads them all. Throws model::InputError also where two have one id.
std::vector<Scenario> load_scenarios(const std::vector<std::filesystem::path>& paths,
                                     const model::Json& ics = model::Json::object());

/// The path below the last directory `scenarios`, without .json; empty where there is none.
std::string id_by_path(const std::filesystem::path& path);

}  // namespace mipvet::scenario

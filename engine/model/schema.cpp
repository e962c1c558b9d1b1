#include "engine/model/schema.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

// valijson's headers are not clean under our warnings.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wconversion"
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wsign-conversion"
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>
#pragma GCC diagnostic pop

#include "engine/wire/nearest.h"

namespace mipvet::model {
namespace {

using Nodes = std::vector<const Json*>;

/// Whether an `if` of our schemas holds for a value.
bool holds(const Json& condition, const Json& value) {
  if (!value.is_object()) return true;
  for (const auto& key : condition.value("required", Json::array()))
    if (!value.contains(key.get<std::string>())) return false;
  const Json members = condition.value("properties", Json::object());
  for (const auto& [key, member] : members.items()) {
    const auto there = value.find(key);
    if (there == value.end()) continue;
    if (member.contains("const") && *there != member["const"]) return false;
    if (member.contains("enum") &&
        std::ranges::find(member["enum"], *there) == member["enum"].end())
      return false;
  }
  return true;
}

/// Finds the parts of a schema that speak about a place of a document: what valijson's errors,
/// which name the place alone, do not tell.
class Guide {
 public:
  explicit Guide(const Json& schema) : schema_(schema) {}

  Nodes at_root(const Json& document) const {
    Nodes result;
    expand(schema_, document, result);
    return result;
  }

  /// `value` is the child's value, null where it is missing.
  Nodes child(const Nodes& parents, const std::string& key, bool of_array,
              const Json& value) const {
    Nodes result;
    for (const Json* parent : parents) {
      const Json* found = nullptr;
      if (of_array) {
        if (parent->contains("items")) found = &(*parent)["items"];
      } else if (parent->contains("properties") && (*parent)["properties"].contains(key)) {
        found = &(*parent)["properties"][key];
      } else if (parent->contains("additionalProperties")) {
        found = &(*parent)["additionalProperties"];
      }
      if (found != nullptr && found->is_object()) expand(*found, value, result);
    }
    return result;
  }

  /// What would be right, by the part that says it most precisely (the last).
  static std::string description(const Nodes& nodes) {
    for (auto node = nodes.rbegin(); node != nodes.rend(); ++node)
      if ((*node)->contains("description")) return (**node)["description"].get<std::string>();
    return "as the schema says";
  }

  /// The names that may stand in an object that allows no others.
  static std::vector<std::string_view> names(const Nodes& nodes) {
    std::vector<std::string_view> result;
    for (const Json* node : nodes) {
      if (!node->contains("properties") || node->value("additionalProperties", Json(true)) != false)
        continue;
      for (const auto& [name, schema] : (*node)["properties"].items())
        if (name != "$schema") result.push_back(name);
    }
    return result;
  }

 private:
  /// A part of the schema with all that it refers to and that holds for the value.
  void expand(const Json& node, const Json& value, Nodes& out) const {
    if (node.contains("$ref")) {
      const std::string reference = node["$ref"].get<std::string>();  // "#/$defs/..."
      expand(schema_.at(Json::json_pointer(reference.substr(1))), value, out);
      return;
    }
    out.push_back(&node);
    if (!node.contains("allOf")) return;
    for (const Json& part : node["allOf"]) {
      if (!part.contains("if")) {
        expand(part, value, out);
      } else if (holds(part["if"], value)) {
        expand(part["then"], value, out);
      } else if (part.contains("else")) {
        expand(part["else"], value, out);
      }
    }
  }

  const Json& schema_;
};

/// The name in single quotes at the end of valijson's texts.
std::string quoted_name(const std::string& text) {
  const auto first =
      text.find(" '",
                text.find("constraints") == std::string::npos ? 0 : text.find("constraints: ")) +
      2;
  return text.substr(first, text.rfind('\'') - first);
}

}  // namespace

struct Schema::Compiled {
  Json text;
  valijson::Schema schema;
};

Schema::Schema(std::string_view text) {
  auto compiled = std::make_unique<Compiled>();
  compiled->text = Json::parse(text);
  const nlohmann::json plain = compiled->text;
  valijson::SchemaParser parser(valijson::SchemaParser::kDraft7);
  parser.populateSchema(valijson::adapters::NlohmannJsonAdapter(plain), compiled->schema);
  compiled_ = std::move(compiled);
}

Schema::~Schema() = default;

std::vector<std::string> Schema::breaches(const Document& document) const {
  const nlohmann::json plain = document.json;
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(compiled_->schema, valijson::adapters::NlohmannJsonAdapter(plain),
                         &results))
    return {};

  const Guide guide(compiled_->text);
  std::vector<std::string> breaches;
  std::set<std::string> places;
  for (const auto& error : results) {
    // The parts' errors come before those of the whole that they spoil.
    if (error.description.starts_with("Failed to validate")) continue;
    const Json* value = &document.json;
    Nodes nodes = guide.at_root(*value);
    std::string pointer;
    for (std::size_t i = 1; i < error.context.size(); ++i) {
      const std::string key = error.context[i].substr(1, error.context[i].size() - 2);
      const bool of_array = value->is_array();
      value = of_array ? &(*value)[std::stoul(key)] : &(*value)[key];
      nodes = guide.child(nodes, key, of_array, *value);
      pointer += "/" + escaped(key);
    }
    std::string what;
    if (error.description.starts_with("Missing required property")) {
      const std::string name = quoted_name(error.description);
      pointer += "/" + escaped(name);
      const Nodes missing = guide.child(nodes, name, false, Json());
      what = fmt::format("is missing; must be {}", Guide::description(missing));
    } else if (error.description.starts_with("Object contains a property")) {
      const std::string name = quoted_name(error.description);
      pointer += "/" + escaped(name);
      what = wire::unknown_name("member", escaped(name), Guide::names(nodes));
    } else {
      what = fmt::format("is {}; must be {}", shown(*value), Guide::description(nodes));
    }
    if (places.insert(pointer).second)
      breaches.push_back(located(document.source, pointer, what + " (schema)"));
  }
  if (breaches.empty())
    breaches.push_back(located(document.source, "", "does not follow the schema"));
  return breaches;
}

void Schema::require(const Document& document) const {
  const auto found = breaches(document);
  if (!found.empty()) throw InputError(found.front());
}

}  // namespace mipvet::model

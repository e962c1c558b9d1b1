#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/document.h"

namespace mipvet::model {

/// One of the project's JSON Schemas (draft 7), compiled into the library from scenarios/schema.
/// Every part of them that can be broken says in its `description` what would be right.
class Schema {
 public:
  /// The text has to be a schema whose `if`s ask for `required`, `const` and `enum` members alone.
  explicit Schema(std::string_view text);
  ~Schema();
  Schema(const Schema&) = delete;
  Schema& operator=(const Schema&) = delete;

  /// A complaint for every breach, those of one place once:
  /// `FILE: /nodes/mn/parameters/lifetime: is -5; must be a number from 0 to 65535 (schema)`.
  std::vector<std::string> breaches(const Document& document) const;
  /// Throws InputError with the first breach.
  void require(const Document& document) const;

 private:
  struct Compiled;
  std::unique_ptr<const Compiled> compiled_;
};

const Schema& network_schema();
const Schema& scenario_schema();
const Schema& iut_schema();
const Schema& baseline_schema();

}  // namespace mipvet::model

#pragma once

#include <nlohmann/json_fwd.hpp>

#include "engine/model/document.h"
#include "engine/model/finding.h"

namespace mipvet::reports {

/// A finding as the JSON report's contract has it.
model::Json finding_json(const model::Finding& finding);

/// A finding from such JSON. What may be missing: `frames` and `observed` are then empty,
/// `expected` is the requirement's text, `role` is empty. Throws model::InputError with the place.
model::Finding finding_from(const model::Value& value);

/// The enumerator that a text is the name of, of those from 0 to `last`. Throws model::InputError.
template <typename Enumeration>
Enumeration named(const model::Value& value, Enumeration last) {
  for (unsigned i = 0; i <= static_cast<unsigned>(last); ++i)
    if (to_string(static_cast<Enumeration>(i)) == value.text()) return static_cast<Enumeration>(i);
  std::string known;
  for (unsigned i = 0; i <= static_cast<unsigned>(last); ++i)
    known += (i == 0 ? "" : ", ") + std::string(to_string(static_cast<Enumeration>(i)));
  value.fail("is " + model::shown(value.json()) + "; must be one of " + known);
}

}  // namespace mipvet::reports

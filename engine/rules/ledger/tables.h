#pragma once

#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>

#include "engine/rules/ledger/ledger.h"

/// What generate.py writes from the ledgers. Only ledger.cpp reads it.
namespace mipvet::rules::tables {

extern const std::span<const std::string_view> condition_names;
extern const std::span<const Specification> specifications;
extern const std::span<const Requirement> requirements;
/// Indexes of the requirements, sorted by id.
extern const std::span<const std::uint16_t> by_id;

}  // namespace mipvet::rules::tables

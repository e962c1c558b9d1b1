#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mipvet::wire {

/// The name that a misspelt one most likely was meant to be: smallest edit distance, at most a
/// third of its length; the first of several. Letters' case counts little, so does `-` for `_`.
std::optional<std::string_view> nearest(std::string_view misspelt,
                                        std::span<const std::string_view> names);

/// "unknown field `care_of_adress`, did you mean `care_of_address`?", for one-line errors. Without
/// a near name all names are listed, as long as they are few.
std::string unknown_name(std::string_view what, std::string_view misspelt,
                         std::span<const std::string_view> names);

}  // namespace mipvet::wire

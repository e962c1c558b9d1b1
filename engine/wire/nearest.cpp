#include "engine/wire/nearest.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace mipvet::wire {
namespace {

/// Beyond this a name is no misspelling, and a hostile one would only cost time.
constexpr std::size_t kLongestName = 100;
constexpr std::size_t kListed = 12;

char plain(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
  return c == '-' || c == ' ' ? '_' : c;
}

/// Edits (insert, delete, replace, swap of neighbours) from one name to the other, each twice,
/// and one for a letter that differs in case or kind of dash alone.
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> before(to.size() + 1);
  std::vector<std::size_t> previous(to.size() + 1);
  std::vector<std::size_t> current(to.size() + 1);
  for (std::size_t j = 0; j <= to.size(); ++j) previous[j] = 2 * j;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    current[0] = 2 * i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const char a = from[i - 1];
      const char b = to[j - 1];
      const std::size_t replace = a == b ? 0U : plain(a) == plain(b) ? 1U : 2U;
      current[j] = std::min({previous[j] + 2, current[j - 1] + 2, previous[j - 1] + replace});
      if (i > 1 && j > 1 && a == to[j - 2] && from[i - 2] == b)
        current[j] = std::min(current[j], before[j - 2] + 2);
    }
    before.swap(previous);
    previous.swap(current);
  }
  return previous[to.size()];
}

}  // namespace

std::optional<std::string_view> nearest(std::string_view misspelt,
                                        std::span<const std::string_view> names) {
  if (misspelt.size() > kLongestName) return std::nullopt;
  std::optional<std::string_view> best;
  std::size_t best_distance = SIZE_MAX;
  for (const std::string_view name : names) {
    const std::size_t edits = distance(misspelt, name);
    const std::size_t allowed = 2 * std::max<std::size_t>(1, (name.size() + 1) / 3);
    if (edits <= allowed && edits < best_distance) {
      best = name;
      best_distance = edits;
    }
  }
  return best;
}

std::string unknown_name(std::string_view what, std::string_view misspelt,
                         std::span<const std::string_view> names) {
  const std::string_view shown = misspelt.substr(0, kLongestName);
  if (const auto name = nearest(misspelt, names))
    return fmt::format("unknown {} `{}`, did you mean `{}`?", what, shown, *name);
  if (names.empty() || names.size() > kListed) return fmt::format("unknown {} `{}`", what, shown);
  return fmt::format("unknown {} `{}`, there are: {}", what, shown, fmt::join(names, ", "));
}

}  // namespace mipvet::wire
